"""Time as chargefeed stores and says it: milliseconds since 1970 in UTC inside, RFC 3339 with `Z` outside."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

Millis = int
"""Milliseconds since 1970-01-01T00:00:00Z."""
_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Clock(Protocol):
    def now(self) -> Millis:
        """The present time."""

    def steady(self) -> Millis:
        """What passes evenly, however the clock is set: only differences mean something."""


class SystemClock:
    def now(self) -> Millis:
        return time.time_ns() // 1_000_000

    def steady(self) -> Millis:
        return time.monotonic_ns() // 1_000_000


class ManualClock:
    """A clock that stands until it is moved (replays, simulations, tests)."""

    def __init__(self, now: Millis = 1_767_225_600_000) -> None:
        self._now = now

    def now(self) -> Millis:
        return self._now

    def steady(self) -> Millis:
        return self._now

    def set(self, now: Millis) -> None:
        self._now = now

    def advance(self, *, seconds: float) -> None:
        self._now += round(seconds * 1000)


def format_time(at: Millis) -> str:
    """`2026-11-23T11:50:13.123Z`: always 24 characters, so text order is time order (OCPI DateTime, at most 25)."""
    second = datetime.fromtimestamp(at // 1000, UTC)
    return f"{second.isoformat()[:19]}.{at % 1000:03d}Z"


def parse_time(text: str) -> Millis:
    """An RFC 3339 time; without an offset it is UTC (OCPI DateTime). Digits below the millisecond are cut.

    Raises ValueError for anything else, also for a date without a time.
    """
    if len(text) < 16 or text[10] not in "Tt ":
        raise ValueError(f"{text!r} is no RFC 3339 time such as 2026-01-31T12:00:00Z")
    return to_millis(datetime.fromisoformat(text))


def to_millis(moment: datetime) -> Millis:
    """A datetime, which is UTC where it has no zone, in milliseconds; digits below are cut."""
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _BEGIN) // _MILLISECOND


def from_millis(at: Millis) -> datetime:
    return datetime.fromtimestamp(at // 1000, UTC).replace(microsecond=at % 1000 * 1000)


def ago(at: Millis, now: Millis) -> str:
    """`12 s ago`, `3 min ago`, `5 h ago`, `2 days ago`."""
    seconds = max(0, now - at) // 1000
    if seconds < 2:
        return "just now"
    if seconds < 120:
        return f"{seconds} s ago"
    if seconds < 7200:
        return f"{seconds // 60} min ago"
    return f"{seconds // 3600} h ago" if seconds < 172_800 else f"{seconds // 86_400} days ago"
