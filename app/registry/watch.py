"""Tells cheaply, many times a second, whether something was committed: read processes keep answers until it says so."""

from __future__ import annotations

import threading
import time

import structlog
from sqlalchemy import Engine, PoolProxiedConnection, select
from sqlalchemy.exc import SQLAlchemyError

from app.registry.tables import feed_head

SQLITE_EVERY_S = 0.02  # PRAGMA data_version costs microseconds
SERVER_EVERY_S = 0.2  # one round trip and one row
PATIENCE_S = 1.0
"""So long somebody waits for a server's answer; a line that is cut may keep it for much longer."""

_log = structlog.get_logger()


class CommitWatch:
    """The head of the feed, at most `every` seconds old. One per process, for all its threads.

    While the database does not answer the last head stands: what was read before is still served.
    """

    def __init__(self, engine: Engine, every: float | None = None) -> None:
        self._engine = engine
        self._sqlite = engine.dialect.name == "sqlite"
        self._every = every if every is not None else SQLITE_EVERY_S if self._sqlite else SERVER_EVERY_S
        self._lock = threading.Lock()
        self._pooled: PoolProxiedConnection | None = None
        self._data_version: int | None = None
        self._due = 0.0
        self._stamp = ("", -1)
        self._looking: threading.Thread | None = None

    def stamp(self) -> tuple[str, int]:
        """(epoch, last sequence). Looks when it is due; other threads meanwhile get what is known."""
        if time.monotonic() >= self._due and self._lock.acquire(blocking=self._due == 0.0):
            try:
                if self._sqlite:
                    self._look_or_warn()
                else:
                    self._look_apart()
            finally:
                self._due = time.monotonic() + self._every
                self._lock.release()
        return self._stamp

    def _look_apart(self) -> None:
        """In a thread that nobody has to wait for, once something is known."""
        if self._looking is None or not self._looking.is_alive():
            self._looking = threading.Thread(target=self._look_or_warn, daemon=True)
            self._looking.start()
            self._looking.join(PATIENCE_S if self._due else None)

    def _look_or_warn(self) -> None:
        try:
            self._look()
        except SQLAlchemyError as error:
            _log.warning("the database does not answer; serving what is known", error=str(error))
            self.close()

    def close(self) -> None:
        pooled, self._pooled, self._data_version = self._pooled, None, None
        if pooled is not None:
            pooled.invalidate()

    def _look(self) -> None:
        if self._sqlite and not self._something_was_written():
            return
        with self._engine.connect() as connection:
            row = connection.execute(select(feed_head.c.epoch, feed_head.c.seq)).one_or_none()
        self._stamp = (row.epoch, row.seq) if row is not None else ("", -1)

    def _something_was_written(self) -> bool:
        # On a connection of its own and outside any transaction, whose snapshot would never see a later commit.
        if self._pooled is None:
            self._pooled = self._engine.raw_connection()
        cursor = self._pooled.cursor()
        cursor.execute("PRAGMA data_version")
        (data_version,) = cursor.fetchone() or (None,)
        cursor.close()
        changed = data_version != self._data_version
        self._data_version = data_version
        return changed
