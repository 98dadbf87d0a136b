"""What the ledger asks of the database, and writes there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, or_, select, update

from app.clock import Millis
from app.ledger.entries import Entry, EntryKind, Times, subject_of
from app.ledger.tables import entry, state, waiting
from app.registry.tables import journal, location_tariff
from app.registry.views import check_kept, read_head

Said = tuple[str, bytes]
"""Kind and digest of an entry."""

_AT_ONCE = 500  # values in one IN (…)


# the log


def size(connection: Connection) -> int:
    """Entries with a place."""
    last = connection.execute(select(func.max(entry.c.place))).scalar()
    return 0 if last is None else last + 1


def entries(connection: Connection, start: int, end: int) -> Iterator[Entry]:
    """Those with a place from `start` to before `end`."""
    span = entry.c.place >= start, entry.c.place < end
    for row in connection.execute(select(entry.c.place, entry.c.body).where(*span).order_by(entry.c.place)):
        yield Entry(row.place, row.body)


def entry_before(connection: Connection, found: Entry) -> Entry | None:
    """What was said last of the same before it; None: it is the first."""
    of_subject = entry.c.subject == subject_of(found.content)
    query = select(entry.c.place, entry.c.body).where(of_subject, entry.c.place < found.index)
    row = connection.execute(query.order_by(entry.c.place.desc()).limit(1)).first()
    return None if row is None else Entry(row.place, row.body)


def add_entries(connection: Connection, start: int, found: Sequence[dict[str, Any]]) -> None:
    """At the places from `start` on; each as `Statement.row` or `columns_of` give it."""
    if found:
        connection.execute(insert(entry), [{"place": place, **row} for place, row in enumerate(found, start)])


def heads(connection: Connection, subjects: Iterable[str]) -> dict[str, Said]:
    """By subject, of its last entry."""
    found: dict[str, Said] = {}
    wanted = sorted(subjects)
    for start in range(0, len(wanted), _AT_ONCE):
        rows = connection.execute(_heads().where(entry.c.subject.in_(wanted[start : start + _AT_ONCE])))
        found.update({row.subject: (row.kind, row.digest) for row in rows})
    return found


def last_of(connection: Connection, subject: str, at: Millis) -> Entry | None:
    """What was said last of it by then, by the time it was published."""
    return _found(connection, entry.c.subject == subject, entry.c.published_at <= at)


def last_of_evse(connection: Connection, evse_key: str, at: Millis) -> Entry | None:
    """The last one by then that has this printed id, whatever EVSE it was of."""
    return _found(connection, entry.c.evse_key == evse_key, entry.c.published_at <= at)


def said_between(
    connection: Connection, subjects: Iterable[str], since: Millis, until: Millis
) -> dict[str, list[Entry]]:
    """By subject, oldest first: what was said last by `since`, and all that was said from then to before `until`."""
    found: dict[str, list[Entry]] = {}
    wanted, earlier = sorted(subjects), entry.alias()
    last = select(func.max(earlier.c.place)).where(
        earlier.c.subject == entry.c.subject, earlier.c.published_at <= since
    )
    query = select(entry.c.subject, entry.c.place, entry.c.body).order_by(entry.c.place)
    query = query.where(entry.c.place >= func.coalesce(last.scalar_subquery(), 0), entry.c.published_at < until)
    for start in range(0, len(wanted), _AT_ONCE):
        rows = connection.execute(query.where(entry.c.subject.in_(wanted[start : start + _AT_ONCE])))
        for row in rows:
            found.setdefault(row.subject, []).append(Entry(row.place, row.body))
    return found


def first_time(connection: Connection, *subjects: str) -> Millis | None:
    """When the first of these subjects was published, or (none given) anything; None: never."""
    query = select(func.min(entry.c.published_at))
    return connection.execute(query.where(entry.c.subject.in_(subjects)) if subjects else query).scalar()


def first_time_of_evse(connection: Connection, evse_key: str) -> Millis | None:
    return connection.execute(select(func.min(entry.c.published_at)).where(entry.c.evse_key == evse_key)).scalar()


def next_time(connection: Connection, subject: str, after: Millis) -> Millis | None:
    """When something else was published of it; None: not yet."""
    later = entry.c.subject == subject, entry.c.published_at > after
    return connection.execute(select(func.min(entry.c.published_at)).where(*later)).scalar()


def _found(connection: Connection, *conditions: ColumnElement[bool]) -> Entry | None:
    newest = entry.c.published_at.desc(), entry.c.place.desc()
    row = connection.execute(select(entry.c.place, entry.c.body).where(*conditions).order_by(*newest).limit(1)).first()
    return None if row is None else Entry(row.place, row.body)


def alive(connection: Connection) -> Iterator[Entry]:
    """The last entry of each subject that has not ended."""
    ends = entry.c.kind.not_in(("ended", "manifest"))
    for row in connection.execute(_heads(entry.c.place, entry.c.body).where(ends)):
        yield Entry(row.place, row.body)


def _heads(*more: ColumnElement[Any]) -> Any:
    later = entry.alias()
    last = select(func.max(later.c.place)).where(later.c.subject == entry.c.subject).scalar_subquery()
    return select(entry.c.subject, entry.c.kind, entry.c.digest, *more).where(entry.c.place == last)


# how far the journal was followed


def read_cursor(connection: Connection) -> tuple[str, int] | None:
    """(epoch, sequence); None: the ledger has not begun."""
    row = connection.execute(select(state.c.epoch, state.c.cursor)).first()
    return None if row is None else (row.epoch, row.cursor)


def write_cursor(connection: Connection, epoch: str, cursor: int) -> None:
    values = {"epoch": epoch, "cursor": cursor}
    if not connection.execute(update(state).values(values)).rowcount:
        connection.execute(insert(state).values(id=1, **values))


def changes(connection: Connection, since: int, limit: int) -> tuple[Sequence[Row[Any]], int]:
    """The journal's rows of public locations and tariffs after sequence `since`, and where the next page begins.

    Raises JournalPruned.
    """
    head = read_head(connection)
    check_kept(head, since)
    public = or_(journal.c.public, journal.c.was_public)
    query = select(journal).where(journal.c.seq > since, journal.c.what.in_(("location", "tariff")), public)
    rows = connection.execute(query.order_by(journal.c.seq).limit(limit)).all()
    return rows, rows[-1].seq if len(rows) == limit else max(since, head.seq)


def oldest_unsealed(connection: Connection, sealed: int) -> Millis | None:
    """When the oldest of what is not in the published tree of this size was published in the feed; None: all is in it."""
    public = journal.c.what.in_(("location", "tariff")), or_(journal.c.public, journal.c.was_public)
    epoch, cursor = read_cursor(connection) or ("", 0)
    since = cursor if epoch == read_head(connection).epoch else 0
    times = [
        connection.execute(select(func.min(entry.c.published_at)).where(entry.c.place >= sealed)).scalar(),
        connection.execute(select(func.min(waiting.c.published_at))).scalar(),
        connection.execute(select(func.min(journal.c.published_at)).where(journal.c.seq > since, *public)).scalar(),
    ]
    return min((time for time in times if time is not None), default=None)


def naming(connection: Connection, tariff: str) -> Sequence[int]:
    """Ordinals of the locations that name the tariff with this key."""
    query = select(location_tariff.c.location).where(location_tariff.c.tariff == tariff)
    return connection.execute(query.order_by(location_tariff.c.location)).scalars().all()


# what waits for a place


def wait(connection: Connection, kind: EntryKind, key: str, times: Times) -> None:
    """MANIFEST with this SHA-256 was published, or TARIFF with this key became public."""
    connection.execute(insert(waiting).values(kind=kind.value, key=key, **asdict(times)))


def read_waiting(connection: Connection) -> tuple[list[tuple[EntryKind, str, Times]], int]:
    """In the order they came, and the id of the last."""
    rows = connection.execute(select(waiting).order_by(waiting.c.id)).all()
    found = [
        (
            EntryKind(row.kind),
            row.key,
            Times(row.epoch, row.seq, row.published_at, row.received_at, row.occurred_at, row.earliest),
        )
        for row in rows
    ]
    return found, rows[-1].id if rows else 0


def forget_waiting(connection: Connection, until: int) -> None:
    connection.execute(delete(waiting).where(waiting.c.id <= until))
