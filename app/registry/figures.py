"""Figures about the feed, for pages and monitoring: what is published by country and status, and how sources fare.

Counts speak of public objects alone; nothing here shows one.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from sqlalchemy import Connection, Engine, func, select

from app.clock import Millis
from app.registry.database import reading
from app.registry.states import SourceState, read_states
from app.registry.tables import evse, feed_head, held, journal, location, tariff

LATEST = 2000
"""Changes that the lag of a source is taken from."""


@dataclass(frozen=True, slots=True)
class Figures:
    """All of one moment."""

    sources: tuple[SourceState, ...]
    evses: dict[tuple[str, str], int]
    """(alpha-3 country of the site, status) → public EVSEs, those taken down for good left out."""
    locations: dict[str, int]
    """Alpha-3 country → public locations."""
    tariffs: int
    """Public ones."""
    held: dict[str, int]
    """Source → decisions that wait for a person."""
    lags: dict[str, Millis]
    """Source → median time from a status change at the charger to its receipt here, of the last changes that have both times."""


def read_figures(engine: Engine) -> Figures:
    """Counts every EVSE, a tenth of a second for some 200,000: not for each request."""
    with reading(engine) as connection:
        return Figures(
            sources=tuple(read_states(connection)),
            evses=_evses(connection),
            locations=_locations(connection),
            tariffs=_tariffs(connection),
            held=_held(connection),
            lags=_lags(connection),
        )


def scopes(connection: Connection) -> set[tuple[str, str]]:
    """(`DE*ABC`, alpha-3 country of the sites) of all public locations."""
    query = select(location.c.country_code, location.c.party_id, location.c.country).where(location.c.public).distinct()
    return {(f"{code}*{party}", country) for code, party, country in connection.execute(query)}


def read_sources(engine: Engine) -> tuple[SourceState, ...]:
    with reading(engine) as connection:
        return tuple(read_states(connection))


def read_lags(engine: Engine) -> dict[str, Millis]:
    """As `Figures.lags`."""
    with reading(engine) as connection:
        return _lags(connection)


def kept_by_source(engine: Engine) -> dict[str, tuple[int, int]]:
    """Source → public locations and tariffs that it gave first, and so keeps."""
    with reading(engine) as connection:
        locations, tariffs = (
            dict(
                map(
                    tuple,
                    connection.execute(select(of.c.source, func.count()).where(of.c.public).group_by(of.c.source)),
                )
            )
            for of in (location, tariff)
        )
    return {source: (locations.get(source, 0), tariffs.get(source, 0)) for source in sorted(locations | tariffs)}


def published_statuses(engine: Engine, after: int, until: int) -> list[tuple[str, Millis, int]]:
    """(source, published_at, number) of the public status changes behind one sequence, up to another."""
    query = (
        select(journal.c.source, journal.c.published_at, func.count())
        .where(journal.c.seq > after, journal.c.seq <= until, journal.c.what == "status", journal.c.public)
        .group_by(journal.c.source, journal.c.published_at)
    )
    with reading(engine) as connection:
        return [(source, published_at, number) for source, published_at, number in connection.execute(query)]


def _evses(connection: Connection) -> dict[tuple[str, str], int]:
    query = (
        select(location.c.country, evse.c.status, func.count())
        .join_from(evse, location, evse.c.location == location.c.ordinal)
        .where(location.c.public, ~evse.c.removed)
        .group_by(location.c.country, evse.c.status)
    )
    return {(country, status): number for country, status, number in connection.execute(query)}


def _locations(connection: Connection) -> dict[str, int]:
    query = select(location.c.country, func.count()).where(location.c.public).group_by(location.c.country)
    return dict(map(tuple, connection.execute(query)))


def _tariffs(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(tariff).where(tariff.c.public)).scalar_one()


def _held(connection: Connection) -> dict[str, int]:
    query = select(held.c.source, func.count()).where(held.c.state == "held").group_by(held.c.source)
    return dict(map(tuple, connection.execute(query)))


def _lags(connection: Connection) -> dict[str, Millis]:
    newest = connection.execute(select(feed_head.c.seq)).scalar_one()
    timed = (journal.c.seq > newest - LATEST, journal.c.what == "status", journal.c.occurred_at.is_not(None))
    found: dict[str, list[Millis]] = {}
    for source, lag in connection.execute(
        select(journal.c.source, journal.c.received_at - journal.c.occurred_at).where(*timed)
    ):
        found.setdefault(source, []).append(max(0, lag))
    return {source: round(median(lags)) for source, lags in found.items()}
