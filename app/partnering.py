"""The handshakes with partners, put together from the settings."""

from __future__ import annotations

from collections.abc import Callable, Collection

from sqlalchemy import Engine

from app.clock import Clock
from app.registry.database_clock import clock_of
from app.registry.projection import PublicFeed
from app.roaming.handshake import Handshakes, Ourselves
from app.roaming.key import open_key
from app.roaming.partners import Partners
from app.settings import Settings


def open_partners(settings: Settings, engine: Engine, clock: Clock) -> Partners:
    """Raises ConfigError where the key cannot be used."""
    return Partners(engine, open_key(settings.roaming.key), clock)


def open_handshakes(
    settings: Settings, engine: Engine, parties: Callable[[], Collection[str]] | None = None, clock: Clock | None = None
) -> Handshakes:
    """`parties`: `DE*ABC` of all whose objects are published; None: the database is asked. Raises ConfigError."""

    def known() -> list[str]:
        with PublicFeed(engine).read() as reader:
            return ["*".join(party) for party in reader.parties()]

    clock = clock or clock_of(engine)
    ourselves = Ourselves(f"{settings.web.url}/ocpi/versions", settings.publisher(), parties or known)
    return Handshakes(open_partners(settings, engine, clock), ourselves, clock)
