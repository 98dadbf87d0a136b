"""What is due at a destination, and what becomes of it.

It is a list of objects (or just the statuses of an EVSE) that changed since they were last brought there. It holds no content:
what is sent is the object as it is then. So it grows with the network at most, however long a destination is down, and nothing
stale is ever sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from app.clock import Millis
from app.delivery.base import Receipt
from app.delivery.tables import attempt, dirty, held
from app.model.batch import Kind
from app.registry.commit import upsert
from app.registry.touched import Touch

NEW_TARIFF, LOCATION, GONE_TARIFF = 0, 1, 2
"""The order in which objects are sent: a tariff is there before a location names it, and goes when none does any more."""
GIVES_WAY = 5
"""After so many attempts on one object the others no longer wait for it."""
LOGGED = 20_000
"""Attempts kept of each destination."""
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Dirty:
    """A row of `delivery_dirty`."""

    kind: Kind
    key: str
    evse: str
    phase: int
    first_seq: int
    last_seq: int
    published_at: Millis | None
    occurred_at: Millis | None
    whole: bool
    attempts: int


@dataclass(frozen=True, slots=True)
class Outcome:
    receipt: Receipt
    rows: tuple[Dirty, ...]
    """What was due of the receipt's item."""
    again_at: Millis = 0
    """Where it failed."""

    @property
    def word(self) -> str:
        """delivered, refused or failed."""
        if self.receipt.error is None:
            return "delivered"
        return "refused" if self.receipt.refused else "failed"

    @property
    def attempts(self) -> int:
        return 1 + max((row.attempts for row in self.rows), default=0)


def mark(connection: Connection, destination: str, touches: Iterable[Touch], *, whole: bool = False) -> None:
    """Notes that these objects are due. Those that wait for another attempt go on waiting."""
    rows: dict[tuple[Kind, str, str], dict[str, Any]] = {}
    for touch in touches:
        row = rows.setdefault((touch.kind, touch.key, touch.evse), _row(destination, touch, whole))
        row |= {"last_seq": touch.seq, "phase": _phase(touch), "whole": row["whole"] or touch.new}
    if not rows:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    waiting = select(func.coalesce(func.max(dirty.c.next_attempt), 0)).where(
        dirty.c.destination == destination,
        dirty.c.kind == bindparam("_kind", type_=String),
        dirty.c.key == bindparam("_key", type_=String),
    )
    first = next(iter(rows.values()))
    columns: dict[str, Any] = {name: bindparam(name) for name in first if not name.startswith("_")}
    new = dialect.insert(dirty).values(**columns, next_attempt=waiting.scalar_subquery())
    again = {"last_seq": new.excluded.last_seq, "phase": new.excluded.phase}
    again["whole"] = or_(dirty.c.whole, new.excluded.whole)
    keys = [dirty.c.destination, dirty.c.kind, dirty.c.key, dirty.c.evse]
    connection.execute(new.on_conflict_do_update(index_elements=keys, set_=again), list(rows.values()))


def _row(destination: str, touch: Touch, whole: bool) -> dict[str, Any]:
    kind = touch.kind.value
    row = {"destination": destination, "kind": kind, "key": touch.key, "evse": touch.evse, "first_seq": touch.seq}
    times = {"published_at": touch.published_at, "occurred_at": touch.occurred_at}
    return row | times | {"whole": whole, "_kind": kind, "_key": touch.key}


def _phase(touch: Touch) -> int:
    if touch.kind is Kind.LOCATIONS:
        return LOCATION
    return GONE_TARIFF if touch.gone else NEW_TARIFF


