"""Partners with a registration and a courier each, over a registry that a test fills."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from app.delivery.network import Network
from app.delivery.states import read_state
from app.publish.feed import Feed
from app.registry.apply import Registry
from app.registry.database import open_engine, reading
from app.registry.leases import Leases
from app.registry.watch import CommitWatch
from app.roaming.key import open_key
from app.roaming.partners import Counterparty, Partners
from app.roaming.push import PartnerCourier
from app.roaming.settings import PartnerSettings
from tests.delivery.conftest import backend, clock, migrated_file, registry, sqlite_copy_url
from tests.ocpi_partner import Partner
from tests.registry.backend import Backend, connector, evse, location, tariff

__all__ = ["backend", "clock", "engine", "line", "migrated_file", "partners", "registry", "site", "sqlite_copy_url"]


@pytest.fixture
def engine(sqlite_copy_url: str) -> Iterator[Any]:
    engine = open_engine(sqlite_copy_url)
    yield engine
    engine.dispose()


@pytest.fixture
def partners(registry: Registry, tmp_path: Path) -> Partners:
    return Partners(registry.engine, open_key(tmp_path / "partners.key"), registry.clock)


class Line:
    """A partner, its registration and its courier."""

    def __init__(self, registry: Registry, partners: Partners, platform: Partner, **settings: Any) -> None:
        given = {"name": platform.party.lower(), "allow_private": True, "timeout": 2, "retry_wait": 10, **settings}
        self.settings = PartnerSettings.model_validate(given)
        self.platform, self.partners, self._registry = platform, partners, registry
        public = registry.feed()
        network = Network(
            registry.engine, public, Feed(public, CommitWatch(registry.engine, 0).stamp, registry.clock), registry.clock
        )
        self.courier = PartnerCourier(self.settings, partners, network, threading.Event())
        self.lease = Leases(registry.engine, "one").acquire(f"destination:{self.settings.name}")

    def register(self, version: str = "2.2.1", hub: str | None = None) -> None:
        self.platform.version = version
        urls = {name: f"{self.platform.base}/{name}" for name in ("credentials", "locations", "tariffs")}
        roles = (f"NL*{self.platform.party}",)
        found = Counterparty(version, self.platform.versions_url, urls, self.platform.token, "base64", roles, hub)
        self.partners.confirm(self.settings.name, found, f"a-token-of-{self.settings.name}")

    def go(self) -> None:
        assert self.lease is not None
        self.courier(self.lease)

    @property
    def state(self) -> Any:
        with reading(self._registry.engine) as connection:
            return read_state(connection, self.settings.name)


MakeLine = Callable[..., Line]


@pytest.fixture
def line(registry: Registry, partners: Partners) -> Iterator[MakeLine]:
    with ExitStack() as open_ones:

        def make(party: str = "EMS", **settings: Any) -> Line:
            platform = open_ones.enter_context(Partner(party=party))
            return Line(registry, partners, platform, **settings)

        yield make


@pytest.fixture
def site(backend: Backend) -> Backend:
    allowed = [{"issuer": "EMS", "visual_number": "1"}]
    backend.tariffs(tariff("T1"), tariff("NL-EMS-1", audience="partner"), tariff("NL-OTH-1", audience="partner"))
    points = evse("E1", connector(tariff_ids=["T1", "NL-EMS-1", "NL-OTH-1"])), evse("E2")
    backend.locations(location("L1", *points), location("L2", evse("E3"), publish=False, publish_allowed_to=allowed))
    return backend
