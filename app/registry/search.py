"""What a location is found by: its words, folded, and its place on the map. One row per public location, kept by each commit.

All words must occur, in whatever order, within name, address, postal code, city, id or a printed EVSE id. A whole EVSE id names
just the location that has it. Places are those of Web Mercator in whole units, so that both databases group them alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import asinh, atan, degrees, pi, radians, sinh, tan
from typing import Any, NamedTuple, Self

from app.model.enums import Status
from app.model.identifiers import IdentifierError, compare_key, parse_evse_id

WORLD = 1 << 26
"""Units from west to east and from north to south: 0.6 m at the equator. x counts to the east, y to the south."""
MOST_WORDS = 8
_POLE = 85.05
"""Degrees; the map is square up to here."""
_GAPS = re.compile(r"[\W_]+")
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
_FIELDS = ("name", "address", "postal_code", "city", "id")


@dataclass(frozen=True, slots=True)
class Box:
    """In units of the map, all edges included."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for; nothing said: every public location."""

    words: tuple[str, ...] = ()
    """Folded."""
    evse_key: str = ""
    """`compare_key` of what may be a whole EVSE id."""
    box: Box | None = None
    offers: frozenset[int] | None = None
    """Numbers in `offer`: an EVSE must have one of them. None: whatever it offers."""
    free: bool = False
    """That EVSE must be available now."""

    @classmethod
    def of(cls, text: str, box: Box | None = None) -> Wanted:
        try:
            parse_evse_id(text)
            key = compare_key(text)
        except IdentifierError:
            key = ""
        return cls(tuple(fold(text).split()[:MOST_WORDS]), key, box)


_FIGURES = {
    "free": (Status.AVAILABLE,),
    "busy": (Status.CHARGING, Status.RESERVED, Status.BLOCKED),
    "unknown": (Status.UNKNOWN,),
}


class Tally(NamedTuple):
    """EVSEs in service, by what they mean to a driver."""

    points: int
    free: int
    busy: int
    """Charging, reserved or blocked: it will be free again."""
    unknown: int

    @classmethod
    def of(cls, statuses: Collection[str]) -> Self:
        counts = [sum(status in of for status in statuses) for of in _FIGURES.values()]
        return cls(len(statuses), *counts)

    @property
    def broken(self) -> int:
        return self.points - self.free - self.busy - self.unknown


@dataclass(frozen=True, slots=True)
class Cluster:
    """Locations that stand close to each other."""

    x: float
    """Their middle."""
    y: float
    count: int
    box: Box
    location: int
    """Ordinal of the first by title."""
    title: str
    """Of that one."""
    tally: Tally
    """Of all its EVSEs in service, or of those that are wanted."""


def search_row(ordinal: int, body: Mapping[str, Any]) -> dict[str, Any]:
    """Of a location's body; it has no place where its coordinates cannot be read."""
    printed = (point["evse_id"] for point in body.get("evses", ()) if point.get("evse_id"))
    words = [fold(str(body.get(name) or "")) for name in _FIELDS]
    place = _place(body.get("coordinates") or {})
    return {
        "location": ordinal,
        "text": " ".join(filter(None, (*words, *map(compare_key, printed)))),
        "title": ", ".join(filter(None, (body.get("name") or body.get("address"), body.get("city")))) or body["id"],
        "x": place[0] if place else None,
        "y": place[1] if place else None,
    }


def fold(text: str) -> str:
    """Words without case, accents and punctuation, a space between two."""
    plain = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    return _GAPS.sub(" ", "".join(sign for sign in plain if not unicodedata.combining(sign))).strip()


def to_map(longitude: float, latitude: float) -> tuple[int, int]:
    x = (longitude + 180) / 360
    y = (1 - asinh(tan(radians(min(max(latitude, -_POLE), _POLE)))) / pi) / 2
    return _within(x), _within(y)


def from_map(x: float, y: float) -> tuple[float, float]:
    """Longitude and latitude in degrees."""
    return x / WORLD * 360 - 180, degrees(atan(sinh(pi * (1 - 2 * y / WORLD))))


def _within(share: float) -> int:
    return min(max(round(share * WORLD), 0), WORLD)


def _place(coordinates: Mapping[str, Any]) -> tuple[int, int] | None:
    try:
        return to_map(float(coordinates["longitude"]), float(coordinates["latitude"]))
    except (KeyError, TypeError, ValueError):
        return None