def due(connection: Connection, destination: str, now: Millis, limit: int, *, in_order: bool = False) -> list[Dirty]:
    """What is to be sent now, in the order in which it is to be sent: what failed less before what failed more, what changed
    before what is sent anew, a tariff that is gone only when no location waits that may still name it. `in_order`: what failed
    keeps its place."""
    mine = dirty.c.destination == destination
    waiting = and_(mine, dirty.c.phase == LOCATION, dirty.c.evse == "", dirty.c.attempts < GIVES_WAY)
    locations_wait = connection.execute(select(exists().where(waiting))).scalar_one()
    query = select(*(dirty.c[name] for name in Dirty.__slots__)).where(mine, dirty.c.next_attempt <= now)
    if locations_wait:
        query = query.where(dirty.c.phase != GONE_TARIFF)
    anew = dirty.c.published_at.is_(None)
    order = (dirty.c.attempts >= GIVES_WAY, dirty.c.phase, dirty.c.attempts, anew)
    rows = connection.execute(
        query.order_by(*((dirty.c.phase, anew) if in_order else order), dirty.c.first_seq).limit(limit)
    )
    return [Dirty(Kind(row.kind), *row[1:]) for row in rows]


def awaited_tariffs(connection: Connection, destination: str) -> dict[str, Millis]:
    """Tariffs that are due and not given up, with the time of their next attempt: locations that name them wait."""
    query = select(dirty.c.key, dirty.c.next_attempt).where(
        dirty.c.destination == destination, dirty.c.phase == NEW_TARIFF, dirty.c.attempts < GIVES_WAY
    )
    return {row.key: row.next_attempt for row in connection.execute(query)}


def postpone(connection: Connection, destination: str, until: Iterable[tuple[Kind, str, Millis]]) -> None:
    """Has objects wait, without an attempt."""
    rows = [{"_kind": kind.value, "_key": key, "_at": at} for kind, key, at in until]
    if rows:
        later = update(dirty).where(*_of_object(destination)).values(next_attempt=bindparam("_at"))
        connection.execute(later, rows)


def memories(connection: Connection, destination: str, kind: Kind, keys: Sequence[str]) -> dict[str, bytes | None]:
    """What is known to be there of these objects."""
    found: dict[str, bytes | None] = {}
    of_kind = select(held.c.key, held.c.memory).where(held.c.destination == destination, held.c.kind == kind.value)
    for start in range(0, len(keys), AT_ONCE):
        for row in connection.execute(of_kind.where(held.c.key.in_(keys[start : start + AT_ONCE]))):
            found[row.key] = row.memory
    return found


def holdings(connection: Connection, destination: str) -> Iterator[tuple[Kind, str]]:
    """Everything that the destination holds."""
    query = select(held.c.kind, held.c.key).where(held.c.destination == destination, held.c.memory.is_not(None))
    for row in connection.execute(query):
        yield Kind(row.kind), row.key


def holdings_after(connection: Connection, destination: str, kind: Kind, after: str, limit: int) -> Sequence[str]:
    """Keys of what it holds of a kind, in their order."""
    query = select(held.c.key).where(held.c.destination == destination, held.c.kind == kind.value)
    query = query.where(held.c.memory.is_not(None), held.c.key > after)
    return connection.execute(query.order_by(held.c.key).limit(limit)).scalars().all()


def unchecked(connection: Connection, destination: str, before: Millis, limit: int) -> list[tuple[Kind, str]]:
    """What it holds and was neither sent nor compared since; the longest ago first."""
    query = select(held.c.kind, held.c.key).where(
        held.c.destination == destination, held.c.memory.is_not(None), held.c.checked_at < before
    )
    rows = connection.execute(query.order_by(held.c.checked_at).limit(limit))
    return [(Kind(row.kind), row.key) for row in rows]


def checked(connection: Connection, destination: str, objects: Collection[tuple[Kind, str]], now: Millis) -> None:
    rows = [{"_kind": kind.value, "_key": key} for kind, key in objects]
    if rows:
        same = (held.c.destination == destination, held.c.kind == bindparam("_kind"), held.c.key == bindparam("_key"))
        connection.execute(update(held).where(*same).values(checked_at=now), rows)


