"""What a location is found by: its words, folded, and its place on the map. One row per public location, kept by each commit.

All words must occur, in whatever order, within name, address, postal code, city, id or a printed EVSE id. A whole EVSE id names
just the location that has it. Places are those of Web Mercator in whole units, so that both databases group them alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from math import asinh, atan, degrees, pi, radians, sinh, tan
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, or_, select

from app.model.enums import Status
from app.model.identifiers import IdentifierError, compare_key, parse_evse_id
from app.model.status import OUT_OF_SERVICE
from app.registry.tables import evse, location, location_search

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

    @property
    def of_points(self) -> bool:
        """Not every location will do: one of its EVSEs must."""
        return self.free or self.offers is not None

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


@dataclass(frozen=True, slots=True)
class Tally:
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
    """Ordinal of the first."""
    title: str
    """Of the last by the alphabet: of a single one its own."""
    tally: Tally
    """Of all its EVSEs in service, or of those that are wanted."""


class Found:
    """The public locations that are wanted, as the connection's snapshot has them."""

    def __init__(self, connection: Connection, wanted: Wanted) -> None:
        self._connection = connection
        self._evse_key = wanted.evse_key
        self._wanted = wanted
        self._places = list(self._of_place(wanted))

    def _select(self, *columns: ColumnElement[Any]) -> Select[Any]:
        query = select(*columns).where(*self._places)
        if self._wanted.of_points:
            query = query.where(location_search.c.location.in_(_points_there(self._wanted, evse.c.location)))
        return query

    def extent(self) -> tuple[int, Box | None]:
        """How many there are, and where all of them stand; None: none has a place."""
        row = self._connection.execute(self._select(func.count(), *_EDGES)).one()
        return row[0], None if row[1] is None else Box(*row[1:])

    def ordinals(self, limit: int, offset: int) -> list[int]:
        """By title."""
        query = self._select(location_search.c.location)
        query = query.order_by(location_search.c.title, location_search.c.location).limit(limit).offset(offset)
        return list(self._connection.execute(query).scalars())

    def clusters(self, cell: int) -> list[Cluster]:
        """One per square of the map of so many units that is not empty."""
        x, y = location_search.c.x, location_search.c.y
        middle = func.sum(x), func.sum(y), func.count()
        one = func.min(location_search.c.location), func.max(location_search.c.title)
        tally = _tally(self._wanted).subquery("tally")
        sums = (func.coalesce(func.sum(column), 0) for column in tally.c if column.name != "location")
        query = select(*middle, *_EDGES, *one, *sums).where(*self._places)
        there = tally.c.location == location_search.c.location
        query = query.join_from(location_search, tally, there, isouter=not self._wanted.of_points)
        if self._wanted.free:
            query = query.where(tally.c.free > 0)
        return [
            Cluster(
                float(row[0] / row[2]), float(row[1] / row[2]), row[2], Box(*row[3:7]), row[7], row[8], Tally(*row[9:])
            )
            for row in self._connection.execute(query.group_by(x // cell, y // cell))
        ]

    def statuses(self, ordinals: Iterable[int]) -> dict[int, dict[str, str]]:
        """By uid, of the EVSEs in service of these locations, or of those that offer what is wanted, free or not."""
        found: dict[int, dict[str, str]] = {}
        query = select(evse.c.location, evse.c.uid, evse.c.status).where(evse.c.location.in_(list(ordinals)))
        for ordinal, uid, status in self._connection.execute(query.where(*_points(replace(self._wanted, free=False)))):
            found.setdefault(ordinal, {})[uid] = status
        return found

    def names(self, ordinals: Iterable[int]) -> dict[int, tuple[str, str, str]]:
        """(country_code, party_id, id) of those of these locations that are public."""
        names = location.c.ordinal, location.c.country_code, location.c.party_id, location.c.id
        query = select(*names).join(location_search).where(location.c.ordinal.in_(list(ordinals)))
        return {row[0]: (row[1], row[2], row[3]) for row in self._connection.execute(query)}

    def with_evse_id(self) -> list[int]:
        """Ordinals of the locations that have a point of just the id that is wanted."""
        there = evse.c.evse_key == self._evse_key, location_search.c.location == evse.c.location
        return list(self._connection.execute(select(evse.c.location).where(*there).distinct()).scalars())

    def _of_place(self, wanted: Wanted) -> Iterable[ColumnElement[bool]]:
        if wanted.box is not None:
            yield from _inside(wanted.box)
        with_id = self.with_evse_id() if wanted.evse_key else []
        if with_id:
            yield location_search.c.location.in_(with_id)
            return
        for word in wanted.words:
            yield location_search.c.text.contains(word)


_EDGES = (
    func.min(location_search.c.x),
    func.min(location_search.c.y),
    func.max(location_search.c.x),
    func.max(location_search.c.y),
)


def _inside(box: Box) -> Iterable[ColumnElement[bool]]:
    yield location_search.c.x.between(box.left, box.right)
    yield location_search.c.y.between(box.top, box.bottom)


def _points(wanted: Wanted) -> Iterable[ColumnElement[bool]]:
    """Which EVSEs count."""
    yield from (evse.c.status != status for status in sorted(OUT_OF_SERVICE))
    if wanted.offers is not None:
        # Written out: there may be more than a driver takes as parameters.
        yield evse.c.offer.in_(bindparam("offers", sorted(wanted.offers), expanding=True, literal_execute=True))
    if wanted.free:
        yield evse.c.status == Status.AVAILABLE


def _one_of(statuses: Iterable[Status]) -> ColumnElement[bool]:
    """Of 200,000 EVSEs; SQLite takes a quarter longer with IN."""
    return or_(*(evse.c.status == status for status in statuses))


def _tally(wanted: Wanted) -> Select[Any]:
    """Location, then the figures of `Tally`."""
    counts = [func.count().filter(_one_of(of)).label(name) for name, of in _FIGURES.items()]
    columns = evse.c.location, func.count().label("points"), *counts
    return _points_there(replace(wanted, free=False), *columns).group_by(evse.c.location)


def _points_there(wanted: Wanted, *columns: ColumnElement[Any]) -> Select[Any]:
    """Of the EVSEs that count, as far as they stand in the box."""
    query = select(*columns).where(*_points(wanted))
    if wanted.box is None:
        return query
    return query.where(evse.c.location.in_(select(location_search.c.location).where(*_inside(wanted.box))))


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
