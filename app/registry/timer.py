"""What changes by time alone, journaled when its time comes.

1. A tariff begins, ends, or one of its price windows opens or closes: one entry per tariff; its locations are rendered
anew.
2. An ended tariff has been listed long enough: its tombstone.
3. A scheduled status begins or ends; whatever the backend says after that counts more.
4. A source has been silent for its time to live: its statuses become UNKNOWN, in portions, so that no commit grows
with the network. After a start a minute is left for its first pull.
5. What is held as missing is UNKNOWN after the same time.
6. The clock was set back: what tariffs did in the time that was none they undo, and do again when it comes. Who was heard or
missed then was so just now.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import Connection, Row, and_, exists, or_, select, update

from app.clock import Millis
from app.model.batch import Kind
from app.registry import evses, states
from app.registry.boundaries import schedule_boundary, scheduled_status, tariff_boundary, validity_boundary
from app.registry.commit import Commit
from app.registry.due import plan_boundary, set_boundary
from app.registry.edits import write_turns
from app.registry.evses import MISSING, SCHEDULE, STALE, Turn
from app.registry.policy import SourcePolicy
from app.registry.status import UNKNOWN
from app.registry.tables import boundary, evse, feed_head, location, location_body, source_state, tariff
from app.registry.tariff_rows import tariffs_by_key, zones_of
from app.registry.tariffs import ENDED, move_locations, touch_locations

TTL = SourcePolicy().ttl
"""Of a source that is no longer configured."""
TIMER = "timer"
"""Source of what no source said."""
PORTION = 2000  # EVSEs in one commit


@dataclass(slots=True)
class BoundariesPlan:
    """Tariffs whose boundary has come."""

    due: list[tuple[str, Millis, Row[Any] | None]] = field(default_factory=list)
    tombstones: list[tuple[str, Row[Any] | None]] = field(default_factory=list)
    now: Millis = 0

    @property
    def writes(self) -> bool:
        return bool(self.due or self.tombstones)

    def write(self, commit: Commit) -> None:
        for key, at, row in self.due:
            if row is None or row.deleted_at is not None:
                set_boundary(commit.connection, Kind.TARIFFS.value, key, None)
                continue
            body = orjson.loads(row.body)
            self._journal(commit, row, at, {"tariff_id": row.id})
            validity = validity_boundary(body, at - 1)
            moved = validity is not None and validity <= commit.now
            move_locations(commit, key, boundary_at=commit.stamp if moved else None)
            plan_boundary(commit.connection, key, body, commit.now)
        for key, row in self.tombstones:
            set_boundary(commit.connection, ENDED, key, None)
            if row is not None and row.public:
                self._bury(commit, row)

    def _journal(self, commit: Commit, row: Row[Any], at: Millis, after: dict[str, Any]) -> None:
        commit.record(
            what="boundary",
            key=row.key,
            ordinal=row.ordinal,
            source=TIMER,
            was_public=row.public,
            public=row.public,
            after=orjson.dumps(after),
            occurred_at=at,
            received_at=commit.now,
        )

    def _bury(self, commit: Commit, row: Row[Any]) -> None:
        seq = commit.record(
            what="tariff",
            key=row.key,
            ordinal=row.ordinal,
            source=TIMER,
            was_public=True,
            public=False,
            before=row.body,
            after=row.body,
            received_at=commit.now,
        )
        buried = update(tariff).where(tariff.c.ordinal == row.ordinal)
        commit.connection.execute(buried.values(public=False, version=seq))
        commit.touch(Kind.TARIFFS, (row.ordinal,), seq)
        touch_locations(commit, row.key, TIMER, commit.now)


def plan_boundaries(connection: Connection, now: Millis) -> BoundariesPlan:
    plan = BoundariesPlan(now=now)
    due = connection.execute(
        select(boundary)
        .where(boundary.c.at <= now, boundary.c.kind.in_((Kind.TARIFFS.value, ENDED)))
        .order_by(boundary.c.at, boundary.c.key)
    ).all()
    rows = tariffs_by_key(connection, sorted({row.key for row in due}))
    for row in due:
        if row.kind == ENDED:
            plan.tombstones.append((row.key, rows.get(row.key)))
        else:
            plan.due.append((row.key, row.at, rows.get(row.key)))
    return plan


@dataclass(slots=True)
class TurnedBackPlan:
    """Tariffs to look at again at once."""

    keys: list[str]

    @property
    def writes(self) -> bool:
        return bool(self.keys)

    def write(self, commit: Commit) -> None:
        for key in self.keys:
            set_boundary(commit.connection, Kind.TARIFFS.value, key, commit.now)


def plan_turned_back(connection: Connection, now: Millis) -> TurnedBackPlan:
    """Those with a boundary between now and the last stamp, where that lies in the future: it has been journaled already."""
    stamp = connection.execute(select(feed_head.c.published_at)).scalar_one()
    if stamp <= now:
        return TurnedBackPlan([])
    rows = connection.execute(select(tariff.c.key, tariff.c.body).where(tariff.c.deleted_at.is_(None)))
    early = ((row.key, tariff_boundary(orjson.loads(row.body), zones_of(connection, row.key), now)) for row in rows)
    return TurnedBackPlan([key for key, at in early if at is not None and at <= stamp])


@dataclass(slots=True)
class EarlyStampsPlan:
    writes: bool
    now: Millis

    def write(self, commit: Commit) -> None:
        for column in _SINCE:
            commit.connection.execute(update(column.table).where(column > self.now).values({column.name: self.now}))


_SINCE = (source_state.c.succeeded_at, source_state.c.completed_at, evse.c.missing_since)
"""What is measured from here. In the future it would keep a source from becoming silent until that time has come."""


def plan_early_stamps(connection: Connection, now: Millis) -> EarlyStampsPlan:
    """Times since when something is so, and that have not come yet."""
    early = [select(exists().where(column > now)) for column in _SINCE]
    return EarlyStampsPlan(any(connection.execute(query).scalar_one() for query in early), now)


@dataclass(slots=True)
class StatusesByTimePlan:
    turns: list[Turn]
    now: Millis = 0
    schedules: list[tuple[str, Millis | None]] = field(default_factory=list)
    """Location key → its next boundary."""
    stale: str | None = None
    """The source that is silent."""

    @property
    def writes(self) -> bool:
        return self.stale is not None or bool(self.schedules) or bool(self.turns)

    def write(self, commit: Commit) -> None:
        if self.stale is not None:
            states.mark(commit.connection, self.stale, stale=True)
        for key, at in self.schedules:
            set_boundary(commit.connection, SCHEDULE, key, at)
        write_turns(commit, self.turns, TIMER, self.now)


def plan_schedules(connection: Connection, now: Millis) -> StatusesByTimePlan:
    """Scheduled statuses that begin or end by now."""
    keys = (
        connection.execute(select(boundary.c.key).where(boundary.c.kind == SCHEDULE, boundary.c.at <= now))
        .scalars()
        .all()
    )
    turns: list[Turn] = []
    schedules: list[tuple[str, Millis | None]] = []
    for key in keys:
        there = select(location.c.ordinal, location_body.c.body).join(location_body).where(location.c.key == key)
        row = connection.execute(there).first()
        if row is None:
            schedules.append((key, None))
            continue
        body = orjson.loads(row.body)
        rows = {point.uid: point for point in connection.execute(select(evse).where(evse.c.location == row.ordinal))}
        turns += [
            turn for point in body.get("evses", ()) if (turn := _scheduled(rows[point["uid"]], point, now)) is not None
        ]
        schedules.append((key, schedule_boundary(body, now)))
    return StatusesByTimePlan(turns, now, schedules)


def _scheduled(row: Row[Any], point: dict[str, Any], now: Millis) -> Turn | None:
    if row.removed or row.reason not in (None, SCHEDULE):
        return None
    scheduled = scheduled_status(point, now)
    if scheduled is None:
        return evses.said_again(row) if row.reason == SCHEDULE else None
    status, since = scheduled
    if row.received_at is not None and row.received_at >= since and row.reason is None:
        return None
    return evses.derived(row, status, SCHEDULE, now) if row.status != status else None


def silent_sources(connection: Connection, ttls: Mapping[str, Millis], now: Millis) -> list[str]:
    """Sources that gave statuses before, and none for their time to live. Where a source is polled for them, only that
    counts."""
    heard: dict[str, tuple[bool, Millis]] = {}
    for row in connection.execute(select(source_state.c.source, source_state.c.succeeded_at, source_state.c.kind)):
        if row.succeeded_at is not None and row.kind != Kind.TARIFFS.value:
            heard[row.source] = max(
                (row.kind == Kind.STATUSES.value, row.succeeded_at), heard.get(row.source, (False, 0))
            )
    return sorted(source for source, (_, at) in heard.items() if now - at > ttls.get(source, TTL))


def plan_stale(connection: Connection, source: str, ttl: Millis, now: Millis) -> StatusesByTimePlan:
    """The next portion of a silent source's EVSEs; nothing where it has spoken again in the meantime."""
    if source not in silent_sources(connection, {source: ttl}, now):
        return StatusesByTimePlan([])
    query = select(evse).where(evse.c.said_by == source, evse.c.reason.is_(None), ~evse.c.removed)
    rows = connection.execute(query.order_by(evse.c.id).limit(PORTION)).all()
    turns = [evses.derived(row, UNKNOWN, STALE, now) for row in rows]
    return StatusesByTimePlan(turns, now, stale=source if rows else None)


