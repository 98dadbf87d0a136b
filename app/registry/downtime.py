"""When EVSEs were not up, condensed from the history, so that a report on a year reads outages and not statuses.

1. `follow` takes up what came into `history` since it last ran. Of each EVSE that has anything new, its spans are worked out
   again from the earliest of that on, so a late status changes them like any other.
2. The first time there may be years to read. What Parquet files tell whole (`Told`) is taken from them; the rest from `history`.
3. Two that follow at once take turns: each portion locks the head, and goes on only if the head is where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice, pairwise
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Connection, Engine, bindparam, delete, func, or_, select, update

from app.clock import Millis
from app.model.enums import Status
from app.registry.commit import upsert
from app.registry.database import reading, writing
from app.registry.history import changes_of
from app.registry.past import newest_point
from app.registry.tables import downtime, downtime_head, evse, history

AT_ONCE = 500
"""EVSEs worked out in one transaction."""
SERVES = frozenset({Status.AVAILABLE.value, Status.CHARGING.value, Status.RESERVED.value})
"""Statuses that leave no span."""
_HEAD = select(downtime_head.c.followed)
_OF_EVSE = delete(downtime).where(downtime.c.evse == bindparam("_evse"))


class Downtime(NamedTuple):
    """A span with one status, that is none of `SERVES`."""

    since: Millis
    until: Millis | None
    """None: it lasts."""
    status: str
    reason: str | None
    """As `history.reason`: None where a source said so."""
    detail: bytes | None = None
    """JSON of the `status_detail` it began with."""


class Told(Protocol):
    """What files of closed days tell."""

    until: Millis
    """End of the last day."""
    followed: int
    """Row of `history` up to which all messages stand in them."""

    def spans(self, ids: Mapping[str, int]) -> Iterator[tuple[int, Millis, list[Downtime]]]:
        """(`evse.id`, since when they tell of it, its spans), by id, of EVSEs that they tell of without a gap up to `until`.

        `ids` are by `evse.key`."""


Files = Callable[[], Told | None]


def follow(engine: Engine, files: Files | None = None) -> int:
    """Brings the table up to date; returns how many EVSEs had anything new. `files` is asked only where the table is empty."""
    with reading(engine) as connection:
        head, newest = connection.execute(_HEAD).scalar(), newest_point(connection)
        if (head or 0) == newest:
            return 0
        told = files() if files is not None and not head else None
        since = _touched(connection, head or 0, newest) if told is None else {}
    if head is None:
        head = _begin(engine)
    if told is not None:
        since = _take(engine, told, newest)
    for portion in _portions(sorted(since)):
        with writing(engine) as connection:
            if connection.execute(_HEAD.with_for_update()).scalar() != head:
                return follow(engine)
            _work_out(connection, {evse_id: since[evse_id] for evse_id in portion})
    with writing(engine) as connection:
        mine = update(downtime_head).where(downtime_head.c.followed == head)
        connection.execute(mine.values(followed=newest))
    return len(since)


def is_condensed(connection: Connection) -> bool:
    """Whether `follow` came to its end once, so that what is new since then is little."""
    return bool(connection.execute(_HEAD).scalar()) or not newest_point(connection)


def downtimes(connection: Connection, ids: Sequence[int], since: Millis, until: Millis) -> dict[int, list[Downtime]]:
    """By `evse.id`, oldest first: what touches [since, until). Call `follow` before."""
    query = select(downtime).where(downtime.c.evse.in_(ids), downtime.c.since < until)
    query = query.where(or_(downtime.c.until.is_(None), downtime.c.until > since))
    rows = connection.execute(query.order_by(downtime.c.evse, downtime.c.since)).all()
    return {
        evse_id: [Downtime(since, until, status, reason, detail) for _, since, until, status, reason, detail in mine]
        for evse_id, mine in groupby(rows, itemgetter(0))
    }


def _begin(engine: Engine) -> int:
    """Writes the head, unless another just did."""
    with writing(engine) as connection:
        upsert(connection, downtime_head, [{"id": 1}], keys=("id",))
        return int(connection.execute(_HEAD).scalar_one())


def _touched(connection: Connection, after: int, newest: int) -> dict[int, Millis]:
    query = select(history.c.evse, func.min(history.c.at)).where(history.c.id > after, history.c.id <= newest)
    return {row[0]: row[1] for row in connection.execute(query.group_by(history.c.evse))}


def _take(engine: Engine, told: Told, newest: int) -> dict[int, Millis]:
    """Fills the empty table; returns which EVSEs have to be read from `history`, and from when on."""
    points = select(history.c.evse, func.min(history.c.at), func.max(history.c.at)).group_by(history.c.evse)
    with reading(engine) as connection:
        bounds = {row[0]: (row[1], row[2]) for row in connection.execute(points)}
        ids: dict[str, int] = {row[0]: row[1] for row in connection.execute(select(evse.c.key, evse.c.id))}
        late = _touched(connection, told.followed, newest)
    since = {evse_id: first for evse_id, (first, _) in bounds.items()}
    whole = (
        (evse_id, spans)
        for evse_id, first, spans in told.spans(ids)
        if evse_id in bounds and bounds[evse_id][0] == first
    )
    while portion := list(islice(whole, AT_ONCE)):
        rows: list[tuple[Any, ...]] = []
        for evse_id, spans in portion:
            goes_on = bounds[evse_id][1] < told.until
            if goes_on:
                del since[evse_id]
            else:
                since[evse_id] = told.until
            if goes_on and spans and spans[-1].until == told.until:
                spans[-1] = spans[-1]._replace(until=None)
            rows += ((evse_id, *span) for span in spans)
        with writing(engine) as connection:
            connection.execute(_OF_EVSE, [{"_evse": evse_id} for evse_id, _ in portion])
            _add(connection, rows)
    return since | {evse_id: min(at, since.get(evse_id, at)) for evse_id, at in late.items()}


def _work_out(connection: Connection, since: Mapping[int, Millis]) -> None:
    ids = list(since)
    covering = select(downtime.c.evse, downtime.c.since, downtime.c.until).where(downtime.c.evse.in_(ids))
    begins = dict(since)
    for evse_id, begin, end in connection.execute(covering.order_by(downtime.c.evse, downtime.c.since)):
        if begin < begins[evse_id] and (end is None or end >= since[evse_id]):
            begins[evse_id] = begin
    stale = _OF_EVSE.where(downtime.c.since >= bindparam("_since"))
    connection.execute(stale, [{"_evse": evse_id, "_since": begin} for evse_id, begin in begins.items()])
    query = select(history).where(history.c.evse.in_(ids), history.c.at >= min(begins.values()))
    points: dict[int, list[Any]] = {}
    for point in connection.execute(query.order_by(history.c.evse, history.c.at)):
        if point.at >= begins[point.evse]:
            points.setdefault(point.evse, []).append(point)
    _add(connection, [(evse_id, *span) for evse_id, mine in points.items() for span in _spans(mine)])


def _spans(points: Iterable[Any]) -> Iterator[Downtime]:
    for point, after in pairwise((*changes_of(points), None)):
        assert point is not None
        if point.status not in SERVES:
            until = None if after is None else after.at
            yield Downtime(point.at, until, point.status, point.reason, point.detail)


def _add(connection: Connection, rows: list[tuple[Any, ...]]) -> None:
    """By the driver itself: the first time there may be millions."""
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    if rows:
        statement = (
            f"INSERT INTO downtime ({', '.join(downtime.c.keys())}) VALUES ({', '.join([mark] * len(downtime.c))})"
        )
        connection.exec_driver_sql(statement, rows)


def _portions(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))
