"""Coordinates, country and time zone of a location against each other: where two agree, the third is the odd one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from babel.core import get_global

from app.compliance.site import Subject
from app.model.territory import PART_OF, countries_at, countries_near
from app.wording import worded

SEASONS = (datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC))


def coordinates(value: str, subject: Subject) -> str:
    """`value`: the latitude, whose longitude stands beside it."""
    country, found = subject.site.country, _countries(subject)
    if country in found or _is_odd(country, found, subject):
        return ""
    latitude, longitude = _point(subject)
    place = f"{latitude}, {longitude}"
    if country in countries_near(longitude, latitude):
        return worded(
            "%(place)s is not in %(country)s: latitude and longitude are swapped", place=place, country=country
        )
    return worded("%(place)s is not in %(country)s", place=place, country=country)


def country(value: str, subject: Subject) -> str:
    """Alpha-3."""
    found = _countries(subject)
    if _is_odd(subject.site.country, found, subject):
        return worded(
            "%(value)s, but coordinates and time zone are of %(found)s", value=value, found=", ".join(sorted(found))
        )
    return ""


def time_zone(value: str, subject: Subject) -> str:
    country = subject.site.country
    if _fits(subject, country) or _is_odd(country, _countries(subject), subject):
        return ""
    return worded("%(value)s is not the time of %(country)s", value=value, country=country)


def _is_odd(country: str, found: frozenset[str], subject: Subject) -> bool:
    """Coordinates and time zone agree on another country."""
    return country not in found and not _fits(subject, country) and any(_fits(subject, one) for one in found)


def _point(subject: Subject) -> tuple[float, float]:
    _, station = next(subject.bodies("station"))
    where = station.get("coordinates") or subject.site.body["coordinates"]
    return float(where["latitude"]), float(where["longitude"])


def _countries(subject: Subject) -> frozenset[str]:
    """Alpha-2 of where it stands; of its surroundings where that is not its own country."""
    point = _point(subject)
    found = countries_at(*point)
    return found if subject.site.country in found else countries_near(*point)


@cache
def _of_country() -> dict[str, list[str]]:
    """Alpha-2 → time zones."""
    return {country: list(zones) for country, zones in get_global("territory_zones").items()}


def _fits(subject: Subject, country: str) -> bool:
    """Whether the location's time zone shows the time of a country."""
    return _shows(subject.site.body["time_zone"], country)


@cache
def _shows(zone: str, country: str) -> bool:
    parts = [country, *(part for part, whole in PART_OF.items() if whole == country)]
    own = [_offsets(one) for part in parts for one in _of_country().get(part, ())]
    return not own or _offsets(zone) in own


@cache
def _offsets(zone: str) -> tuple[timedelta | None, ...]:
    return tuple(at.astimezone(ZoneInfo(zone)).utcoffset() for at in SEASONS)
