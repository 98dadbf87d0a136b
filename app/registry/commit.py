"""The one lock through which everything reaches the journal: consecutive sequences and one strictly rising stamp per
commit.

Holding the row of `feed_head` (PostgreSQL) or the write lock of the file (SQLite) until the commit makes commit order
and sequence order
the same, so that a reader who has seen a sequence or stamp has seen all below it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, Insert, Row, Table, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.clock import Clock, Millis
from app.model.batch import Kind
from app.registry.database import check_layout, reading, writing
from app.registry.leases import Lease, check_lease
from app.registry.tables import block, feed_head, journal
from app.registry.views import BLOCK


class Commit:
    """A write transaction that holds the head. `stamp` is the `published_at` of all it writes."""

    def __init__(self, connection: Connection, head: Row[Any], now: Millis) -> None:
        self.connection = connection
        self.now = now
        self.revision: int = head.revision
        """Of the state it found: equal to that of an earlier read, nothing was written in between."""
        self.before: int = head.seq
        self.seq: int = head.seq
        self.stamp: Millis = max(now, head.published_at + 1)
        self.history_from: Millis = head.history_from
        """What was before is in `history` no longer, and what comes from then is not taken there."""
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

    @property
    def status_times(self) -> list[tuple[Millis | None, Millis]]:
        """(occurred_at, received_at) of each status journaled."""
        return [(row["occurred_at"], row["received_at"]) for row in self._journal if row["what"] == "status"]

    def touch(self, kind: Kind, ordinals: Iterable[int], version: int) -> None:
        """Marks the blocks of these objects for rendering."""
        for ordinal in ordinals:
            self._blocks[kind, ordinal // BLOCK] = version

    def touch_places(self, ordinals: Iterable[int], version: int) -> None:
        """Marks the blocks of locations in which more than a status changed."""
        places = list(ordinals)
        self.touch(Kind.LOCATIONS, places, version)
        self.touch(Kind.SITES, places, version)

    def finish(self) -> None:
        self.connection.execute(update(feed_head).values(revision=feed_head.c.revision + 1))
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


class Plan(Protocol):
    """What is to be written, worked out from one consistent read."""

    @property
    def writes(self) -> bool: ...

    def write(self, commit: Commit) -> None: ...


P = TypeVar("P", bound=Plan)


@contextmanager
def committing(engine: Engine, clock: Clock, lease: Lease | None = None) -> Iterator[Commit]:
    """Takes the lock; at the end of the block writes the journal and commits. Raises LeaseLost where `lease` was taken
    over, RegistryError where a newer version has upgraded the database meanwhile."""
    with writing(engine) as connection:
        head = connection.execute(select(feed_head).with_for_update()).one()
        if lease is not None:
            check_lease(connection, lease)
        check_layout(connection)
        commit = Commit(connection, head, clock.now())
        yield commit
        commit.finish()


def carry_out(
    engine: Engine, clock: Clock, lease: Lease | None, plan: Callable[[Connection], P]
) -> tuple[P, Commit | None]:
    """Plans outside the lock and writes inside; plans again inside where another writer was faster.

    The commit is None where there was nothing to write.
    """
    with reading(engine) as connection:
        revision = connection.execute(select(feed_head.c.revision)).scalar_one()
        planned = plan(connection)
    if not planned.writes:
        return planned, None
    with committing(engine, clock, lease) as commit:
        if commit.revision != revision:
            planned = plan(commit.connection)
        if planned.writes:
            planned.write(commit)
    return planned, commit


def upsert(connection: Connection, table: Table, rows: list[dict[str, Any]], keys: tuple[str, ...]) -> None:
    """Inserts rows, or updates all their columns where the keys are there already. All rows have the same columns."""
    connection.execute(_upserting(connection.dialect.name, table, tuple(rows[0]), keys), rows)


@cache
def _upserting(database: str, table: Table, columns: tuple[str, ...], keys: tuple[str, ...]) -> Insert:
    """Made once: it takes longer than to write a row."""
    statement = (postgresql if database == "postgresql" else sqlite).insert(table)
    excluded = {name: statement.excluded[name] for name in columns if name not in keys}
    made: Insert
    if excluded:
        made = statement.on_conflict_do_update(index_elements=keys, set_=excluded)
    else:
        made = statement.on_conflict_do_nothing(index_elements=keys)
    return made
