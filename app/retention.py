"""For how long changes are kept, and who holds that back: whoever has not got them yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, Select, select

from app.clock import Clock, Millis
from app.delivery.tables import delivery
from app.ledger.rows import read_cursor
from app.publish.manifest import Manifest
from app.registry.database import reading
from app.registry.evaluation.reading import standing
from app.registry.past import first_received
from app.registry.tables import feed_head, journal
from app.registry.views import Head, read_head
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Hold:
    """Somebody who goes on in the journal."""

    by: str
    """destination NAME, documents, evaluation, ledger."""
    seq: int
    """They need what comes behind it."""
    for_ever: bool = False
    """However long that takes; else `retention.behind` at most."""


@dataclass(frozen=True, slots=True)
class Kept:
    changes_from: Millis | None
    """When the oldest change that is kept was published; None: there are none."""
    statuses_from: Millis | None
    """Since when the database has all statuses; None: there are none."""
    holding: tuple[str, ...]
    """By whom changes are kept beyond `retention.changes`."""


def holds(connection: Connection, settings: Settings, manifest: Manifest | None) -> Iterator[Hold]:
    """Of this feed's life. Destinations that the settings no longer have hold nothing, nor does one that starts over."""
    head = read_head(connection)
    named = {each.name for each in (*settings.destinations, *settings.partners)}
    query = select(delivery.c.destination, delivery.c.cursor).where(delivery.c.epoch == head.epoch)
    for name, cursor in connection.execute(query.order_by(delivery.c.destination)):
        if name in named:
            yield Hold(f"destination {name}", cursor)
    if manifest is not None and manifest.epoch == head.epoch:
        yield Hold("documents", min((file.unchanged_until for file in manifest.files), default=manifest.sequence))
    evaluated = standing(connection)
    if evaluated is not None:
        query = select(journal.c.seq).where(journal.c.published_at <= evaluated.counted_until)
        newest = query.order_by(journal.c.published_at.desc(), journal.c.seq.desc()).limit(1)
        yield Hold("evaluation", connection.execute(newest).scalar() or 0)
    yield Hold("ledger", _logged(connection, head), for_ever=True)


def kept(engine: Engine, settings: Settings, manifest: Manifest | None, clock: Clock) -> Kept:
    with reading(engine) as connection:
        head = read_head(connection)
        oldest = connection.execute(_first_kept(head)).scalar()
        statuses = connection.execute(select(feed_head.c.history_from)).scalar_one() or first_received(connection)
        overdue = last_before(connection, clock.now() - round(settings.retention.changes * 1000))
        holding = tuple(hold.by for hold in holds(connection, settings, manifest) if hold.seq < overdue)
    return Kept(oldest, statuses, holding)


def last_before(connection: Connection, at: Millis) -> int:
    """Sequence of the last change that was published before a time and is kept; 0: there is none."""
    kept_from = _first_kept(read_head(connection)).scalar_subquery()
    query = select(journal.c.seq).where(journal.c.published_at < at, journal.c.published_at >= kept_from)
    return (
        connection.execute(query.order_by(journal.c.published_at.desc(), journal.c.seq.desc()).limit(1)).scalar() or 0
    )


def _first_kept(head: Head) -> Select[Millis]:
    """When the oldest change that is kept was published; those that just tell when a location was public are older."""
    return select(journal.c.published_at).where(journal.c.seq >= head.oldest).order_by(journal.c.seq).limit(1)


def _logged(connection: Connection, head: Head) -> int:
    cursor = read_cursor(connection)
    return cursor[1] if cursor is not None and cursor[0] == head.epoch else 0
