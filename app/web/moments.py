"""Times as people write them: of the day where the charger stands, with UTC behind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Flask

from app.clock import Millis, from_millis, parse_time, to_millis
from app.web.listing import read_time

_WALL_CLOCK = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?")


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
    """`26 Nov 2026, 19:42`; with seconds where there are any and they are wanted."""
    local = from_millis(at).astimezone(zone_of(zone))
    ends = f":{local:%S}" if seconds and local.second else ""
    return f"{local.day} {local:%b %Y, %H:%M}{ends}"


def form_time(at: Millis, zone: str) -> str:
    """For an input of type `datetime-local`."""
    return f"{from_millis(at).astimezone(zone_of(zone)):%Y-%m-%dT%H:%M}"


def utc_time(at: Millis) -> str:
    return f"{from_millis(at).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def register(app: Flask) -> None:
    app.jinja_env.filters |= {"local": local_time, "utc": utc_time, "millis": parse_time, "span": span_in_words}


def span_in_words(seconds: float) -> str:
    """`45 s`, `12 min`, `3 h`, `2 days`."""
    whole = round(abs(seconds))
    for size, unit in ((172_800, "days"), (7200, "h"), (120, "min")):
        if whole >= size:
            return f"{whole // {'days': 86_400, 'h': 3600, 'min': 60}[unit]} {unit}"
    return f"{whole} s"
