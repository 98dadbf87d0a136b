"""The figures of ports and networks, and the outages behind them, out of the registry.

    follow the history → ports of the population → timeline → exclusions → figure by each reading of the rule

What nobody observed is never up by itself: it is counted both ways, and where that matters nothing is decided until a person has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from operator import add

from sqlalchemy import Engine

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
    since, until = windows[0].since, windows[-1].until
    seen = _within(sheet, view)
    if seen is None:
        return
    with reading(engine) as connection:
        statements, places = _by_place(entered(connection, since, until)), moved(connection)
        for portion in pools(connection, seen):
            found = [(pool, *one) for pool in portion for one in ports_of(pool) if sheet.population.has(one[0])]
            spans = downtimes(connection, [port.id for _, port, _, _ in found], since, until)
            sources = {port.id: point.source or pool.source for pool, port, point, _ in found}
            quiet = silences(connection, sources, since, until)
            for pool, port, point, opening in found:
                said, before = statements(pool, point), places.get(point.evse_key or "")
                zone = pool.body["time_zone"]
                case = Case(
                    port, point.first, opening, zone, spans.get(port.id, ()), quiet.get(port.id, []), said, before
                )
                yield from (judge(case, sheet, window, now) for window in windows)


def networks(found: Iterable[PortUptime], sheet: Sheet) -> list[NetworkUptime]:
    """By party, country and window: its ports' figures added up."""
    sums: dict[tuple[str, str, Millis, Millis], NetworkUptime] = {}
    for one in found:
        key = one.port.party, one.port.country, one.since, one.until
        before = sums.get(key) or NetworkUptime(*key, ports=0, affected=0, figures=(), passed=None)
        figures = tuple(map(add, before.figures, one.figures)) if before.figures else one.figures
        ports, affected = before.ports + 1, before.affected + bool(one.notes)
        sums[key] = replace(before, ports=ports, affected=affected, figures=figures)
    return [replace(one, passed=verdict(one.figures, sheet)) for _, one in sorted(sums.items())]


def _within(sheet: Sheet, view: View) -> View | None:
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
