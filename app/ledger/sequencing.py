"""Gives statements their places: each once, in one transaction with the journal's cursor, under the lease.

An entry that has a place keeps it. Whatever ends the process, the next one goes on where the last transaction ended; who says the
same again says nothing, so nothing is doubled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from sqlalchemy import Engine

from app.clock import Clock, Millis
from app.errors import JournalPruned
from app.ledger import rows
from app.ledger.entries import EntryKind, Statement, Times, ended_again, manifest_statement, subject_of
from app.ledger.following import PAGE, everything, follow, naming_again
from app.registry.database import reading, writing
from app.registry.leases import Lease, check_lease
from app.registry.projection import Head, PublicReader
from app.registry.views import read_head


class Sequencer:
    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def run(self, lease: Lease) -> None:
        """Follows the journal to its end, then logs what waits for that. Raises LeaseLost."""
        with reading(self._engine) as connection:
            cursor, head = rows.read_cursor(connection), read_head(connection)
        if cursor is None and head.oldest <= 1:
            cursor = (head.epoch, 0)
        try:
            if cursor is None or cursor[0] != head.epoch:
                raise JournalPruned("the ledger has not followed this feed before")
            self._follow(lease, head, cursor[1])
        except JournalPruned:
            self._begin_anew(lease, head)
        self._log_waiting(lease)

    def _follow(self, lease: Lease, head: Head, since: int) -> None:
        while since < head.seq:
            with reading(self._engine) as connection:
                page = follow(connection, since, head.epoch)
            since = page.next
            self.log(lease, page.statements, cursor=(head.epoch, since), appeared=page.appeared)

    def _begin_anew(self, lease: Lease, head: Head) -> None:
        """The cursor comes last: where the process ends before, the next one begins anew again."""
        seen: set[str] = set()
        with reading(self._engine) as connection:
            statements = everything(connection, PublicReader(connection, {}), head.epoch)
            while part := list(islice(statements, PAGE)):
                seen.update(statement.subject for statement in part)
                self.log(lease, part)
            times = Times(head.epoch, head.seq, head.published_at)
            held = (entry.content for entry in rows.alive(connection))
            gone = [ended_again(content, times) for content in held if subject_of(content) not in seen]
        self.log(lease, gone, cursor=(head.epoch, head.seq))

    def _log_waiting(self, lease: Lease) -> None:
        """It is forgotten with the last of it: where the process ends before, the rest says the same again."""
        with reading(self._engine) as connection:
            waiting, last = rows.read_waiting(connection)
            appeared = [(key, times) for kind, key, times in waiting if kind is EntryKind.TARIFF]
            again = naming_again(connection, PublicReader(connection, {}), appeared)
            while part := list(islice(again, PAGE)):
                self.log(lease, part)
        if waiting:
            manifests = [manifest_statement(key, times) for kind, key, times in waiting if kind is EntryKind.MANIFEST]
            self.log(lease, manifests, waited=last)

    def log(
        self,
        lease: Lease,
        said: Sequence[Statement],
        *,
        cursor: tuple[str, int] | None = None,
        appeared: Iterable[tuple[str, Times]] = (),
        waited: int = 0,
    ) -> None:
        """Gives places to what of it is news. `cursor` and `waited`: how far journal and what waits are taken up with it;
        `appeared`: tariffs that wait from now on."""
        with reading(self._engine) as connection:
            news = _news(said, rows.heads(connection, {statement.subject for statement in said}))
        logged_at = self._clock.now()
        found = [statement.row(logged_at) for statement in news]
        with writing(self._engine) as connection:
            check_lease(connection, lease)
            rows.add_entries(connection, rows.size(connection), found)
            if cursor is not None:
                rows.write_cursor(connection, *cursor)
            for key, times in appeared:
                rows.wait(connection, EntryKind.TARIFF, key, times)
            rows.forget_waiting(connection, waited)


def note_manifest(engine: Engine, sha256: str, epoch: str, seq: int, published_at: Millis) -> None:
    """A manifest was published: it is logged with the next run, and once where it is told twice in a row."""
    with writing(engine) as connection:
        rows.wait(connection, EntryKind.MANIFEST, sha256, Times(epoch, seq, published_at))


def _news(said: Iterable[Statement], heads: dict[str, rows.Said]) -> list[Statement]:
    """What the ledger does not say already."""
    news: list[Statement] = []
    for statement in said:
        last = heads.get(statement.subject)
        now = (statement.kind.value, statement.digest)
        if last == now or (statement.kind is EntryKind.ENDED and (last is None or last[0] == EntryKind.ENDED)):
            continue
        heads[statement.subject] = now
        news.append(statement)
    return news
