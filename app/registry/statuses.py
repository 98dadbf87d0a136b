"""Applying a batch of statuses: the hot path. A row equal to the source's last row of that EVSE costs one comparison."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Row

from app.clock import Millis
from app.errors import SourceAnswerError
from app.model.batch import Batch, StatusRecord
from app.model.identifiers import compare_key
from app.model.problem import Problem, Severity
from app.registry import evses
from app.registry.commit import Commit
from app.registry.edits import write_turns
from app.registry.evses import MISSING, Turn
from app.registry.observing import measured_skew, observations
from app.registry.policy import SourcePolicy
from app.registry.status import REMOVED, UNKNOWN
from app.registry.tables import evse

_NAMED = 100  # problems of one kind that are listed one by one


@dataclass(slots=True)
class Heard:
    """What a source said last, row by row; lives with the source's lease."""

    rows: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    complete: bool = False
    """One complete poll is in it, so that what is absent from the next one is missing."""

    def remember(self, found: News, unmatched: Collection[str], *, complete: bool) -> None:
        """After the commit: what was taken need not be looked at again. Unmatched ids stay news until an inventory has them."""
        self.rows.update((row[0], row) for row in found.rows if row[0] not in unmatched)
        for evse_id in found.absent:
            del self.rows[evse_id]
        self.complete = self.complete or complete


@dataclass(slots=True)
class News:
    """The part of a batch that is new."""

    rows: list[tuple[Any, ...]]
    records: list[StatusRecord]
    problems: list[Problem]
    absent: frozenset[str] = frozenset()
    """Ids of the source's last complete poll that this complete poll lacks."""
    lost: SourceAnswerError | None = None
    """So many are absent that the poll proves nothing about them."""


@dataclass(slots=True)
class StatusesPlan:
    source: str
    received_at: Millis
    turns: list[Turn]
    problems: list[Problem]
    unmatched: set[str]
    """Ids that no inventory has: they are asked again at every poll."""

    @property
    def writes(self) -> bool:
        return bool(self.turns)

    def write(self, commit: Commit) -> None:
        write_turns(commit, self.turns, self.source, self.received_at)


def news(batch: Batch, heard: Heard, policy: SourcePolicy) -> News:
    """Compares the rows with the last ones and parses those that differ."""
    said = heard.rows
    rows: Sequence[tuple[Any, ...]] = batch.records
    ids = set(map(itemgetter(0), rows))
    problems: list[Problem] = []
    if len(ids) != len(rows) and not batch.events:
        rows, problems = _without_repeats(batch.source, rows)
    changed = rows if batch.events else [row for row in rows if said.get(row[0]) != row]
    found = News([], [], problems)
    for row in changed:
        parsed = batch.parse(row)
        if isinstance(parsed.record, StatusRecord):
            found.rows.append(row)
            found.records.append(parsed.record)
        found.problems += parsed.problems
    if batch.complete and heard.complete:
        found.absent = frozenset(said.keys() - ids - set(batch.seen))
        if len(found.absent) > policy.hold_share * len(said):
            found.lost = SourceAnswerError(
                f"{len(found.absent)} of {len(said)} EVSEs are absent from a poll that should have them all",
                where=batch.source,
                remedy="What it had was taken; the others keep their status for the source's time to live. Look at the backend",
            )
            found.absent = frozenset()
    return found


def _without_repeats(source: str, rows: Sequence[tuple[Any, ...]]) -> tuple[list[tuple[Any, ...]], list[Problem]]:
    last: dict[str, tuple[Any, ...]] = {}
    repeated: list[str] = []
    for row in rows:
        if row[0] in last and last[row[0]] != row:
            repeated.append(row[0])
        last[row[0]] = row
    problems = [
        Problem(
            "the EVSE comes twice in one answer with different statuses; the last one counts",
            Severity.PARTLY,
            source,
            str(evse_id),
            remedy="let the backend give one row for each EVSE",
        )
        for evse_id in repeated[:_NAMED]
    ]
    return list(last.values()), problems


