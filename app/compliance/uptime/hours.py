"""When a place is closed, by its `opening_times` (OCPI Hours) on the wall clock there, as they are said now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from app.clock import Millis, from_millis, parse_time, to_millis
from app.compliance.uptime.spans import Span, Spans, both, merged, without
from app.model.hours import DAY_END

_DAY = timedelta(days=1)


def closed(hours: Mapping[str, Any] | None, zone: str, since: Millis, until: Millis) -> Spans:
    """Within [since, until); nothing where nobody says when it is open."""
    return [] if hours is None else _closed(orjson.dumps(hours, option=orjson.OPT_SORT_KEYS), zone, since, until)


@lru_cache(maxsize=1024)
def _closed(written: bytes, zone: str, since: Millis, until: Millis) -> Spans:
    hours, window = orjson.loads(written), [(since, until)]
    openings = merged(_instants(hours, "exceptional_openings"))
    closings = both(merged(_instants(hours, "exceptional_closings")), window)
    if hours["twentyfourseven"]:
        return closings
    regular = merged(_regular(hours.get("regular_hours", ()), ZoneInfo(zone), since, until))
    return merged([*without(without(window, regular), openings), *closings])


def _instants(hours: Mapping[str, Any], name: str) -> Iterator[Span]:
    for period in hours.get(name, ()):
        yield parse_time(period["period_begin"]), parse_time(period["period_end"])


def _regular(periods: Any, zone: ZoneInfo, since: Millis, until: Millis) -> Iterator[Span]:
    day, last = from_millis(since).date() - _DAY, from_millis(until).date() + _DAY
    while day <= last:
        for period in periods:
            if period["weekday"] == day.isoweekday():
                yield _instant(day, period["period_begin"], zone), _end(day, period["period_end"], zone)
        day += _DAY


def _end(day: date, clock: str, zone: ZoneInfo) -> Millis:
    return _instant(day + _DAY, "00:00", zone) if clock == DAY_END else _instant(day, clock, zone, fold=1)


def _instant(day: date, clock: str, zone: ZoneInfo, fold: int = 0) -> Millis:
    """Where the clock strikes twice, it opens at the first and closes at the second time."""
    return to_millis(datetime.combine(day, time.fromisoformat(clock), zone).replace(fold=fold))
