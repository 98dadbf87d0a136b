"""What is known of single objects at a destination, for people who ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Row, select, union

from app.clock import Millis
from app.delivery.tables import attempt, dirty, held

MOST = 25
"""Objects found, and attempts shown of each."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A change that was brought, or was not."""

    kind: str
    key: str
    evse: str
    """uid whose status changed; empty: anything else."""
    seq: int
    at: Millis
    outcome: str
    """delivered, refused, failed."""
    error: str | None


@dataclass(frozen=True, slots=True)
class ObjectStanding:
    """An object at a destination."""

    kind: str
    key: str
    there: bool
    """The destination holds it, as far as that is kept."""
    checked_at: Millis | None
    """When it was last sent, or compared."""
    refused: bool
    problems: tuple[dict[str, Any], ...]
    due: int
    """Changes of it that are not there yet."""
    next_attempt: Millis | None
    error: str | None
    """What its last attempt failed with."""
    attempts: tuple[Attempt, ...]
    """The last ones, newest first."""


def find_objects(connection: Connection, destination: str, text: str) -> list[ObjectStanding]:
    """The objects whose key (`de*abc/loc1`) contains a text, whatever its case; by key, at most MOST."""
    wanted = text.lower()
    keys = union(
        *(
            select(table.c.kind, table.c.key).where(
                table.c.destination == destination, table.c.key.contains(wanted, autoescape=True)
            )
            for table in (held, dirty, attempt)
        )
    ).subquery()
    found = connection.execute(select(keys).order_by(keys.c.key, keys.c.kind).limit(MOST)).all()
    return [_standing(connection, destination, row.kind, row.key) for row in found]


def last_attempts(connection: Connection, destination: str, *of_object: str) -> tuple[Attempt, ...]:
    """Newest first, at most MOST; `of_object`: kind and key of one object alone."""
    columns = [attempt.c[name] for name in Attempt.__slots__]
    query = select(*columns).where(attempt.c.destination == destination)
    if of_object:
        query = query.where(attempt.c.kind == of_object[0], attempt.c.key == of_object[1])
    return tuple(Attempt(*row) for row in connection.execute(query.order_by(attempt.c.id.desc()).limit(MOST)))


def _standing(connection: Connection, destination: str, kind: str, key: str) -> ObjectStanding:
    there: Row[Any] | None = connection.execute(select(held).where(*_of(held, destination, kind, key))).first()
    waiting = connection.execute(select(dirty).where(*_of(dirty, destination, kind, key))).all()
    return ObjectStanding(
        kind,
        key,
        there is not None and there.memory is not None,
        there.checked_at if there is not None else None,
        there is not None and there.refused,
        tuple(orjson.loads(there.problems)) if there is not None and there.problems else (),
        len(waiting),
        max((row.next_attempt for row in waiting), default=None),
        next((row.error for row in waiting if row.error), None),
        last_attempts(connection, destination, kind, key),
    )


def _of(table: Any, destination: str, kind: str, key: str) -> tuple[Any, ...]:
    return table.c.destination == destination, table.c.kind == kind, table.c.key == key
