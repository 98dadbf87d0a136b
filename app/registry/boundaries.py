"""When something changes by time alone: a tariff begins or ends, one of its price windows opens or closes, a scheduled
status begins.

Restrictions of a tariff are wall-clock times at the location (OCPI mod_tariffs, TariffRestrictions), so a tariff has one
boundary for each time zone it is used in. Daylight saving moves them: an edge that the clock skips comes when it skips, one
that the clock repeats comes twice and is undone in between.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall_time
from typing import Any
from zoneinfo import ZoneInfo

from app.clock import Millis, from_millis, parse_time, to_millis

Body = dict[str, Any]

_RESOLUTION: Millis = 1000  # clocks are changed at whole seconds
_AHEAD = 8  # days: a week has every weekday window in it, and one day more for time zones


def validity_boundary(tariff: Body, after: Millis) -> Millis | None:
    """The next instant after `after` at which the tariff begins or ends; None if there is none."""
    return _next(_validity(tariff), after)


def tariff_boundary(tariff: Body, zones: Collection[str], after: Millis) -> Millis | None:
    """The next instant after `after` at which a price of the tariff may change in one of the zones; None if there is
    none."""
    return _next([*_validity(tariff), *_windows(tariff, zones, after)], after)


def schedule_boundary(location: Body, after: Millis) -> Millis | None:
    """The next instant after `after` at which a scheduled status of one of the location's EVSEs begins or ends."""
    instants = [
        parse_time(period[end])
        for evse in location.get("evses", ())
        for period in evse.get("status_schedule", ())
        for end in ("period_begin", "period_end")
        if end in period
    ]
    return _next(instants, after)


def scheduled_status(evse: Body, at: Millis) -> tuple[str, Millis] | None:
    """The status that an EVSE's schedule has for this instant, and since when; None outside its periods."""
    for period in evse.get("status_schedule", ()):
        begin = parse_time(period["period_begin"])
        end = parse_time(period["period_end"]) if "period_end" in period else None
        if begin <= at and (end is None or at < end):
            return period["status"], begin
    return None


def _next(instants: Iterable[Millis], after: Millis) -> Millis | None:
    return min((instant for instant in instants if instant > after), default=None)


def _validity(tariff: Body) -> list[Millis]:
    return [parse_time(tariff[name]) for name in ("start_date_time", "end_date_time") if name in tariff]


def _windows(tariff: Body, zones: Collection[str], after: Millis) -> Iterator[Millis]:
    restrictions = [element["restrictions"] for element in tariff["elements"] if element.get("restrictions")]
    edges = {edge for restriction in restrictions for edge in _daily_edges(restriction)}
    days = {
        restriction[name] for restriction in restrictions for name in ("start_date", "end_date") if name in restriction
    }
    for zone in zones:
        tz = ZoneInfo(zone)
        today = from_millis(after).astimezone(tz).date()
        for edge in edges:
            for ahead in range(-1, _AHEAD):
                yield from _instants(today + timedelta(days=ahead), edge, tz)
        for day in days:
            yield from _instants(date.fromisoformat(day), "00:00", tz)


def _daily_edges(restriction: Body) -> Iterator[str]:
    """Wall-clock times at which the restriction may begin or cease to match."""
    for name in ("start_time", "end_time"):
        if name in restriction:
            yield restriction[name]
    if "day_of_week" in restriction:
        yield "00:00"


def _instants(day: date, clock: str, tz: ZoneInfo) -> Iterator[Millis]:
    """When the wall clock passes a time, in whatever direction."""
    wall = datetime.combine(day, wall_time.fromisoformat(clock), tz)
    first, second = (to_millis(wall.replace(fold=fold).astimezone(UTC)) for fold in (0, 1))
    if first == second:
        yield first
        return
    yield _transition(min(first, second), max(first, second), tz)
    if first < second:  # else the clock skips it
        yield from (first, second)


def _transition(low: Millis, high: Millis, tz: ZoneInfo) -> Millis:
    """The instant at which the offset changes, after `low` and not after `high`."""
    before = from_millis(low).astimezone(tz).utcoffset()
    while high - low > _RESOLUTION:
        middle = (low + high) // 2
        if from_millis(middle).astimezone(tz).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high // _RESOLUTION * _RESOLUTION
