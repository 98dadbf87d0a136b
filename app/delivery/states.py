"""How each destination is doing: how far it has come, since when it fails, what people should look at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Row, and_, delete, func, insert, or_, select, update

from app.clock import Millis
from app.delivery.tables import attempt, delivery, dirty, held
from app.model.batch import Kind
from app.model.problem import Problem, Severity
from app.registry.commit import upsert
from app.registry.tables import journal

COUNTED = 100_000
"""Changes ahead of a cursor are counted up to this."""


@dataclass(frozen=True, slots=True)
class State:
    """A row of `delivery`."""

    destination: str
    target: str
    rules: str
    epoch: str
    cursor: int
    paused: bool
    failures: int
    failing_since: Millis | None
    refused: bool
    next_attempt: Millis
    succeeded_at: Millis | None
    error: str | None
    snapshot_at: Millis | None
    deltas: int

    @property
    def word(self) -> str:
        """ok, retrying, refused or paused."""
        if self.paused:
            return "paused"
        return "refused" if self.refused else "retrying" if self.failures else "ok"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a destination is doing, for people and monitoring."""

    state: State
    due: int
    """Changes that are not there yet."""
    delivered: int
    """Everything up to this sequence is there, or was refused."""
    waiting_since: Millis | None
    """When the oldest change that is not there yet was published."""
    refused: int
    """Objects it does not take as they are."""
    noted: int
    """Objects with problems, those included."""


def read_state(connection: Connection, destination: str) -> State | None:
    row = connection.execute(select(delivery).where(delivery.c.destination == destination)).first()
    return None if row is None else State(*row)


def write_state(connection: Connection, destination: str, **columns: Any) -> bool:
    """False where there is no such row."""
    changed = update(delivery).where(delivery.c.destination == destination).values(**columns)
    return connection.execute(changed).rowcount > 0


def set_paused(connection: Connection, destination: str, *, paused: bool) -> bool:
    """False where nothing was ever sent there. Resumed, it is tried at once."""
    return write_state(connection, destination, paused=paused, next_attempt=0)


def retry_now(connection: Connection, destination: str) -> bool:
    """Whatever waits for another attempt gets it now. False where nothing was ever sent there."""
    connection.execute(update(dirty).where(dirty.c.destination == destination).values(next_attempt=0))
    return write_state(connection, destination, next_attempt=0)


def advance(connection: Connection, destination: str, before: int, after: int) -> None:
    """It has the changes up to `after`; but for one that was asked to be sent again meanwhile, whose cursor has moved."""
    mine = (delivery.c.destination == destination, delivery.c.cursor == before)
    connection.execute(update(delivery).where(*mine).values(cursor=after))


def begin(
    connection: Connection, destination: str, *, target: str, rules: str, epoch: str, cursor: int, known: bool
) -> None:
    """It follows the feed from here on. Whether it is paused, and how it has fared, stays. `known`: what it holds still is, so
    that no snapshot or load is due."""
    row = {"destination": destination, "target": target, "rules": rules, "epoch": epoch, "cursor": cursor}
    upsert(connection, delivery, [row if known else {**row, "snapshot_at": None}], keys=("destination",))


def succeeded(connection: Connection, destination: str, now: Millis, **columns: Any) -> None:
    good = {"failures": 0, "failing_since": None, "refused": False, "next_attempt": 0, "error": None}
    write_state(connection, destination, succeeded_at=now, **good, **columns)


def failed(connection: Connection, state: State, now: Millis, error: str, again_at: Millis, *, refused: bool) -> None:
    since = now if state.failing_since is None else state.failing_since
    columns = {"failures": state.failures + 1, "failing_since": since, "refused": refused}
    write_state(connection, state.destination, **columns, next_attempt=again_at, error=error)


def note(connection: Connection, destination: str, problems: Iterable[Problem], now: Millis) -> None:
    """What there is to look at in a whole document, in place of all that was noted before."""
    connection.execute(delete(held).where(held.c.destination == destination, held.c.memory.is_(None)))
    by_object: dict[str, list[Problem]] = {}
    for problem in problems:
        by_object.setdefault(problem.record, []).append(problem)
    rows = [
        {
            "destination": destination,
            "kind": Kind.LOCATIONS.value,
            "key": key,
            "problems": orjson.dumps([problem.as_dict() for problem in found]),
            "refused": any(problem.severity is Severity.REFUSED for problem in found),
            "checked_at": now,
        }
        for key, found in by_object.items()
    ]
    if rows:
        connection.execute(insert(held), rows)


def read_standings(connection: Connection) -> list[Standing]:
    """All destinations that ever were, by name."""
    waiting = func.count(), func.min(dirty.c.first_seq), func.min(dirty.c.published_at)
    by_due = {
        row[0]: tuple(row[1:])
        for row in connection.execute(select(dirty.c.destination, *waiting).group_by(dirty.c.destination))
    }
    noted = select(held.c.destination, held.c.refused, func.count()).where(held.c.problems.is_not(None))
    by_problem: dict[str, dict[bool, int]] = {}
    for destination, refused, number in connection.execute(noted.group_by(held.c.destination, held.c.refused)):
        by_problem.setdefault(destination, {})[bool(refused)] = number
    standings = []
    for row in connection.execute(select(delivery).order_by(delivery.c.destination)):
        state = State(*row)
        number, first, since = by_due.get(state.destination, (0, None, None))
        problems = by_problem.get(state.destination, {})
        upto = state.cursor if first is None else min(first - 1, state.cursor)
        untaken, next_at = ahead(connection, state.cursor)
        number += untaken
        oldest = min((at for at in (since, next_at) if at is not None), default=None)
        if oldest is None and number:
            oldest = state.failing_since
        standings.append(Standing(state, number, upto, oldest, problems.get(True, 0), sum(problems.values())))
    return standings


def ahead(connection: Connection, cursor: int) -> tuple[int, Millis | None]:
    """Public changes that are not even taken up (at most COUNTED), and when the first of them was published."""
    behind = and_(journal.c.seq > cursor, or_(journal.c.public, journal.c.was_public))
    first = select(journal.c.published_at).where(behind).order_by(journal.c.seq)
    counted = first.limit(COUNTED).subquery()
    query = select(func.count(), func.min(counted.c.published_at)).select_from(counted)
    return tuple(connection.execute(query).one())


def read_problems(connection: Connection, destination: str) -> list[dict[str, Any]]:
    """What a person should look at in the objects it gets, by object: `Problem.as_dict()`. Those that are still tried come last,
    with what they failed with."""
    query = select(held.c.problems).where(held.c.destination == destination, held.c.problems.is_not(None))
    rows = connection.execute(query.order_by(held.c.kind, held.c.key))
    problems = [problem for row in rows for problem in orjson.loads(row.problems)]
    trying = select(dirty.c.key, dirty.c.error).where(dirty.c.destination == destination, dirty.c.error.is_not(None))
    failing = connection.execute(trying.distinct().order_by(dirty.c.key))
    return problems + [Problem(row.error, Severity.NOTE, record=row.key).as_dict() for row in failing]


def read_attempts(connection: Connection, destination: str, after: int = 0) -> Sequence[Row[Any]]:
    """Rows of `delivery_attempt` whose id is above `after`, oldest first: what the latency of deliveries is told from."""
    query = select(attempt).where(attempt.c.destination == destination, attempt.c.id > after)
    return connection.execute(query.order_by(attempt.c.id)).all()
