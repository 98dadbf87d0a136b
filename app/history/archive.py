"""Writes the days that are over as Parquet files below `history/` in the store: what one leader does, a step at a time.

1. A day is due when it has been over for a while, for statuses that come late, and when the ledger has followed it: it has the
   prices, and the names of the EVSEs.
2. Each party's statuses, then its prices, read portion by portion from one view of the database, become one file each, which
   replaces whatever stood there. Nothing is in memory but the rows of a group.
3. `index.json` comes last, if it is still the one that was read (`put_if_match`). A crash before leaves it as it was, and the
   next step writes the same files again.
4. A message that came later than that is found by its row in the database: the days that it reaches are written again. Where the
   database has begun a new life (a restored backup, an empty one), days of the life before stay as they are.
5. Days that have been kept for long enough are deleted, the files first.

What was public is what counts, at the time when it was: a location that is hidden later stays where it was public, one that was
hidden then is left out. Nothing in the database is deleted here; what stands in files is pruned there later (`pruning`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from app.clock import Clock, Millis, format_time
from app.errors import LeaseLost
from app.history.index import Index, Part, read_index
from app.history.parts import spooled
from app.history.prices import PriceRows
from app.history.schema import DAY, INDEX, Table, begin_of, day_of, path_of
from app.history.statuses import StatusRows
from app.ledger.rows import read_cursor
from app.registry import past
from app.registry.database import reading
from app.registry.leases import Lease, still_leads
from app.registry.views import read_head
from app.store.base import Label, Store

_PARQUET = Label("application/vnd.apache.parquet")
_JSON = Label("application/json")
_ROWS: Mapping[Table, Callable[[Connection, Millis], Callable[[Sequence[past.Point]], Iterable[tuple[Any, ...]]]]] = {
    Table.STATUS: StatusRows,
    Table.PRICES: PriceRows,
}
Party = tuple[str, str]
Keep = Mapping[Table, Millis]


@dataclass
class Step:
    """What one step did."""

    written: list[Part] = field(default_factory=list)
    rewritten: set[date] = field(default_factory=set)
    """Days that messages came late for."""
    removed: int = 0
    """Files deleted by age."""
    more: bool = False
    """Another day is due already."""


class Archive:
    def __init__(self, engine: Engine, store: Store, clock: Clock, keep: Keep, after: Millis) -> None:
        """`after`: how long a day has been over before it is written."""
        self._engine = engine
        self._store = store
        self._clock = clock
        self._keep = keep
        self._after = after
        self._followed = 0

    def step(self, lease: Lease) -> Step:
        """Late messages, then the next day that is due, then what is too old.

        Raises LeaseLost or StoreConflict where another leads meanwhile, and StoreError.
        """
        now, step = self._clock.now(), Step()
        index, etag = self._read()
        with reading(self._engine) as connection:
            before = self._index(connection, now) if index is None else index
            if before is None:
                return step
            found = self._with_late(connection, before, lease, step)
            found = self._with_next(connection, found, lease, now, step)
        found = self._without_old(found, now, step)
        if step.written or step.rewritten or step.removed or found.last != before.last:
            found = found.model_copy(update={"generated": format_time(now)})
            self._ensure_leads(lease)
            self._store.put_if_match(self._key(INDEX), found.to_bytes(), _JSON, etag)
        return step

    def _read(self) -> tuple[Index | None, str | None]:
        fetched = self._store.get(self._key(INDEX))
        if fetched is None:
            return None, None
        with fetched:
            return read_index(fetched.read()), fetched.stored.etag

    def _index(self, connection: Connection, now: Millis) -> Index | None:
        """Where nothing is written yet: it begins with the first day there is, or that is kept."""
        first = past.first_moment(connection)
        if first is None:
            return None
        begins = max(day_of(first), day_of(now - max(self._keep.values())))
        return Index(
            epoch=read_head(connection).epoch,
            followed=past.newest_point(connection),
            begins=begins,
            last=begins - timedelta(days=1),
            generated=format_time(now),
        )

    def _with_late(self, connection: Connection, index: Index, lease: Lease, step: Step) -> Index:
        epoch, newest = read_head(connection).epoch, past.newest_point(connection)
        if epoch != index.epoch:
            begins = index.last + timedelta(days=1)
            return index.model_copy(update={"epoch": epoch, "followed": newest, "begins": begins})
        days: dict[date, set[Party]] = {}
        for late in past.late_points(connection, max(index.followed, self._followed), begin_of(index.last) + DAY):
            for day in _reached(late, index.last):
                days.setdefault(day, set()).add((late.country_code, late.party_id))
        for day in sorted(day for day in days if day >= index.begins and self._is_kept(Table.STATUS, day)):
            index = self._with_day(connection, index, day, sorted(days[day]), (Table.STATUS,), lease, step)
            step.rewritten.add(day)
        self._followed = newest
        return index.model_copy(update={"followed": newest})

    def _with_next(self, connection: Connection, index: Index, lease: Lease, now: Millis, step: Step) -> Index:
        day = index.last + timedelta(days=1)
        end = begin_of(day) + DAY
        if end + self._after > now or not _is_followed(connection, index.epoch, end):
            return index
        step.more = end + DAY + self._after <= now
        tables = [table for table in Table if self._is_kept(table, day)]
        found = self._with_day(connection, index, day, past.parties(connection), tables, lease, step)
        return found.model_copy(update={"last": day})

    def _with_day(
        self,
        connection: Connection,
        index: Index,
        day: date,
        parties: Sequence[Party],
        tables: Collection[Table],
        lease: Lease,
        step: Step,
    ) -> Index:
        parts = {(part.day, part.table, part.party): part for part in index.parts}
        for table in tables:
            rows_of = _ROWS[table](connection, begin_of(day))
            for party in parties:
                key = day, table, "-".join(party)
                part = self._write(key, _rows(connection, party, rows_of), parts.pop(key, None), lease)
                if part is not None:
                    parts[key] = part
                    step.written.append(part)
        return index.model_copy(update={"parts": tuple(parts[key] for key in sorted(parts))})

    def _write(
        self, key: tuple[date, Table, str], rows: Iterable[tuple[Any, ...]], old: Part | None, lease: Lease
    ) -> Part | None:
        """None where there are no rows, and so no file."""
        day, table, party = key
        path = path_of(table, day, party)
        with spooled(table, rows) as spool:
            self._ensure_leads(lease)
            if spool.rows:
                if old is None or old.sha256 != spool.sha256:
                    self._store.put(self._key(path), spool.file, _PARQUET)
                return Part(
                    path=path, table=table, day=day, party=party, rows=spool.rows, size=spool.size, sha256=spool.sha256
                )
        if old is not None:
            self._store.delete(self._key(path))
        return None

    def _without_old(self, index: Index, now: Millis, step: Step) -> Index:
        kept: list[Part] = []
        for part in index.parts:
            if self._is_kept(part.table, part.day):
                kept.append(part)
            else:
                self._store.delete(self._key(part.path))
                step.removed += 1
        return index.model_copy(update={"parts": tuple(kept)})

    def _is_kept(self, table: Table, day: date) -> bool:
        return begin_of(day) + DAY + self._keep[table] > self._clock.now()

    def _ensure_leads(self, lease: Lease) -> None:
        """A worker that slept on its lease must not put old rows over newer ones."""
        if not still_leads(self._engine, lease, 0):
            raise LeaseLost(f"the lease `{lease.name}` has gone to another worker", where=lease.holder)

    def _key(self, path: str) -> str:
        return self._store.name(path, None)


def _rows(
    connection: Connection, party: Party, rows_of: Callable[[Sequence[past.Point]], Iterable[tuple[Any, ...]]]
) -> Iterator[tuple[Any, ...]]:
    for portion in past.portions(connection, *party):
        yield from rows_of(portion)


def _reached(late: past.Late, last: date) -> Iterator[date]:
    """The days on which it holds, as far as they are written."""
    day, until = day_of(late.at), last if late.until is None else min(last, day_of(late.until))
    while day <= until:
        yield day
        day += timedelta(days=1)


def _is_followed(connection: Connection, epoch: str, end: Millis) -> bool:
    """Whether the ledger says all that was published before."""
    cursor = read_cursor(connection)
    return cursor is not None and cursor[0] == epoch and cursor[1] >= past.last_seq_before(connection, end)
