"""What push sources were given, object by object: what a part that comes later is put into.

Each change is one short transaction together with its letter, so that the inbox tells of all that is held, in the order in which
it came. Several processes may listen for one source.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import ColumnElement, Connection, Engine, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError

from app.errors import RegistryError
from app.model.batch import Kind
from app.model.letter import Turn
from app.registry.commit import upsert
from app.registry.database import reading, writing
from app.registry.inbox import row_of
from app.registry.tables import inbox, received


class ReceivedObjects:
    """Of one source: its `Holdings`."""

    def __init__(self, engine: Engine, source: str) -> None:
        self._engine = engine
        self._source = source

    def get(self, kind: Kind, key: str) -> bytes | None:
        """None: nothing."""
        with reading(self._engine) as connection:
            return self._body(connection, kind, key)

    def turn(self, kind: Kind, key: str, change: Callable[[bytes | None], Turn]) -> None:
        """Raises what `change` raises, and RegistryError where nothing was written."""
        try:
            with writing(self._engine) as connection:
                body, letter = change(self._body(connection, kind, key, alone=True))
                if body is None:
                    connection.execute(delete(received).where(*self._of(kind, key)))
                else:
                    row = {"source": self._source, "kind": kind.value, "key": key, "body": body}
                    upsert(connection, received, [row], keys=("source", "kind", "key"))
                connection.execute(insert(inbox), row_of(self._source, letter))
        except SQLAlchemyError as error:
            what = str(getattr(error, "orig", error)).splitlines()[0]
            raise RegistryError(f"what came cannot be kept: {what}", remedy="Check `database`") from error

    def _body(self, connection: Connection, kind: Kind, key: str, *, alone: bool = False) -> bytes | None:
        """`alone`: nobody else changes it until the transaction ends."""
        query = select(received.c.body).where(*self._of(kind, key))
        found: bytes | None = connection.execute(query.with_for_update() if alone else query).scalar()
        return found

    def _of(self, kind: Kind, key: str) -> tuple[ColumnElement[bool], ...]:
        return received.c.source == self._source, received.c.kind == kind.value, received.c.key == key
