"""Periods of DATEX II (com:OverallPeriod), whatever the encoding."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

Texts = tuple[tuple[str, str], ...]
"""A multilingual text: language (two letters) and text; empty: none."""
LONGEST_TEXT = 1024
"""Characters of a text in one language (com:String)."""
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Days:
    """Both must hold."""

    days: frozenset[int] = frozenset()
    """0 is Monday; empty: every day."""
    months: frozenset[int] = frozenset()
    """1 to 12; empty: every month."""


@dataclass(frozen=True, slots=True)
class SpecialDay:
    kind: str
    """As written: publicHoliday, schoolHolidays …"""
    intersects: bool
    """True: holds on the days only; False: on the days and on these besides."""


@dataclass(frozen=True, slots=True)
class Period:
    """Its criteria must all hold; of the entries of one criterion, any one."""

    start: datetime | None = None
    """With offset; None: open."""
    end: datetime | None = None
    """Exclusive, though senders write 23:59:59."""
    hours: tuple[tuple[int, int], ...] = ()
    """Local time in seconds since midnight, 86400 being the end of the day. One that ends before it begins passes midnight."""
    days: tuple[Days, ...] = ()
    special_days: tuple[SpecialDay, ...] = ()
    name: Texts = ()


@dataclass(frozen=True, slots=True)
class OverallPeriod:
    """Between start and end, in any of the valid periods (all the time where there are none), in none of the exceptions."""

    start: datetime | None
    """Required by the schema; None: a sender left it out."""
    end: datetime | None = None
    valid: tuple[Period, ...] = ()
    exceptions: tuple[Period, ...] = ()
