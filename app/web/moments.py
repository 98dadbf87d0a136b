"""Times as people write them: of the day where the charger stands, with UTC behind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_timedelta
from flask import Flask

from app.clock import Millis, format_time, from_millis, parse_time, to_millis
from app.tariffs.explain import words as written
from app.tariffs.explain.catalogue import catalogue
from app.web.languages import language, locale
from app.web.listing import read_time

_WALL_CLOCK = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?")

_AT_LEAST = 2
"""Of a unit, to be told in it: 90 s are no minute yet, and less than 2 s are just now."""


def read_moment(arguments: Mapping[str, str], name: str, zone: str) -> Millis | None:
    """As `read_time`, but a time without an offset, as a form gives it, is local. Raises Failure (400)."""
    text = arguments.get(name, "").strip()
    if not _WALL_CLOCK.fullmatch(text):
        return read_time(arguments, name)
    try:
        return max(to_millis(datetime.fromisoformat(text).replace(tzinfo=zone_of(zone))), 0)
    except (ValueError, OverflowError):
        return read_time(arguments, name)


def zone_of(name: str) -> ZoneInfo:
    """UTC where it is not known."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def local_time(at: Millis, zone: str, seconds: bool = True) -> str:
    """`26 Nov 2026, 19:42`, as the page's language writes it; with seconds where there are any and they are wanted."""
    local = from_millis(at).astimezone(zone_of(zone))
    first = catalogue(language()).say("when.first_of_month")
    day, clock = (
        written.day(locale(), local.date(), first, "medium"),
        written.clock(locale(), local.hour * 60 + local.minute),
    )
    return f"{day}, {clock}" + (f":{local:%S}" if seconds and local.second else "")


def form_time(at: Millis, zone: str) -> str:
    """For an input of type `datetime-local`."""
    return f"{from_millis(at).astimezone(zone_of(zone)):%Y-%m-%dT%H:%M}"


def utc_time(at: Millis) -> str:
    return f"{from_millis(at).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def register(app: Flask) -> None:
    app.jinja_env.filters |= {"local": local_time, "utc": utc_time, "millis": parse_time, "rfc3339": format_time}
    app.jinja_env.filters |= {"span": span_in_words, "ago": ago}


def ago(at: Millis, now: Millis) -> str:
    """`12 sec ago`, `3 min ago`, `2 days ago`; empty: just now."""
    seconds = (now - at) // 1000
    if seconds < _AT_LEAST:
        return ""
    return format_timedelta(-timedelta(seconds=seconds), "second", _AT_LEAST, True, "short", locale())


def span_in_words(seconds: float) -> str:
    """`45 sec`, `12 min`, `3 hr`, `2 days`."""
    return format_timedelta(timedelta(seconds=round(abs(seconds))), "second", _AT_LEAST, False, "short", locale())
