"""When a source had said nothing for longer than its time to live. The history shows that too, as `stale`, but just from when the
timer noticed: while chargefeed itself stood still, the last status goes on there."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, and_, func, select

from app.clock import Millis
from app.model.batch import Batch, Kind
from app.registry.commit import upsert
from app.registry.tables import history, silence, source_state

Spans = list[tuple[Millis, Millis]]


def note_silence(connection: Connection, batch: Batch, ttl: Millis) -> None:
    """Before a batch is noted as a success: does it end a silence? Of a source that is polled for statuses only polls count."""
    query = select(source_state.c.kind, source_state.c.succeeded_at).where(source_state.c.source == batch.source)
    heard = {row.kind: row.succeeded_at for row in connection.execute(query) if row.succeeded_at is not None}
    kind = Kind.STATUSES if Kind.STATUSES.value in heard else Kind.LOCATIONS
    last = heard.get(kind.value)
    if batch.kind is kind and last is not None and batch.received_at - last > ttl:
        row = {"source": batch.source, "since": last + ttl, "until": batch.received_at}
        upsert(connection, silence, [row], keys=("source", "since"))


def silences(connection: Connection, sources: Mapping[int, str], since: Millis, until: Millis) -> dict[int, Spans]:
    """By `evse.id` those of its source that touch [since, until), each until the first message of that time that came later."""
    touching = (silence.c.since < until, silence.c.until > since, silence.c.source.in_(set(sources.values())))
    spans = connection.execute(select(silence).where(*touching).order_by(silence.c.since)).all()
    if not spans:
        return {}
    inside = and_(history.c.at >= silence.c.since, history.c.at < silence.c.until, history.c.reason.is_(None))
    query = select(history.c.evse, silence.c.source, silence.c.since, func.min(history.c.at)).join(silence, inside)
    query = query.where(history.c.evse.in_(sources), *touching)
    told = {tuple(row[:3]): row[3] for row in connection.execute(query.group_by(*query.selected_columns[:3]))}
    found: dict[int, Spans] = {}
    for evse_id, source in sources.items():
        mine = [(row.since, told.get((evse_id, source, row.since), row.until)) for row in spans if row.source == source]
        found[evse_id] = [span for span in mine if span[0] < span[1]]
    return found
