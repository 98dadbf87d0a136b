"""The one lock through which everything reaches the journal: consecutive sequences and one strictly rising stamp per commit.

Holding the row of `feed_head` (PostgreSQL) or the write lock of the file (SQLite) until the commit makes commit order and sequence order
the same, so that a reader who has seen a sequence or stamp has seen all below it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Row, Table, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.clock import Clock, Millis
from app.model.batch import Kind
from app.registry.database import writing
from app.registry.leases import Lease, check_lease
from app.registry.projection import BLOCK
from app.registry.tables import block, feed_head, journal


class Commit:
    """A write transaction that holds the head. `stamp` is the `published_at` of all it writes."""

    def __init__(self, connection: Connection, head: Row[Any], now: Millis) -> None:
        self.connection = connection
        self.now = now
        self.before: int = head.seq
        self.seq: int = head.seq
        self.stamp: Millis = max(now, head.published_at + 1)
        self._next = {Kind.LOCATIONS: head.locations, Kind.TARIFFS: head.tariffs}
        self._journal: list[dict[str, Any]] = []
        self._blocks: dict[tuple[Kind, int], int] = {}

    def ordinal(self, kind: Kind) -> int:
        """The next place in the order of creation."""
        ordinal: int = self._next[kind]
        self._next[kind] = ordinal + 1
        return ordinal

    def record(self, **entry: Any) -> int:
        """Journals one change; returns its sequence."""
        self.seq += 1
        self._journal.append({**_NOTHING, **entry, "seq": self.seq, "published_at": self.stamp})
        return self.seq

    def touch(self, kind: Kind, ordinals: Iterable[int], version: int) -> None:
        """Marks the blocks of these objects for rendering."""
        for ordinal in ordinals:
            self._blocks[kind, ordinal // BLOCK] = version

    def finish(self) -> None:
        if not self._journal:
            return
        self.connection.execute(insert(journal), self._journal)
        rows = [{"kind": kind.value, "number": number, "version": v} for (kind, number), v in self._blocks.items()]
        if rows:
            upsert(self.connection, block, rows, keys=("kind", "number"))
        self.connection.execute(
            update(feed_head).values(
                seq=self.seq,
                published_at=self.stamp,
                locations=self._next[Kind.LOCATIONS],
                tariffs=self._next[Kind.TARIFFS],
            )
        )


_NOTHING: dict[str, Any] = dict.fromkeys(
    ("evse_uid", "before", "after", "occurred_at", "earliest", "origin", "backend_at")
)


@contextmanager
def committing(engine: Engine, clock: Clock, lease: Lease | None = None) -> Iterator[Commit]:
    """Takes the lock; at the end of the block writes the journal and commits. Raises LeaseLost where `lease` was taken over."""
    with writing(engine) as connection:
        head = connection.execute(select(feed_head).with_for_update()).one()
        if lease is not None:
            check_lease(connection, lease)
        commit = Commit(connection, head, clock.now())
        yield commit
        commit.finish()


def upsert(connection: Connection, table: Table, rows: list[dict[str, Any]], keys: tuple[str, ...]) -> None:
    """Inserts rows, or updates all their columns where the keys are there already. All rows have the same columns."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    columns = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    if columns:
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=columns), rows)
    else:
        connection.execute(statement.on_conflict_do_nothing(index_elements=keys), rows)
