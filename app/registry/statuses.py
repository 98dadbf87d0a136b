"""Applying a batch of statuses: the hot path. A row equal to the source's last row of that EVSE costs one comparison."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import compress
from operator import itemgetter, ne
from typing import Any

from sqlalchemy import Connection, Row

from app.clock import Millis
from app.model.batch import Batch, Kind, LocationRecord, Role, StatusRecord
from app.model.identifiers import compare_key
from app.model.problem import Problem, Severity
from app.registry import contributions, evses, late
from app.registry.commit import Commit
from app.registry.contributions import ParsedRaw
from app.registry.edits import write_turns
from app.registry.evses import MISSING, Turn
from app.registry.observing import measured_skew, observations
from app.registry.policy import SourcePolicy
from app.registry.posts import R, rows_by_post
from app.registry.status import REMOVED, UNKNOWN, Observation, own_time
from app.registry.tables import evse

PORTION = 5000
_NAMED = 100  # problems of one kind that are listed one by one


Rows = Sequence[tuple[Any, ...]]


@dataclass(slots=True)
class Heard:
    """What a source said in its last poll; lives with the source's lease."""

    rows: Rows = ()
    pending: frozenset[str] = frozenset()
    """Ids that are looked at again although their row is the same: refused, in no inventory yet, or REMOVED."""
    complete: bool = False
    """`rows` are all there was, so that what is absent from the next complete poll is missing."""
    inventory: int | None = None
    """The newest EVSE's number when `rows` were heard: a row may be about a newer one."""
    lost_since: Millis | None = None
    """Since when so many are absent that the polls prove nothing about them; None if they are not."""

    def remember(self, found: News, pending: Collection[str], *, complete: bool) -> None:
        """After the commit: what was taken need not be looked at again."""
        again = found.refused.union(pending)
        if complete:
            self.rows, self.pending = found.rows, again
        else:
            self.rows = list({**_by_id(self.rows), **_by_id(found.rows)}.values())
            self.pending = again | (self.pending - {row[0] for row in found.rows} if self.pending else frozenset())
        self.complete = self.complete or complete

    def forget(self) -> None:
        """The next poll is looked at whole."""
        self.rows, self.pending, self.complete = (), frozenset(), False


@dataclass(slots=True)
class News:
    """A batch compared with what was heard before."""

    rows: Rows
    """All of the batch, each EVSE once."""
    records: list[StatusRecord] = field(default_factory=list)
    """What is new."""
    refused: frozenset[str] = frozenset()
    problems: list[Problem] = field(default_factory=list)
    absent: frozenset[str] = frozenset()
    """Ids of the source's last complete poll that this complete poll lacks."""


@dataclass(slots=True)
class StatusesPlan:
    source: str
    received_at: Millis
    turns: list[Turn]
    problems: list[Problem]
    pending: set[str]
    """Ids that no inventory has, or whose EVSE is REMOVED: they are looked at, and reported, at every poll."""
    matched: set[int]
    """The EVSEs that it is about."""

    @property
    def writes(self) -> bool:
        return bool(self.turns)

    def write(self, commit: Commit) -> None:
        write_turns(commit, self.turns, self.source, self.received_at)


def news(batch: Batch, heard: Heard) -> News:
    """Compares the rows with the last ones and parses those that differ."""
    found = News(batch.records)
    rows = batch.records if batch.events else _changed(batch, heard, found)
    refused = []
    for row in rows:
        parsed = batch.parse(row)
        found.problems += parsed.problems
        if isinstance(parsed.record, StatusRecord):
            found.records.append(parsed.record)
        else:
            refused.append(row[0])
    found.refused = frozenset(refused)
    return found


def _changed(batch: Batch, heard: Heard, found: News) -> Rows:
    """The rows to look at. The common case, a poll with the ids of the last one in the same order, is one pass of C."""
    rows, last = found.rows, heard.rows
    if len(rows) == len(last):
        differ = list(map(ne, rows, last))
        changed = list(compress(rows, differ))
        if [row[0] for row in changed] == [row[0] for row in compress(last, differ)]:
            return changed + ([row for row in rows if row[0] in heard.pending] if heard.pending else [])
    ids = frozenset(map(itemgetter(0), rows))
    if len(ids) != len(rows):
        rows = found.rows = _without_repeats(batch.source, rows, found.problems)
    if batch.complete and heard.complete:
        found.absent = frozenset(map(itemgetter(0), last)) - ids - frozenset(batch.seen)
    said = _by_id(last)
    return [row for row in rows if said.get(row[0]) != row or row[0] in heard.pending]


