"""Writing and reading the private store.

1. Bodies are encrypted (`keys`).
2. No token, tag or contract gets into a session for reports: `SessionRecord` has no field for them. What is relayed to partners
   has them, in tables of its own (`tokens`, `outbox`, `commands`).
3. What is older than the retention is deleted by the worker (`prune`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from decimal import Decimal
from hashlib import blake2b
from pathlib import Path
from typing import Self

from sqlalchemy import Connection, Engine, Table, delete, func, select
from sqlalchemy.exc import SQLAlchemyError

from app.clock import Millis
from app.errors import RegistryError
from app.model.session import SessionRecord
from app.registry.commit import upsert
from app.registry.database import open_engine, reading, writing
from app.registry.private.keys import Keys
from app.registry.private.tables import cursor, metadata, session, told

MAKING = 7_261_001
"""The lock of PostgreSQL for making tables, until the transaction ends."""
_DECIMALS = frozenset({"energy_kwh", "peak_kw"})


class PrivateStore:
    def __init__(self, engine: Engine, keys: Sequence[str]) -> None:
        """Raises ConfigError where a key is none."""
        self._engine = engine
        self.keys = Keys(keys)

    @classmethod
    def open(cls, url: str, keys: Sequence[str], schema: str | None = None) -> Self:
        """With its tables; a SQLite file is its owner's alone. Raises ConfigError, RegistryError."""
        engine = open_engine(url)
        if schema is not None:
            engine = engine.execution_options(schema_translate_map={None: schema})
        elif engine.dialect.name == "sqlite" and engine.url.database:
            file = Path(engine.url.database)
            file.touch(0o600)
            os.chmod(file, 0o600)
        store = cls(engine, keys)
        with store.writing() as connection:
            if engine.dialect.name == "postgresql":  # two processes that make the tables at once would fail
                connection.execute(select(func.pg_advisory_xact_lock(MAKING)))
            metadata.create_all(connection)
        return store

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A write transaction. Raises RegistryError where nothing was written."""
        try:
            with writing(self._engine) as connection:
                yield connection
        except SQLAlchemyError as error:
            raise _failed(error) from error

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Raises RegistryError."""
        try:
            with reading(self._engine) as connection:
                yield connection
        except SQLAlchemyError as error:
            raise _failed(error) from error

    @property
    def where(self) -> str:
        """The database, without its password."""
        return self._engine.url.render_as_string(hide_password=True)

    def put(self, records: Sequence[SessionRecord]) -> None:
        """A session that comes again replaces what was known of it. Raises RegistryError where nothing was written."""
        rows = {_id(record): self._row(record) for record in records}
        if rows:
            self._upsert(session, list(rows.values()), ("id",))

    def cursors(self, source: str) -> dict[str, str]:
        """List of the source → how far it was read."""
        query = select(cursor.c.list, cursor.c.value).where(cursor.c.source == source)
        with self.reading() as connection:
            return {row.list: row.value for row in connection.execute(query)}

    def put_cursor(self, source: str, list_: str, value: str) -> None:
        """Raises RegistryError."""
        self._upsert(cursor, [{"source": source, "list": list_, "value": value}], ("source", "list"))

    def sessions(self, since: Millis, until: Millis) -> Iterator[SessionRecord]:
        """Those that began in [since, until), oldest first. Raises RegistryError where no key opens one."""
        return (record for _, record in self.identified(since, until))

    def identified(self, since: Millis, until: Millis) -> Iterator[tuple[bytes, SessionRecord]]:
        """The same, each with its id here."""
        began = session.c.started_at
        query = select(session.c.id, session.c.body).where(began >= since, began < until).order_by(began, session.c.id)
        with self.reading() as connection:
            for row in connection.execute(query):
                yield row.id, self._record(row.body)

    def mark(self, destination: str, ids: Sequence[bytes]) -> None:
        """These need not be told to it again. Raises RegistryError."""
        with self.reading() as connection:
            query = select(session.c.id, session.c.started_at).where(session.c.id.in_(ids))
            rows = [{"destination": destination, **row._mapping} for row in connection.execute(query)]
        if rows:
            self._upsert(told, rows, ("destination", "id"))

    def marked(self, destination: str) -> frozenset[bytes]:
        with self.reading() as connection:
            found = connection.execute(select(told.c.id).where(told.c.destination == destination))
            return frozenset(row.id for row in found)

    def prune(self, before: Millis) -> int:
        """Deletes the sessions that began before a time; returns how many."""
        with self.writing() as connection:
            connection.execute(delete(told).where(told.c.started_at < before))
            return connection.execute(delete(session).where(session.c.started_at < before)).rowcount

    def _upsert(self, table: Table, rows: list[dict[str, object]], keys: tuple[str, ...]) -> None:
        with self.writing() as connection:
            upsert(connection, table, rows, keys=keys)

    def _row(self, record: SessionRecord) -> dict[str, object]:
        body = self.keys.seal(asdict(record))
        return {"id": _id(record), "started_at": record.started_at, "body": body}

    def _record(self, body: bytes) -> SessionRecord:
        said = self.keys.opened(body)
        for name in _DECIMALS & said.keys():
            said[name] = None if said[name] is None else Decimal(said[name])
        return SessionRecord(**{**said, "errors": tuple(said.get("errors", ()))})


def _id(record: SessionRecord) -> bytes:
    """By the source's own id where there is one, else by where and when it began."""
    what = f"{record.source}\n{record.evse}\n{record.session_id or record.started_at}"
    return blake2b(what.encode(), digest_size=16).digest()


def _failed(error: SQLAlchemyError) -> RegistryError:
    what = str(getattr(error, "orig", error)).splitlines()[0]
    return RegistryError(f"the private store does not answer: {what}", remedy="Check `private.database`")