def plan_revival(connection: Connection, source: str, heard: Collection[int] | None) -> StatusesByTimePlan:
    """The next portion of EVSEs whose source has spoken again and so confirmed what it said before; `heard` are those it
    spoke of, None for all."""
    of_source = (evse.c.said_by == source, evse.c.reason == STALE, evse.c.missing_since.is_(None), ~evse.c.removed)
    ids = connection.execute(select(evse.c.id).where(*of_source).order_by(evse.c.id)).scalars()
    wanted = list(islice((id for id in ids if heard is None or id in heard), PORTION))
    return StatusesByTimePlan([evses.said_again(row) for row in evses.rows_where(connection, evse.c.id, wanted)])


def plan_held(connection: Connection, ttls: Mapping[str, Millis], now: Millis) -> StatusesByTimePlan:
    """EVSEs whose loss is held, and of which nothing was heard for their source's time to live."""
    late = [and_(location.c.source == source, evse.c.missing_since < now - ttl) for source, ttl in ttls.items()]
    late.append(and_(location.c.source.not_in(ttls.keys()), evse.c.missing_since < now - TTL))
    query = select(evse).join(location).where(evse.c.held.is_not(None), evse.c.reason.is_(None), ~evse.c.removed)
    # Where another source says the status, that one's silence decides.
    query = query.where(or_(*late), or_(evse.c.said_by.is_(None), evse.c.said_by == location.c.source))
    rows = connection.execute(query.order_by(evse.c.id).limit(PORTION)).all()
    return StatusesByTimePlan([evses.derived(row, UNKNOWN, MISSING, now) for row in rows], now)
