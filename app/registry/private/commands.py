"""Commands of partners, from the moment they come until their results are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, select, update

from app.clock import Millis
from app.registry.commit import upsert
from app.registry.private.store import PrivateStore
from app.registry.private.tables import command

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pending:
    id: bytes
    partner: str
    at: Millis
    due_at: Millis | None
    failures: int
    body: Body


class CommandStore:
    def __init__(self, store: PrivateStore) -> None:
        self._store = store
        self._keys = store.keys

    def id_of(self, what: str) -> bytes:
        """For the same the same, as long as the keys are."""
        return self._keys.mark(what)

    def begin(self, pending: Pending, again_after: Millis) -> bool:
        """False where it is there already, since `again_after` or later. Raises RegistryError."""
        with self._store.writing() as connection:
            query = select(command.c.at).where(command.c.id == pending.id).with_for_update()
            known = connection.execute(query).scalar()
            if known is not None and known >= again_after:
                return False
            named = {"id": pending.id, "partner": pending.partner, "at": pending.at, "due_at": pending.due_at}
            row = {**named, "failures": 0, "body": self._keys.seal(pending.body)}
            upsert(connection, command, [row], ("id",))
        return True

    def find(self, id: bytes) -> Pending | None:
        with self._store.reading() as connection:
            row = connection.execute(select(command).where(command.c.id == id)).first()
        return None if row is None else self._pending(row)

    def due(self, partner: str, now: Millis) -> list[Pending]:
        with self._store.reading() as connection:
            query = select(command).where(command.c.partner == partner, command.c.due_at <= now)
            return [self._pending(row) for row in connection.execute(query.order_by(command.c.due_at))]

    def write(self, id: bytes, body: Body, due_at: Millis | None, failures: int = 0) -> None:
        values = {"body": self._keys.seal(body), "due_at": due_at, "failures": failures}
        with self._store.writing() as connection:
            connection.execute(update(command).where(command.c.id == id).values(**values))

    def prune(self, before: Millis) -> int:
        with self._store.writing() as connection:
            return connection.execute(delete(command).where(command.c.at < before)).rowcount

    def _pending(self, row: Row[Any]) -> Pending:
        return Pending(row.id, row.partner, row.at, row.due_at, row.failures, self._keys.opened(row.body))
