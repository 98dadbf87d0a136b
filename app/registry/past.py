"""What is read of the past, many EVSEs at a time: their statuses on a day, and in which spans their location was public."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, or_, select

from app.clock import Millis
from app.registry.history import changes_of
from app.registry.tables import evse, feed_head, history, journal, location

AT_ONCE = 500
"""EVSEs read at once."""
_of_location = evse.join(location, location.c.ordinal == evse.c.location)


@dataclass(frozen=True, slots=True)
class Point:
    """One EVSE of a party, whether it is public or not."""

    id: int
    uid: str
    key: str
    ordinal: int
    """Of its location."""
    location_key: str
    public: bool
    """Whether its location is, now."""


def parties(connection: Connection) -> list[tuple[str, str]]:
    """(country_code, party_id) in upper case of all that ever had a location, hidden ones too; sorted."""
    query = select(func.upper(location.c.country_code), func.upper(location.c.party_id)).distinct()
    return sorted((row[0], row[1]) for row in connection.execute(query))


def portions(connection: Connection, country_code: str, party_id: str) -> Iterator[list[Point]]:
    """The EVSEs of a party, in the order they came, AT_ONCE at a time."""
    columns = (evse.c.id, evse.c.uid, evse.c.key, location.c.ordinal, location.c.key, location.c.public)
    mine = (func.upper(location.c.country_code) == country_code, func.upper(location.c.party_id) == party_id)
    query = select(*columns).select_from(_of_location).where(*mine).order_by(evse.c.id).limit(AT_ONCE)
    last = -1
    while found := [Point(*row) for row in connection.execute(query.where(evse.c.id > last))]:
        yield found
        last = found[-1].id


class Publicity:
    """When locations were public, from `since` to `until`: what they are now, and how that changed since then."""

    def __init__(self, connection: Connection, since: Millis, until: Millis) -> None:
        self._since, self._until = since, until
        flips = select(journal.c.ordinal, journal.c.published_at, journal.c.public)
        flips = flips.where(
            journal.c.published_at > since, journal.c.what == "location", journal.c.was_public != journal.c.public
        )
        self._flips: dict[int, list[tuple[Millis, bool]]] = {}
        for ordinal, at, public in connection.execute(flips.order_by(journal.c.published_at)):
            self._flips.setdefault(ordinal, []).append((at, public))

    def spans(self, point: Point) -> list[tuple[Millis, Millis]]:
        """Ascending, each from its first to before its last moment."""
        flips = self._flips.get(point.ordinal, [])
        public = not flips[0][1] if flips else point.public
        edges = [self._since, *(at for at, _ in flips if at < self._until), self._until]
        spans = list(pairwise(edges))
        return spans[0 if public else 1 :: 2]


def points_of_day(
    connection: Connection, ids: Sequence[int], since: Millis, until: Millis
) -> dict[int, list[Row[Any]]]:
    """By EVSE: where its status of `since` began, then each change before `until` (rows of `history`)."""
    found = {row.evse: [row] for row in _begun(connection, ids, since)}
    within = select(history).where(history.c.evse.in_(ids), history.c.at > since, history.c.at < until)
    for row in connection.execute(within.order_by(history.c.id)):
        found.setdefault(row.evse, []).append(row)
    return {evse_id: changes_of(rows) for evse_id, rows in found.items()}


def _begun(connection: Connection, ids: Sequence[int], at: Millis) -> Iterator[Row[Any]]:
    """Of each EVSE the first message of the status that held at a time; what only repeats it is passed over."""
    last, other, first = history.alias("last"), history.alias("other"), history.alias("first")
    newest = select(func.max(other.c.at)).where(other.c.evse == evse.c.id, other.c.at <= at).scalar_subquery()
    before = select(func.max(other.c.at)).where(
        other.c.evse == last.c.evse, other.c.at < last.c.at, _differ(other, last)
    )
    ended = func.coalesce(before.correlate(last).scalar_subquery(), -1)
    begun = select(func.min(first.c.at)).where(first.c.evse == last.c.evse, first.c.at > ended).correlate(last)
    query = select(last, begun.scalar_subquery().label("begun")).join(evse, evse.c.id == last.c.evse)
    query = query.where(evse.c.id.in_(ids), last.c.at == newest)
    rows: dict[int, list[Row[Any]]] = {}
    for row in connection.execute(query.order_by(last.c.id)):
        rows.setdefault(row.evse, []).append(row)
    for evse_id, of_moment in rows.items():
        (held,) = changes_of(of_moment)
        if held.begun == held.at:
            yield held
        else:
            there = select(history).where(history.c.evse == evse_id, history.c.at == held.begun)
            yield changes_of(connection.execute(there.order_by(history.c.id)).all())[-1]


def _differ(one: Any, other: Any) -> ColumnElement[bool]:
    reasons = func.coalesce(one.c.reason, "") != func.coalesce(other.c.reason, "")
    return or_(one.c.status != other.c.status, reasons)


def first_moment(connection: Connection) -> Millis | None:
    """Since when there are all statuses; None: there are none yet."""
    first = connection.execute(select(func.min(history.c.at))).scalar()
    return None if first is None else max(first, connection.execute(select(feed_head.c.history_from)).scalar_one())


def first_received(connection: Connection) -> Millis | None:
    """When the first status came, as long as nothing was forgotten; None: none has come."""
    return connection.execute(select(history.c.received_at).order_by(history.c.id).limit(1)).scalar()


def newest_point(connection: Connection) -> int:
    """id of the last row of `history`, 0 where there is none: what comes later has a higher one."""
    return connection.execute(select(func.max(history.c.id))).scalar() or 0


@dataclass(frozen=True, slots=True)
class Late:
    """A status that came after its time, and how far it reaches."""

    country_code: str
    party_id: str
    at: Millis
    until: Millis | None
    """When the next one begins; None: not yet."""


def late_points(connection: Connection, after: int, before: Millis) -> Iterator[Late]:
    """Of the rows of `history` whose id is above `after` those of a time before `before`."""
    later = history.alias("later")
    until = select(func.min(later.c.at)).where(later.c.evse == history.c.evse, later.c.at > history.c.at)
    owner = (func.upper(location.c.country_code), func.upper(location.c.party_id))
    query = select(*owner, history.c.at, until.scalar_subquery())
    query = query.select_from(history.join(evse, evse.c.id == history.c.evse).join(location))
    for row in connection.execute(query.where(history.c.id > after, history.c.at < before)):
        yield Late(*row)


def last_seq_before(connection: Connection, at: Millis) -> int:
    """Sequence of the last change that was published before a time; 0: none."""
    query = select(func.max(journal.c.seq)).where(journal.c.published_at < at)
    return connection.execute(query).scalar() or 0