def planners(
    batch: Batch, found: News, policy: SourcePolicy, earliest: Millis | None, now: Millis
) -> Iterator[StatusPlanner]:
    """In portions, so that neither a commit nor its memory grows with the network (a first poll is all new)."""
    records = found.records
    portions = [records[start : start + PORTION] for start in range(0, len(records), PORTION)]
    whole = not batch.events and len(records) > len(found.rows) // 2
    for index, portion in enumerate(portions or [[]]):
        absent = found.absent if index == 0 else ()
        yield StatusPlanner(batch, portion, absent, policy, earliest, now, whole=whole)


def _by_id(rows: Rows) -> dict[str, tuple[Any, ...]]:
    return {row[0]: row for row in rows}


def _without_repeats(source: str, rows: Rows, problems: list[Problem]) -> Rows:
    """The last row of each EVSE; those that contradict each other are reported."""
    last: dict[str, tuple[Any, ...]] = {}
    repeated: list[str] = []
    for row in rows:
        if last.get(row[0], row) != row:
            repeated.append(row[0])
        last[row[0]] = row
    problems += [
        Problem(
            "the EVSE comes twice in one answer with different statuses; the last one counts",
            Severity.PARTLY,
            source,
            str(evse_id),
            remedy="let the backend give one row for each EVSE",
        )
        for evse_id in repeated[:_NAMED]
    ]
    return list(last.values())


class StatusPlanner:
    """Works out what some new statuses change."""

    def __init__(
        self,
        batch: Batch,
        records: Sequence[StatusRecord],
        absent: Collection[str],
        policy: SourcePolicy,
        earliest: Millis | None,
        now: Millis,
        *,
        whole: bool = False,
    ) -> None:
        """`whole`: a poll of which nothing was heard before, so that most of it may be known."""
        self._batch = batch
        self._whole = whole
        self._now = now
        self._records = records
        self._absent_ids = absent
        self._policy = policy
        self._earliest = earliest
        self._skew = measured_skew(records, batch.received_at)
        self._polls = batch.kind is Kind.STATUSES and not batch.events

    def __call__(self, connection: Connection) -> StatusesPlan:
        records, about = self._news(connection)
        matched, pending = self._match(connection, records)
        turns: list[Turn] = []
        problems = self._unmatched(pending)
        for row, records in matched:
            heard = observations(
                records, self._batch.source, self._policy.priority, self._batch.received_at, self._earliest, self._skew
            )
            turn = evses.turn(row, heard, events=self._batch.events, now=self._now)
            if self._polls and not row.polled and (turn.values or row.said_by == self._batch.source):
                turn.values["polled"] = True
            turns.append(turn)
            if (row.removed or turn.values.get("removed")) and _contradicts_removal(heard):
                pending |= {record.evse for record in records}
                problems.append(self._removed(row))
        late.settle(connection, turns)
        turns += self._absent(connection)
        written = [turn for turn in turns if turn.writes]
        about.update(row.id for row, _ in matched)
        return StatusesPlan(self._batch.source, self._batch.received_at, written, problems, pending, about)

    def _news(self, connection: Connection) -> tuple[Sequence[StatusRecord], set[int]]:
        """What a poll does not just confirm, and the EVSEs of which it does: most of a whole one, so that costs least."""
        if not self._whole:
            return self._records, set()
        received_at, news, confirmed = self._batch.received_at, [], set()
        where = partial(evses.known_where, source=self._batch.source)
        known = _rows_by_id(connection, {one.evse for one in self._records}, where)
        for one in self._records:
            row = known.get(one.evse)
            if row is None or not evses.says_again(row, one, own_time(one, one.received_at or received_at, self._skew)):
                news.append(one)
            else:
                confirmed.add(row.id)
        return news, confirmed

    def _match(
        self, connection: Connection, records: Sequence[StatusRecord]
    ) -> tuple[list[tuple[Row[Any], list[StatusRecord]]], set[str]]:
        """EVSE rows with what was said of each, and the ids that no inventory has."""
        rows = _rows_by_id(connection, {record.evse for record in records}, evses.rows_where)
        matched: dict[int, tuple[Row[Any], list[StatusRecord]]] = {}
        unmatched: set[str] = set()
        for record in records:
            row = rows.get(record.evse)
            if row is None:
                unmatched.add(record.evse)
            else:
                matched.setdefault(row.id, (row, []))[1].append(record)
        return list(matched.values()), unmatched

    def _absent(self, connection: Connection) -> list[Turn]:
        rows = _rows_by_id(connection, self._absent_ids, evses.rows_where).values()
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
                remedy="add the EVSE to the inventory, or correct its id on one of the two sides:"
                f" `chargefeed check --source {self._batch.source}` shows near misses",
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


