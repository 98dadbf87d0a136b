"""The figures of ports and networks, and the outages behind them, out of the registry.

    follow the history → ports of the population → timeline → exclusions → figure by each reading of the rule

What nobody observed is never up by itself: it is counted both ways, and where that matters nothing is decided until a person has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import add
from typing import NamedTuple

from sqlalchemy import Connection, Engine

from app.clock import Millis
from app.compliance.uptime.counting import Case, Judged, judge, verdict
from app.compliance.uptime.figures import NetworkUptime, Outage, PortUptime
from app.compliance.uptime.ports import ports_of
from app.compliance.uptime.sheet import Sheet
from app.compliance.uptime.window import Window
from app.registry.database import reading
from app.registry.downtime import Files, downtimes, follow
from app.registry.exclusions import Entered, Level, Place, entered
from app.registry.population import Point, Pool, moved, pools
from app.registry.silence import silences
from app.registry.views import View


def uptimes(engine: Engine, sheet: Sheet, windows: Sequence[Window], now: Millis, view: View) -> Iterator[PortUptime]:
    """Of each port of the population, each window."""
    return (one.uptime for one in judged(engine, sheet, windows, now, view))


def outages(engine: Engine, sheet: Sheet, windows: Sequence[Window], now: Millis, view: View) -> Iterator[Outage]:
    """Of each port of the population, clipped to each window."""
    return (outage for one in judged(engine, sheet, windows, now, view) for outage in one.outages)


def judged(
    engine: Engine, sheet: Sheet, windows: Sequence[Window], now: Millis, view: View, files: Files | None = None
) -> Iterator[Judged]:
    """Of each port, in the order of creation, each window. Brings the condensed outages up to date before, the first time out of
    `files` where they are given."""
    follow(engine, files)
    seen = within(sheet, view)
    if seen is None:
        return
    with reading(engine) as connection:
        told = read_told(connection, windows)
        for portion in pools(connection, seen):
            yield from (one for _, one in judged_pools(connection, portion, sheet, windows, now, told))


class Told(NamedTuple):
    """What is known beside the history, of all ports."""

    statements: Callable[[Pool, Point], list[Entered]]
    places: Mapping[str, str]
    """Printed EVSE id, as compared → where it was before."""


def read_told(connection: Connection, windows: Sequence[Window]) -> Told:
    return Told(_by_place(entered(connection, windows[0].since, windows[-1].until)), moved(connection))


def judged_pools(
    connection: Connection, portion: Iterable[Pool], sheet: Sheet, windows: Sequence[Window], now: Millis, told: Told
) -> Iterator[tuple[Pool, Judged]]:
    """As `judged`, of some locations, as far as the outages are condensed."""
    since, until = windows[0].since, windows[-1].until
    found = [(pool, *one) for pool in portion for one in ports_of(pool) if sheet.population.has(one[0])]
    spans = downtimes(connection, [port.id for _, port, _, _ in found], since, until)
    sources = {port.id: point.source or pool.source for pool, port, point, _ in found}
    quiet = silences(connection, sources, since, until)
    for pool, port, point, opening in found:
        said, before = told.statements(pool, point), told.places.get(point.evse_key or "")
        zone = pool.body["time_zone"]
        case = Case(port, point.first, opening, zone, spans.get(port.id, ()), quiet.get(port.id, []), said, before)
        yield from ((pool, judge(case, sheet, window, now)) for window in windows)


class Networks:
    """The figures of ports added up, by party, country and window."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._sums: dict[tuple[str, str, Millis, Millis], NetworkUptime] = {}

    def add(self, one: PortUptime) -> None:
        key = one.port.party, one.port.country, one.since, one.until
        before = self._sums.get(key) or NetworkUptime(*key, ports=0, affected=0, figures=(), passed=None)
        figures = tuple(map(add, before.figures, one.figures)) if before.figures else one.figures
        ports, affected = before.ports + 1, before.affected + bool(one.notes)
        self._sums[key] = replace(before, ports=ports, affected=affected, figures=figures)

    def found(self) -> list[NetworkUptime]:
        return [replace(one, passed=verdict(one.figures, self._sheet)) for _, one in sorted(self._sums.items())]


def networks(found: Iterable[PortUptime], sheet: Sheet) -> list[NetworkUptime]:
    """By party, country and window: its ports' figures added up."""
    sums = Networks(sheet)
    for one in found:
        sums.add(one)
    return sums.found()


def within(sheet: Sheet, view: View) -> View | None:
    """The part of the view that the sheet is about; None: there is none."""
    countries = sheet.population.countries
    if not countries:
        return view
    wanted = countries & view.countries if view.countries else countries
    return replace(view, countries=wanted) if wanted else None


def _by_place(statements: Iterable[Entered]) -> Callable[[Pool, Point], list[Entered]]:
    index: dict[Place, list[Entered]] = {}
    for one in statements:
        index.setdefault(one.said.place, []).append(one)

    def of_port(pool: Pool, point: Point) -> list[Entered]:
        if not index:
            return []
        places = [
            Place(Level.PORT, point.key),
            Place(Level.LOCATION, pool.key),
            Place(Level.PARTY, pool.party.lower()),
            *(Place(Level.SOURCE, name) for name in sorted({pool.source, point.source or pool.source})),
        ]
        return [one for place in places for one in index.get(place, ())]

    return of_port
