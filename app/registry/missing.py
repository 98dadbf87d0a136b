"""What a complete batch no longer has.

1. An EVSE that its location no longer lists becomes UNKNOWN at once, and REMOVED (final for its uid) only after so
many complete pulls and
   so long (`SourcePolicy`).
2. The loss of a whole location, of more than a tenth of a source's EVSEs, or of everything is *held*: nothing is
published of it until a person
   releases it (the EVSEs become REMOVED) or discards it (they stay). While it is held the statuses become UNKNOWN
   after the source's time to live.
3. What comes back in the meantime is simply there again.
4. An explicit delete is believed at once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, Row, func, insert, or_, select, update

from app.clock import Millis
from app.model.batch import Batch, Kind
from app.registry import contributions, evses, states
from app.registry.commit import Commit
from app.registry.edits import write_turns
from app.registry.evses import AT_ONCE, GONE, MISSING, Turn
from app.registry.policy import SourcePolicy
from app.registry.status import REMOVED, UNKNOWN
from app.registry.tables import evse, held, location


@dataclass(slots=True)
class MissingPlan:
    turns: list[Turn] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    """Location keys that are missing from now on."""
    back: list[str] = field(default_factory=list)
    """Location keys that were missing and are there again, unchanged."""
    hold: list[Row[Any]] = field(default_factory=list)
    """EVSEs whose loss waits for a person."""
    hold_keys: list[str] = field(default_factory=list)
    """Locations whose loss does."""
    reason: str = ""
    source: str = ""
    received_at: Millis = 0
    complete: bool = False
    """It counts as a complete pull."""
    held_id: int | None = None

    @property
    def writes(self) -> bool:
        return bool(self.turns or self.vanished or self.back or self.hold)

    def write(self, commit: Commit) -> None:
        contributions.mark_missing(commit, self.source, Kind.LOCATIONS, self.vanished, commit.now)
        contributions.mark_missing(commit, self.source, Kind.LOCATIONS, self.back, None)
        if self.hold or self.hold_keys:
            self._hold(commit)
        write_turns(commit, self.turns, self.source, self.received_at)
        if self.complete:
            states.completed(commit.connection, self.source, Kind.LOCATIONS, self.received_at)

    def _hold(self, commit: Commit) -> None:
        """Adds to what the source has held already, so that one decision settles all of it."""
        connection = commit.connection
        mine = (held.c.source == self.source, held.c.kind == Kind.LOCATIONS.value, held.c.state == "held")
        open_row = connection.execute(select(held).where(*mine)).first()
        keys = sorted({*self.hold_keys, *(orjson.loads(open_row.keys) if open_row else ())})
        values = {"reason": self.reason, "keys": orjson.dumps(keys)}
        if open_row is None:
            new = {
                **values,
                "source": self.source,
                "kind": Kind.LOCATIONS.value,
                "evses": len(self.hold),
                "held_at": commit.now,
                "state": "held",
            }
            self.held_id = connection.execute(insert(held).values(**new).returning(held.c.id)).scalar_one()
        else:
            self.held_id = open_row.id
            more = update(held).where(held.c.id == open_row.id)
            connection.execute(more.values(**values, evses=open_row.evses + len(self.hold)))
        ids = [row.id for row in self.hold]
        for start in range(0, len(ids), AT_ONCE):
            hold = update(evse).where(evse.c.id.in_(ids[start : start + AT_ONCE]))
            connection.execute(
                hold.values(held=self.held_id, missing_since=func.coalesce(evse.c.missing_since, commit.now))
            )


class MissingPlanner:
    """Compares a complete batch with what the source had; `present` are the location keys it has."""

    def __init__(self, batch: Batch, present: Collection[str], policy: SourcePolicy, now: Millis) -> None:
        self._batch = batch
        self._present = present
        self._policy = policy
        self._now = now

    def __call__(self, connection: Connection) -> MissingPlan:
        plan = MissingPlan(source=self._batch.source, received_at=self._batch.received_at, complete=True)
        compared = contributions.compare(connection, self._batch, self._present)
        plan.vanished, plan.back = compared.vanished, compared.back
        plan.hold_keys = self._own(connection, plan.vanished)
        lost = [row for row in self._evses_of(connection, plan.vanished) if row.held is None]
        dropped, again = self._dropped(connection, compared.refused)
        of_source = (location.c.source == self._batch.source, ~evse.c.removed)
        total = connection.execute(select(func.count()).select_from(evse).join(location).where(*of_source)).scalar_one()
        too_many = len(lost) + len(dropped) + len(again) > self._policy.hold_share * total
        plan.hold = [*lost, *(dropped if too_many else ())]
        plan.reason = self._reason(len(plan.hold_keys), len(plan.hold), total)
        plan.turns = [self._first_time(row) for row in (() if too_many else dropped)]
        if not self._is_counted(connection):
            plan.turns += [self._again(row) for row in again]
        plan.turns += self._returned(connection, plan.back)
        return plan

    def _is_counted(self, connection: Connection) -> bool:
        """The same pull is applied once more (a worker was killed before it could say that it was done)."""
        state = states.read_state(connection, self._batch.source, Kind.LOCATIONS)
        return state is not None and state.completed_at == self._batch.received_at

    def _own(self, connection: Connection, keys: Sequence[str]) -> list[str]:
        """Those of the keys that are published from this source; a location refused to it is no loss."""
        found: list[str] = []
        for start in range(0, len(keys), AT_ONCE):
            there = location.c.key.in_(keys[start : start + AT_ONCE])
            query = select(location.c.key).where(location.c.source == self._batch.source, there)
            found += connection.execute(query).scalars()
        return found

    def _evses_of(self, connection: Connection, keys: Sequence[str]) -> list[Row[Any]]:
        found: list[Row[Any]] = []
        for start in range(0, len(keys), AT_ONCE):
            of_source = location.c.source == self._batch.source
            query = (
                select(evse)
                .join(location)
                .where(of_source, location.c.key.in_(keys[start : start + AT_ONCE]), ~evse.c.removed)
            )
            found += connection.execute(query.order_by(evse.c.id)).all()
        return found

    def _dropped(self, connection: Connection, refused: Collection[str]) -> tuple[list[Row[Any]], list[Row[Any]]]:
        """EVSEs whose location is there without them: for the first time, and once more. Those held wait."""
        unread = {*refused, *self._batch.seen}
        first: list[Row[Any]] = []
        again: list[Row[Any]] = []
        marked = (~evse.c.removed, evse.c.missing_since.is_not(None), evse.c.held.is_(None))
        query = select(evse, location.c.key.label("location_key")).join(location)
        query = query.where(location.c.source == self._batch.source, *marked)
        for row in connection.execute(query.order_by(evse.c.id)):
            if row.location_key in self._present and row.location_key not in unread:
                (first if row.missing_pulls == 0 else again).append(row)
        return first, again

    def _first_time(self, row: Row[Any]) -> Turn:
        turn = evses.derived(row, UNKNOWN, MISSING, self._now)
        turn.values["missing_pulls"] = 1
        return turn

    def _again(self, row: Row[Any]) -> Turn:
        pulls = row.missing_pulls + 1
        long_enough = self._now - row.missing_since >= self._policy.removal_after
        if row.held is None and pulls >= self._policy.removal_pulls and long_enough:
            return evses.derived(row, REMOVED, GONE, self._now)
        return Turn(row, values={"missing_pulls": pulls})

    def _returned(self, connection: Connection, keys: Sequence[str]) -> list[Turn]:
        """EVSEs of locations that are there again just as they were, but for those the location itself does not
        list."""
        rows = [row for row in self._evses_of(connection, keys) if row.missing_since is not None]
        listed = self._listed(connection, keys) if rows else set()
        turns = [Turn(row) for row in rows if row.key in listed]
        for turn in turns:
            evses.returned(turn)
        return turns

    def _listed(self, connection: Connection, keys: Sequence[str]) -> set[str]:
        """Keys of the EVSEs that the source's last word on these locations has."""
        rows = contributions.of_keys(connection, self._batch.source, Kind.LOCATIONS, keys)
        return {
            f"{row.key.split('/', 1)[0]}/{point['uid']}".lower()
            for row in rows
            if row.body is not None
            for point in orjson.loads(row.body).get("evses", ())
        }

    def _reason(self, locations: int, lost: int, total: int) -> str:
        if not self._present:
            return f"the inventory came back empty: {locations} locations and {lost} of {total} EVSEs would be gone"
        return f"{locations} locations and {lost} of {total} EVSEs are missing from a complete inventory"


class DeletePlanner:
    """What the source explicitly withdrew: keys of locations or of single EVSEs."""

    def __init__(self, batch: Batch, now: Millis) -> None:
        self._batch = batch
        self._now = now

    def __call__(self, connection: Connection) -> MissingPlan:
        batch = self._batch
        plan = MissingPlan(source=batch.source, received_at=batch.received_at)
        keys = sorted(batch.deleted)
        given = contributions.of_keys(connection, batch.source, Kind.LOCATIONS, keys)
        plan.vanished = [row.key for row in given if row.missing_since is None]
        locations = {row.key for row in given}
        for start in range(0, len(keys), AT_ONCE):
            some = keys[start : start + AT_ONCE]
            single = [key for key in some if key not in locations]  # a uid may be another location's id
            named = or_(location.c.key.in_(some), evse.c.key.in_(single))
            query = select(evse).join(location).where(location.c.source == batch.source, named, ~evse.c.removed)
            rows = connection.execute(query.order_by(evse.c.id))
            plan.turns += [evses.derived(row, REMOVED, GONE, self._now) for row in rows]
        return plan