class StatusPlanner:
    """Works out what new statuses change."""

    def __init__(self, batch: Batch, found: News, policy: SourcePolicy, earliest: Millis | None) -> None:
        self._batch = batch
        self._found = found
        self._policy = policy
        self._earliest = earliest
        self._skew = measured_skew(found.records, batch.received_at)

    def __call__(self, connection: Connection) -> StatusesPlan:
        matched, unmatched = self._match(connection)
        turns = []
        problems = self._unmatched(unmatched)
        for row, records in matched:
            heard = observations(
                records, self._batch.source, self._policy.priority, self._batch.received_at, self._earliest, self._skew
            )
            turn = evses.turn(row, heard, events=self._batch.events)
            if row.removed and any(record.status != REMOVED for record in records):
                problems.append(self._removed(row))
            turns.append(turn)
        if self._batch.events:
            evses.drop_known(connection, turns)
        turns += self._absent(connection)
        written = [turn for turn in turns if turn.writes]
        return StatusesPlan(self._batch.source, self._batch.received_at, written, problems, unmatched)

    def _match(self, connection: Connection) -> tuple[list[tuple[Row[Any], list[StatusRecord]]], set[str]]:
        """EVSE rows with what was said of each, and the ids that no inventory has."""
        by_id: dict[str, list[StatusRecord]] = {}
        for record in self._found.records:
            by_id.setdefault(record.evse, []).append(record)
        rows = _rows_by_id(connection, by_id.keys())
        matched = [(rows[evse_id], records) for evse_id, records in by_id.items() if evse_id in rows]
        return matched, by_id.keys() - rows.keys()

    def _absent(self, connection: Connection) -> list[Turn]:
        rows = _rows_by_id(connection, self._found.absent).values()
        return [
            evses.derived(row, UNKNOWN, MISSING, self._batch.received_at)
            for row in rows
            if row.said_by == self._batch.source and row.reason is None and not row.removed
        ]

    def _unmatched(self, ids: Collection[str]) -> list[Problem]:
        return [
            Problem(
                "a status of an EVSE that no inventory has"
                if len(ids) <= _NAMED
                else f"one of {len(ids)} statuses of EVSEs that no inventory has",
                Severity.REFUSED,
                self._batch.source,
                evse_id,
                remedy="add the EVSE to the inventory, or correct its id on one of the two sides",
            )
            for evse_id in sorted(ids)[:_NAMED]
        ]

    def _removed(self, row: Row[Any]) -> Problem:
        return Problem(
            f"the EVSE {row.uid} was REMOVED, which is final for its uid, and has a status again",
            Severity.REFUSED,
            self._batch.source,
            row.key,
            remedy="give it a new uid (OCPI: a uid is never used again); until then it stays REMOVED",
        )


def _rows_by_id(connection: Connection, ids: Collection[str]) -> dict[str, Row[Any]]:
    """EVSE rows by the id a source writes: an EVSE id, or a uid where it is no EVSE id and only one EVSE has it."""
    keys = {evse_id: compare_key(evse_id) for evse_id in ids}
    found: dict[str, Row[Any]] = {}
    by_key = {
        row.evse_key: row
        for row in evses.rows_where(connection, evse.c.evse_key, set(keys.values()))
        if not row.removed
    }
    rest = []
    for evse_id, key in keys.items():
        if key in by_key:
            found[evse_id] = by_key[key]
        else:
            rest.append(evse_id)
    by_uid: dict[str, list[Row[Any]]] = {}
    for row in evses.rows_where(connection, evse.c.uid_key, {evse_id.lower() for evse_id in rest}):
        by_uid.setdefault(row.uid_key, []).append(row)
    for evse_id in rest:
        rows = by_uid.get(evse_id.lower(), [])
        if len(rows) == 1:
            found[evse_id] = rows[0]
    return found