@dataclass(slots=True)
class EmbeddedStatusesPlan:
    statuses: StatusesPlan
    contributions: list[dict[str, Any]]
    problems: list[Problem]

    @property
    def writes(self) -> bool:
        return bool(self.contributions) or self.statuses.writes

    def write(self, commit: Commit) -> None:
        contributions.write(commit, self.contributions)
        self.statuses.write(commit)


class EmbeddedStatusPlanner:
    """Statuses inside the locations of a source that is believed for statuses alone; another one has the inventory."""

    def __init__(
        self, batch: Batch, parsed: Sequence[ParsedRaw], policy: SourcePolicy, earliest: Millis | None, now: Millis
    ) -> None:
        self._batch = batch
        self._parsed = parsed
        records = [
            record for item in parsed if isinstance(item.record, LocationRecord) for record in _by_evse_id(item.record)
        ]
        self._statuses = StatusPlanner(batch, records if Role.STATUS in policy.roles else [], (), policy, earliest, now)

    def __call__(self, connection: Connection) -> EmbeddedStatusesPlan:
        statuses = self._statuses(connection)
        problems = [problem for item in self._parsed for problem in item.problems]
        # An EVSE that no inventory has yet must be news again: its location is not remembered.
        known = [item for item in self._parsed if not statuses.pending & {r.evse for r in _by_evse_id(item.record)}]
        rows = [
            contributions.row_of(self._batch, item, None, item.problems, refused=item.record is None) for item in known
        ]
        return EmbeddedStatusesPlan(statuses, rows, [*problems, *statuses.problems])


def _contradicts_removal(heard: Sequence[Observation]) -> bool:
    """Something else is said of a REMOVED EVSE, live, and not just before it was REMOVED."""
    removals = [one.order for one in heard if one.status == REMOVED]
    others = [one.order for one in heard if one.status != REMOVED and not one.queued]
    return any(not removals or other > min(removals) for other in others)


def _by_evse_id(record: Any) -> list[StatusRecord]:
    """The statuses of a location record by EVSE id where there is one: uids are of no use to another source."""
    if not isinstance(record, LocationRecord):
        return []
    ids = {point["uid"]: point.get("evse_id", point["uid"]) for point in record.body.get("evses", ())}
    return [replace(status, evse=ids.get(status.evse, status.evse)) for status in record.statuses]


def _rows_by_id(connection: Connection, ids: Collection[str], where: Callable[..., Sequence[R]]) -> dict[str, R]:
    """EVSE rows by the id a source writes: an EVSE id; else a uid that only one EVSE has; else charge point and connector."""
    keys = {evse_id: compare_key(evse_id) for evse_id in ids}
    found: dict[str, R] = {}
    by_key: dict[str | None, R] = {}
    for row in where(connection, evse.c.evse_key, set(keys.values())):
        # The id of a REMOVED EVSE may have gone to another one.
        if not row.removed or by_key.get(row.evse_key, row).removed:
            by_key[row.evse_key] = row
    rest = []
    for evse_id, key in keys.items():
        if key in by_key:
            found[evse_id] = by_key[key]
        else:
            rest.append(evse_id)
    by_uid: dict[str, list[R]] = {}
    for row in where(connection, evse.c.uid_key, {evse_id.lower() for evse_id in rest}):
        by_uid.setdefault(row.uid_key, []).append(row)
    for evse_id in rest:
        rows = by_uid.get(evse_id.lower(), [])
        if len(rows) == 1:
            found[evse_id] = rows[0]
    return found | rows_by_post(connection, [evse_id for evse_id in rest if evse_id.lower() not in by_uid], where)
