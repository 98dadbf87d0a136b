"""Engine, migrations and the two kinds of transaction: consistent reads, and writes that hold the head.

SQLite runs in WAL with `synchronous=NORMAL`: a power cut may lose the last commits but never breaks the file, a killed
process loses nothing.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError

from app.errors import ConfigError, RegistryError

BUSY_TIMEOUT_S = 30
_PRIMARY = 0xFF  # of an extended result code
CHECKPOINT_PAGES = 32_000  # 128 MB: the commit that has to carry the log over pays for many
SERVER_LOST = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""A server that can no longer be reached is given up within the life of a lease; the system by itself would wait for hours. The
URL may say otherwise (`?connect_timeout=20`)."""
MIGRATIONS = Path(__file__).parent / "migrations"


def open_engine(url: str) -> Engine:
    """An engine for `sqlite:///path` or `postgresql+psycopg://…`; the folder of a SQLite file is made.

    Raises ConfigError for any other URL.
    """
    try:
        parsed = make_url(url)
    except SQLAlchemyError as error:
        raise ConfigError(
            f"{url!r} is no database URL", remedy="write sqlite:///file.db or postgresql+psycopg://…"
        ) from error
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(url, parsed.database)
    if parsed.get_backend_name() == "postgresql":
        unless_said = {name: value for name, value in SERVER_LOST.items() if name not in parsed.query}
        named = parsed.set(drivername="postgresql+psycopg")
        # Behind PgBouncer (transaction mode) the next statement may be on a server that never prepared it.
        return create_engine(named, pool_pre_ping=True, connect_args={"prepare_threshold": None, **unless_said})
    raise ConfigError(
        f"{parsed.get_backend_name()} is no database chargefeed runs on",
        remedy="use sqlite:///… or postgresql+psycopg://…",
    )


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite database; None: it is none."""
    parsed = make_url(url)
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None


def _open_sqlite(url: str, path: str | None) -> Engine:
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    # As many connections as threads ask for: who reads and writes meanwhile needs two, and those who write take turns.
    pool: dict[str, Any] = {"max_overflow": -1} if path and path != ":memory:" else {}
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False}, **pool)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver would start transactions by itself, and late
        cursor = connection.cursor()
        _use_wal(cursor)
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "handle_error")
    def reopen(context: ExceptionContext) -> None:
        """A connection that was opened while the disk was read-only stays so when it no longer is."""
        code = getattr(context.original_exception, "sqlite_errorcode", 0)
        if code & _PRIMARY == sqlite3.SQLITE_READONLY:
            context.is_disconnect = True

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _use_wal(cursor: sqlite3.Cursor) -> None:
    """SQLite does not wait by itself where two processes open a new file at the same moment."""
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent snapshot of the database; never waits for a writer."""
    options: dict[str, Any] = {}
    if engine.dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A write transaction: committed at the end of the block, rolled back whole on any exception."""
    with _turn(engine), engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    """SQLite has one writer at a time, and lets the others look again and again, up to 0.1 s apart. Threads of one process wait
    here instead: until it is really their turn, without a connection, and no longer than those of another process would."""
    if engine.dialect.name == "postgresql":
        yield
        return
    turn = _turns.setdefault(engine, threading.RLock())
    if not turn.acquire(timeout=BUSY_TIMEOUT_S):
        raise OperationalError("BEGIN IMMEDIATE", None, sqlite3.OperationalError("another thread is writing"))
    try:
        yield
    finally:
        turn.release()


_turns: WeakKeyDictionary[Engine, threading.RLock] = WeakKeyDictionary()
os.register_at_fork(after_in_child=_turns.clear)


def migrate(engine: Engine) -> None:
    """Brings the database to this version's tables.

    Raises RegistryError where it does not answer or is from a newer version.
    """
    if revision(engine) != newest_revision():
        # alembic takes half a second to import, and is needed once a release
        from app.registry.migrating import upgrade

        upgrade(engine)


@cache
def newest_revision() -> str:
    """As the files say, whose names begin with their revision."""
    return max(path.stem.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def check_layout(connection: Connection) -> None:
    """Raises RegistryError where a newer version has brought the tables to its own while this process ran."""
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if found != newest_revision():
        raise RegistryError(
            f"the database is at migration {found}, and this process can only write {newest_revision()}",
            remedy="restart it with the version of chargefeed that upgraded the database",
        )


def revision(engine: Engine) -> str | None:
    """Of the tables in the database; None: there are none. Raises RegistryError where it does not answer."""
    try:
        with reading(engine) as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except DatabaseError as error:
        where = engine.url.render_as_string(hide_password=True)
        what = str(error.orig).splitlines()[0]
        raise RegistryError(f"the database cannot be read: {what}", where=where, remedy="Check `database`") from error
