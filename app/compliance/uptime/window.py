"""The windows that a period asks for: a month's is the twelve months before its end, a year's is the year (UTC)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from app.clock import Millis, from_millis, to_millis
from app.compliance.uptime.sheet import Sheet, WindowKind
from app.errors import ConfigError

_PERIOD = re.compile(r"(?P<year>\d{4})(?:Q(?P<quarter>[1-4])|-(?P<month>0[1-9]|1[0-2]))?")


@dataclass(frozen=True, slots=True)
class Window:
    name: str
    """`2026-09`: the twelve months to the end of that one; `2026`."""
    since: Millis
    until: Millis
    """Not included."""

    @property
    def length(self) -> Millis:
        return self.until - self.since


def windows(sheet: Sheet, period: str) -> list[Window]:
    """Of `2026`, `2026Q3` or `2026-09`, oldest first. Raises ConfigError."""
    found = _PERIOD.fullmatch(period.upper())
    if found is None:
        raise ConfigError(f"{period!r} is no period", where="--period", remedy="Write it as 2026, 2026Q3 or 2026-09")
    year, quarter, month = (None if part is None else int(part) for part in found.groups())
    assert year is not None
    if sheet.window is WindowKind.CALENDAR_YEAR:
        if quarter or month:
            raise ConfigError(f"{sheet.name} is per calendar year", where="--period", remedy=f"Write it as {year}")
        return [Window(str(year), _month(year, 1), _month(year + 1, 1))]
    months = [month] if month else range(3 * quarter - 2, 3 * quarter + 1) if quarter else range(1, 13)
    return [Window(f"{year}-{one:02}", _month(year - 1, one + 1), _month(year, one + 1)) for one in months]


def last_period(sheet: Sheet, now: Millis) -> str:
    """The last year or month that is over."""
    today = from_millis(now)
    if sheet.window is WindowKind.CALENDAR_YEAR:
        return str(today.year - 1)
    return f"{today.year}-{today.month - 1:02}" if today.month > 1 else f"{today.year - 1}-12"


@lru_cache(maxsize=16)
def year_before(at: Millis) -> Millis:
    """The same day of the year before; 28 February for 29 February."""
    day = from_millis(at)
    last = (day.month, day.day) == (2, 29)
    return to_millis(day.replace(year=day.year - 1, day=28 if last else day.day))


def _month(year: int, month: int) -> Millis:
    """When it begins; month 13 is January of the next year."""
    return to_millis(datetime(year + (month - 1) // 12, (month - 1) % 12 + 1, 1, tzinfo=UTC))
