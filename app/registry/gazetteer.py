"""Where public locations stand, and what their EVSEs offer and are, in memory: what the map asks of all of them reads no table.

1. Locations stand by title. Those whose EVSEs offer the same and have the same statuses share one `Points`, so that a filter is
   held to some hundreds of these and not to every EVSE.
2. It follows the journal: what changed since it last looked is read again, and all else stays. Everything is read where that is
   less work, where the journal does not go back so far, or where the feed has begun anew.
"""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy import ColumnElement, Connection, String, case, cast, func, select

from app.model.status import OUT_OF_SERVICE
from app.registry.public_objects import Offer
from app.registry.search import Box, Cluster, Tally, Wanted
from app.registry.tables import evse, journal, location_search
from app.registry.views import read_head

_NOWHERE = -1
"""In place of coordinates that are not known."""
_AT_ONCE = 500  # values in one IN (…)
_PORTION = 5000
"""Rows in memory at once."""

Name = tuple[str, int]
"""Title and ordinal of a location."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Points:
    """EVSEs in service of one location, or of several that have the same."""

    each: tuple[tuple[int | None, str], ...]
    """Number in `offer`, and status."""

    def tally(self, wanted: Wanted) -> Tally | None:
        """Of those that offer what is wanted, free or not; None: such a location is not wanted."""
        tally = Tally.of([status for number, status in self.each if wanted.offers is None or number in wanted.offers])
        fits = tally.free if wanted.free else tally.points or wanted.offers is None
        return tally if fits else None


@dataclass(frozen=True, slots=True)
class Places:
    """Locations by title; all four are of one length."""

    names: Sequence[Name]
    x: Sequence[int]
    y: Sequence[int]
    tallies: Sequence[Tally]

    def extent(self) -> Box | None:
        """Where all of them stand; None: none has a place."""
        if not (x := [x for x in self.x if x != _NOWHERE]):
            return None
        return Box(min(x), min(y for y in self.y if y != _NOWHERE), max(x), max(self.y))

    def clusters(self, cell: int) -> list[Cluster]:
        """One per square of the map of so many units that is not empty."""
        squares: dict[tuple[int, int], list[int]] = defaultdict(list)
        for number, (x, y) in enumerate(zip(self.x, self.y, strict=True)):
            squares[x // cell, y // cell].append(number)
        squares.pop((_NOWHERE, _NOWHERE), None)
        return [self._cluster(numbers) for numbers in squares.values()]

    def _cluster(self, numbers: Sequence[int]) -> Cluster:
        x, y = ([column[number] for number in numbers] for column in (self.x, self.y))
        tally = Tally(*map(sum, zip(*(self.tallies[number] for number in numbers), strict=True)))
        title, ordinal = self.names[numbers[0]]
        count = len(numbers)
        return Cluster(
            sum(x) / count, sum(y) / count, count, Box(min(x), min(y), max(x), max(y)), ordinal, title, tally
        )


class Gazetteer:
    """One per process, for all its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen = ("", -1)
        """Epoch and sequence up to which it has followed."""
        self._names: list[Name] = []
        self._titles: dict[int, str] = {}
        self._x = array("i")
        self._y = array("i")
        self._points: list[Points] = []
        self._known: WeakValueDictionary[str, Points] = WeakValueDictionary()
        self._offers: list[Offer] | None = None

    def find(self, connection: Connection, wanted: Wanted, named: Collection[int] | None) -> Places:
        """As they are now, or by a later commit than the connection sees. `named`: ordinals among which they are; None: all."""
        with self._lock:
            self._follow(connection)
            tallies = {points: points.tally(wanted) for points in set(self._points)}
            fitting: list[Any] = [tallies[points] for points in self._points]
            columns = self._names, self._x, self._y, list(fitting)
            if (box := wanted.box) is not None:
                places = zip(fitting, self._x, self._y, strict=True)
                fitting = [fits and box.left <= x <= box.right and box.top <= y <= box.bottom for fits, x, y in places]
            if named is not None:
                fitting = [fits and name[1] in named for fits, name in zip(fitting, self._names, strict=True)]
            return Places(*(list(compress(column, fitting)) for column in columns))

    def offers(self, connection: Connection, read: Callable[[], list[Offer]]) -> list[Offer]:
        """What `read` answers; the same list until a location, a tariff or a price has changed."""
        with self._lock:
            if not self._follow(connection):
                return read()
            if self._offers is None:
                self._offers = read()
            return self._offers

    def _follow(self, connection: Connection) -> bool:
        """False: the connection sees an older state than is known."""
        head = read_head(connection)
        epoch, seq = self._seen
        if (epoch, seq) == (head.epoch, head.seq):
            return True
        if epoch == head.epoch and seq > head.seq:
            return False
        if epoch != head.epoch or seq < head.oldest - 1 or head.seq - seq > len(self._names) / 2:
            self._read_all(connection)
        else:
            changes = select(journal.c.what, journal.c.ordinal).where(journal.c.seq.between(seq + 1, head.seq))
            self._read_again(connection, connection.execute(changes.distinct()).all())
        self._seen = head.epoch, head.seq
        return True

    def _read_all(self, connection: Connection) -> None:
        points = {ordinal: self._of(text) for ordinal, text in _points(connection)}
        rows = sorted(_places(connection))
        self._names = [(title, ordinal) for title, ordinal, _, _ in rows]
        self._titles = {ordinal: title for title, ordinal in self._names}
        self._x = array("i", (x for _, _, x, _ in rows))
        self._y = array("i", (y for _, _, _, y in rows))
        self._points = [points.get(ordinal) or self._of("") for _, ordinal in self._names]
        self._offers = None

    def _read_again(self, connection: Connection, changes: Iterable[Any]) -> None:
        """`changes`: what, and of which location or tariff."""
        by_kind: dict[str, list[int]] = defaultdict(list)
        for what, ordinal in changes:
            by_kind[what].append(ordinal)
        statuses = by_kind.pop("status", [])
        if by_kind:
            self._offers = None
        changed = sorted({*statuses, *by_kind.get("location", [])})
        for start in range(0, len(changed), _AT_ONCE):
            some = changed[start : start + _AT_ONCE]
            texts = dict(_points(connection, evse.c.location.in_(some)))
            places = {row[1]: row for row in _places(connection, location_search.c.location.in_(some))}
            for ordinal in some:
                self._put(ordinal, places.get(ordinal), self._of(texts.get(ordinal, "")))

    def _put(self, ordinal: int, place: tuple[str, int, int, int] | None, points: Points) -> None:
        """`place` None: it is not public."""
        was = self._titles.get(ordinal)
        if was is not None and (place is None or place[0] != was):
            number = bisect_left(self._names, (was, ordinal))
            del self._titles[ordinal], self._names[number], self._x[number], self._y[number], self._points[number]
        if place is None:
            return
        title, _, x, y = place
        number = bisect_left(self._names, (title, ordinal))
        if was == title:
            self._x[number], self._y[number], self._points[number] = x, y, points
            return
        self._titles[ordinal] = title
        self._names.insert(number, (title, ordinal))
        self._x.insert(number, x)
        self._y.insert(number, y)
        self._points.insert(number, points)

    def _of(self, text: str) -> Points:
        """`text`: as `_points` has it."""
        found = self._known.get(text)
        if found is None:
            each = (part.partition(" ") for part in text.split(",") if part)
            found = Points(tuple((int(number) if number else None, status) for number, _, status in each))
            self._known[text] = found
        return found


def _places(connection: Connection, *which: ColumnElement[bool]) -> Iterator[tuple[str, int, int, int]]:
    """Title, ordinal, and where it stands."""
    columns = location_search.c.title, location_search.c.location, location_search.c.x, location_search.c.y
    for title, ordinal, x, y in connection.execute(select(*columns).where(*which)).yield_per(_PORTION):
        yield (title, ordinal, _NOWHERE, _NOWHERE) if x is None else (title, ordinal, x, y)


def _points(connection: Connection, *which: ColumnElement[bool]) -> Iterable[tuple[int, str]]:
    """Ordinal of a location, and its EVSEs in service as text: `NUMBER STATUS,NUMBER STATUS`."""
    number = case((evse.c.offer.is_(None), ""), else_=cast(evse.c.offer, String))
    texts = func.aggregate_strings(number + " " + evse.c.status, ",")
    in_service = (evse.c.status != status for status in sorted(OUT_OF_SERVICE))
    query = select(evse.c.location, texts).where(*which, *in_service).group_by(evse.c.location)
    return map(tuple, connection.execute(query).yield_per(_PORTION))