def settle(connection: Connection, destination: str, outcomes: Sequence[Outcome], now: Millis) -> None:
    """Writes down what became of what was due. What was asked for again in the meantime stays due."""
    done = [row for outcome in outcomes if outcome.word != "failed" for row in outcome.rows]
    if done:
        same = [dirty.c[name] == bindparam(f"_{name}") for name in ("kind", "key", "evse", "last_seq", "whole")]
        names = ("kind", "key", "evse", "last_seq", "whole")
        rows = [{f"_{name}": getattr(row, name) for name in names} | {"_kind": row.kind.value} for row in done]
        connection.execute(delete(dirty).where(dirty.c.destination == destination, *same), rows)
    failed = [
        {
            "_kind": outcome.receipt.item.kind.value,
            "_key": outcome.receipt.item.key,
            "_attempts": outcome.attempts,
            "_at": outcome.again_at,
            "_error": str(outcome.receipt.error),
        }
        for outcome in outcomes
        if outcome.word == "failed"
    ]
    if failed:
        again: dict[str, Any] = {
            "attempts": bindparam("_attempts"),
            "next_attempt": bindparam("_at"),
            "error": bindparam("_error"),
        }
        connection.execute(update(dirty).where(*_of_object(destination)).values(**again), failed)
    _remember(connection, destination, outcomes, now)
    _log(connection, destination, outcomes, now)


def _remember(connection: Connection, destination: str, outcomes: Sequence[Outcome], now: Millis) -> None:
    rows, gone = [], []
    for outcome in outcomes:
        receipt, item = outcome.receipt, outcome.receipt.item
        memory = receipt.memory
        if memory == item.memory and (outcome.word == "failed" or not (item.content or receipt.problems)):
            continue
        name = {"destination": destination, "kind": item.kind.value, "key": item.key}
        if memory is None and not receipt.problems:
            gone.append({"_kind": item.kind.value, "_key": item.key})
        else:
            said = orjson.dumps([problem.as_dict() for problem in receipt.problems]) if receipt.problems else None
            rows.append({**name, "memory": memory, "problems": said, "refused": receipt.refused, "checked_at": now})
    if rows:
        upsert(connection, held, rows, keys=("destination", "kind", "key"))
    if gone:
        same = (held.c.destination == destination, held.c.kind == bindparam("_kind"), held.c.key == bindparam("_key"))
        connection.execute(delete(held).where(*same), gone)


def _log(connection: Connection, destination: str, outcomes: Sequence[Outcome], now: Millis) -> None:
    """Changes that arrived, and whatever did not."""
    rows = [
        {
            "destination": destination,
            "kind": row.kind.value,
            "key": row.key,
            "evse": row.evse,
            "seq": row.first_seq,
            "occurred_at": row.occurred_at,
            "published_at": row.published_at,
            "at": now,
            "outcome": outcome.word,
            "attempts": outcome.attempts,
            "error": None if outcome.receipt.error is None else str(outcome.receipt.error),
        }
        for outcome in outcomes
        for row in outcome.rows
        if outcome.word != "delivered" or row.published_at is not None
    ]
    if rows:
        connection.execute(insert(attempt), rows)


def loaded(connection: Connection, destination: str) -> None:
    """All locations are there; what is due of them is no longer to be sent in full."""
    mine = dirty.c.destination == destination, dirty.c.kind == Kind.LOCATIONS.value
    connection.execute(update(dirty).where(*mine).values(whole=False))


def settle_through(connection: Connection, destination: str, seq: int) -> None:
    """Everything up to a sequence is there."""
    connection.execute(delete(dirty).where(dirty.c.destination == destination, dirty.c.last_seq <= seq))


def trim(connection: Connection, destination: str) -> None:
    """Keeps the last LOGGED attempts."""
    mine = attempt.c.destination == destination
    last = select(attempt.c.id).where(mine).order_by(attempt.c.id.desc()).offset(LOGGED).limit(1)
    newest = connection.execute(last).scalar_one_or_none()
    if newest is not None:
        connection.execute(delete(attempt).where(mine, attempt.c.id <= newest))


def _of_object(destination: str) -> tuple[ColumnElement[bool], ...]:
    same = dirty.c.kind == bindparam("_kind"), dirty.c.key == bindparam("_key")
    return dirty.c.destination == destination, *same
