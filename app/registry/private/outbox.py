"""Sessions and CDRs on their way to the partner whose driver charged, and what the partner may read again.

1. A record is its partner's from the first time it comes: it never changes hands.
2. A session is replaced by what is newer, a CDR by nothing (OCPI CDRs: it cannot be changed once it is sent).
3. What was sent is due no more only where nothing newer came meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, select, update

from app.clock import Millis
from app.registry.commit import upsert
from app.registry.private.store import PrivateStore
from app.registry.private.tables import relayed

Body = dict[str, Any]


class Taken(StrEnum):
    NEW = "new"
    REPLACED = "replaced"
    KNOWN = "known"
    """Nothing in it is new."""
    FOREIGN = "foreign"
    """It is another partner's."""
    FIXED = "fixed"
    """It was said otherwise before, and cannot be changed."""


@dataclass(frozen=True, slots=True)
class Record:
    module: str
    """sessions, cdrs."""
    owner: str
    """The operator, `DE*ABC`."""
    id: str
    partner: str
    party: str
    """The partner's, `NL*ABC`."""
    last_updated: Millis
    body: Body

    @property
    def key(self) -> bytes:
        return key_of(self.module, self.owner, self.id)


@dataclass(frozen=True, slots=True)
class Stored:
    record: Record
    due_at: Millis | None
    failures: int
    outcome: Mapping[str, Any]

    @property
    def word(self) -> str:
        """due, told, refused or pulled."""
        return "due" if self.due_at is not None else str(self.outcome.get("word", "due"))


def key_of(module: str, owner: str, id: str) -> bytes:
    return blake2b(f"{module}\n{owner}\n{id}".lower().encode(), digest_size=16).digest()


class Outbox:
    def __init__(self, store: PrivateStore) -> None:
        self._store = store
        self._keys = store.keys

    def take(self, record: Record, now: Millis) -> Taken:
        """Raises RegistryError."""
        with self._store.writing() as connection:
            by = relayed.c.id == record.key
            row = connection.execute(select(relayed).where(by).with_for_update()).first()
            taken = Taken.NEW if row is None else self._compared(record, row)
            if taken in (Taken.NEW, Taken.REPLACED):
                upsert(connection, relayed, [self._row(record, now if row is None else row.created_at, now)], ("id",))
        return taken

    def due(self, partner: str, now: Millis, limit: int) -> list[Stored]:
        """What is to be sent to it now: what never failed first, so that nothing stands in the way of all, then the oldest."""
        query = select(relayed).where(relayed.c.partner == partner, relayed.c.due_at <= now)
        with self._store.reading() as connection:
            order = relayed.c.failures, relayed.c.created_at, relayed.c.id
            rows = connection.execute(query.order_by(*order).limit(limit)).all()
        return [self._stored(row) for row in rows]

    def settle(self, record: Record, outcome: Mapping[str, Any]) -> None:
        """It need not be sent again."""
        values = {"due_at": None, "outcome": self._keys.seal(outcome)}
        same = relayed.c.last_updated == record.last_updated
        with self._store.writing() as connection:
            connection.execute(update(relayed).where(relayed.c.id == record.key, same).values(**values))

    def postpone(self, record: Record, until: Millis, error: str) -> None:
        """It was tried, and did not get there."""
        values = {"due_at": until, "failures": relayed.c.failures + 1, "outcome": self._keys.seal({"error": error})}
        with self._store.writing() as connection:
            connection.execute(update(relayed).where(relayed.c.id == record.key).values(**values))

    def find(self, key: bytes) -> Stored | None:
        with self._store.reading() as connection:
            row = connection.execute(select(relayed).where(relayed.c.id == key)).first()
        return None if row is None else self._stored(row)

    def has(self, partner: str, module: str, id: str, owners: Collection[str]) -> bool:
        """Whether it is that partner's, of one of these operators."""
        keys = [key_of(module, owner, id) for owner in owners]
        query = select(relayed.c.id).where(relayed.c.id.in_(keys), relayed.c.partner == partner)
        with self._store.reading() as connection:
            return connection.execute(query).first() is not None

    def listed(
        self, partner: str, module: str, since: Millis | None, until: Millis | None, offset: int, limit: int
    ) -> tuple[list[Stored], int]:
        """A page of a partner's own, the oldest first, and how many there are. [since, until) of `last_updated`."""
        by = [relayed.c.partner == partner, relayed.c.module == module, *_within(since, until)]
        order = relayed.c.created_at, relayed.c.id
        with self._store.reading() as connection:
            total = connection.execute(select(func.count()).select_from(relayed).where(*by)).scalar_one()
            query = select(relayed).where(*by).order_by(*order).offset(offset).limit(limit)
            rows = connection.execute(query).all()
        return [self._stored(row) for row in rows], total

    def prune(self, before: Millis) -> int:
        """Deletes what has not changed since; returns how many."""
        with self._store.writing() as connection:
            return connection.execute(delete(relayed).where(relayed.c.last_updated < before)).rowcount

    def _compared(self, record: Record, row: Row[Any]) -> Taken:
        if row.partner != record.partner:
            return Taken.FOREIGN
        same = self._keys.opened(row.body)["body"] == record.body
        if record.module == "cdrs":
            return Taken.KNOWN if same else Taken.FIXED
        return Taken.KNOWN if same or record.last_updated < row.last_updated else Taken.REPLACED

    def _row(self, record: Record, created_at: Millis, now: Millis) -> dict[str, Any]:
        said = {"owner": record.owner, "id": record.id, "body": record.body}
        known = {"module": record.module, "partner": record.partner, "party": record.party}
        times = {"created_at": created_at, "last_updated": record.last_updated, "due_at": now, "failures": 0}
        return {"id": record.key, **known, **times, "body": self._keys.seal(said), "outcome": None}

    def _stored(self, row: Row[Any]) -> Stored:
        said = self._keys.opened(row.body)
        outcome = {} if row.outcome is None else self._keys.opened(row.outcome)
        named = (row.module, said["owner"], said["id"], row.partner, row.party, row.last_updated, said["body"])
        return Stored(Record(*named), row.due_at, row.failures, outcome)


def _within(since: Millis | None, until: Millis | None) -> list[ColumnElement[bool]]:
    at = relayed.c.last_updated
    return [*([at >= since] if since is not None else []), *([at < until] if until is not None else [])]
