"""How each source is doing: cursor, last success, failures in a row, problems. One row per source and kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Row, Select, func, select, update

from app.clock import Millis
from app.model.batch import Batch, Kind
from app.model.problem import Problem
from app.registry.commit import upsert
from app.registry.tables import contribution, source_state

LISTED = 200  # problems kept of one pull; the rest is counted


@dataclass(frozen=True, slots=True)
class SourceState:
    source: str
    kind: Kind
    cursor: str | None
    attempted_at: Millis | None
    succeeded_at: Millis | None
    completed_at: Millis | None
    """The last complete batch."""
    failures: int
    """In a row; 0 after a success."""
    error: str | None
    """What the last attempt failed with; None after a success."""
    records: int
    """In the last batch."""
    stale: bool
    """Its statuses are UNKNOWN by age."""
    problems: tuple[dict[str, Any], ...]
    """Those of no single record: `Problem.as_dict()`."""


def read_state(connection: Connection, source: str, kind: Kind) -> SourceState | None:
    row = connection.execute(select(source_state).where(*_is(source, kind))).first()
    return None if row is None else _state(row)


def read_states(connection: Connection) -> list[SourceState]:
    query = select(source_state).order_by(source_state.c.source, source_state.c.kind)
    return [_state(row) for row in connection.execute(query)]


def _state(row: Row[Any]) -> SourceState:
    return SourceState(
        row.source,
        Kind(row.kind),
        row.cursor,
        row.attempted_at,
        row.succeeded_at,
        row.completed_at,
        row.failures,
        row.error,
        row.records,
        row.stale,
        tuple(orjson.loads(row.problems)) if row.problems else (),
    )


def succeeded(connection: Connection, batch: Batch, problems: Sequence[Problem]) -> None:
    """A pull is over; `batch` is its last, `problems` those of the whole pull that belong to no single record."""
    values: dict[str, Any] = {
        "attempted_at": batch.received_at,
        "succeeded_at": batch.received_at,
        "failures": 0,
        "error": None,
        "records": len(batch.records) + len(batch.unchanged),
    }
    # Events say nothing of what else is wrong.
    if problems or not batch.events:
        values["problems"] = orjson.dumps([problem.as_dict() for problem in problems[:LISTED]]) if problems else None
    if batch.complete:
        values["completed_at"] = batch.received_at
    if batch.cursor is not None:
        values["cursor"] = batch.cursor
    upsert(
        connection,
        source_state,
        [{"source": batch.source, "kind": batch.kind.value, **values}],
        keys=("source", "kind"),
    )


def completed(connection: Connection, source: str, kind: Kind, received_at: Millis) -> None:
    """A complete pull is being counted, in the same commit as what it counts."""
    row = {"source": source, "kind": kind.value, "completed_at": received_at}
    upsert(connection, source_state, [row], keys=("source", "kind"))


def failed(connection: Connection, source: str, kind: Kind, now: Millis, error: str) -> None:
    again = (
        update(source_state)
        .where(*_is(source, kind))
        .values(attempted_at=now, failures=source_state.c.failures + 1, error=error)
    )
    if connection.execute(again).rowcount == 0:
        row = {"source": source, "kind": kind.value, "attempted_at": now, "failures": 1, "error": error}
        upsert(connection, source_state, [row], keys=("source", "kind"))


def mark(connection: Connection, source: str, *, stale: bool) -> None:
    """Whether the source's statuses are UNKNOWN by age."""
    connection.execute(update(source_state).where(source_state.c.source == source).values(stale=stale))


def record_problems(connection: Connection, source: str | None = None, most: int | None = None) -> list[dict[str, Any]]:
    """Problems of records as they last came: `Problem.as_dict()`. `most`: records that are looked at; None: all."""
    query = _defective(select(contribution.c.problems), source).order_by(contribution.c.source, contribution.c.key)
    return [problem for row in connection.execute(query.limit(most)) for problem in orjson.loads(row.problems)]


def count_problems(connection: Connection, source: str) -> int:
    """Records of the source that have any."""
    query = _defective(select(func.count()).select_from(contribution), source)
    return int(connection.execute(query).scalar_one())


def _defective(query: Select[Any], source: str | None) -> Select[Any]:
    query = query.where(contribution.c.problems.is_not(None))
    return query if source is None else query.where(contribution.c.source == source)


def _is(source: str, kind: Kind) -> tuple[Any, Any]:
    return source_state.c.source == source, source_state.c.kind == kind.value
