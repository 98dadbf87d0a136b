"""The journal replayed: what is published is the sum of its changes, so that any past state can be had and checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, select

from app.clock import Millis, format_time
from app.errors import JournalPruned
from app.registry import merge
from app.registry.edits import bodies
from app.registry.evses import stamped_part
from app.registry.tables import evse, feed_head, journal, location, tariff

_NAMES = ("location_id", "evse_uid", "evse_id")  # of the EVSE, in the journal's entry of a status


@dataclass(slots=True)
class State:
    """All objects, hidden ones included, as canonical JSON with their statuses and stamps, by key."""

    locations: dict[str, bytes] = field(default_factory=dict)
    tariffs: dict[str, bytes] = field(default_factory=dict)
    public: set[tuple[str, str]] = field(default_factory=set)
    """(`location` or `tariff`, key) of what the public sees."""


def replay(connection: Connection, until: int | None = None) -> State:
    """The state after sequence `until` (None: the last), from the journal alone.

    Raises JournalPruned where its beginning is no longer kept.
    """
    oldest = connection.execute(select(feed_head.c.oldest)).scalar_one()
    if oldest > 1:
        raise JournalPruned(
            f"changes are kept from sequence {oldest} on",
            where="replay",
            remedy="A replay needs the journal from its beginning: use a database that was never pruned",
        )
    objects: dict[tuple[str, str], dict[str, Any]] = {}
    state = State()
    query = select(journal).where(journal.c.what != "boundary").order_by(journal.c.seq)
    for row in connection.execute(query if until is None else query.where(journal.c.seq <= until)):
        kind = "tariff" if row.what == "tariff" else "location"
        after = orjson.loads(row.after)
        if row.what == "status":
            after = _with_status(objects[kind, row.key], row.evse_uid, after, row.published_at)
        else:
            (state.public.add if row.public else state.public.discard)((kind, row.key))
        objects[kind, row.key] = after
    for (kind, key), body in objects.items():
        (state.locations if kind == "location" else state.tariffs)[key] = merge.dumps(body)
    return state


def _with_status(body: dict[str, Any], uid: str, after: dict[str, Any], published_at: Millis) -> dict[str, Any]:
    part = {name: value for name, value in after.items() if name not in _NAMES}
    return merge.with_status(body, uid, part, format_time(published_at))


def current(connection: Connection) -> State:
    """The same from the tables."""
    state = State()
    rows = connection.execute(select(location)).all()
    statics = bodies(connection, [row.ordinal for row in rows])
    parts: dict[int, dict[str, Any]] = {}
    for point in connection.execute(select(evse)):
        parts.setdefault(point.location, {})[point.uid] = stamped_part(point)
    for row in rows:
        joined = merge.published(statics[row.ordinal][0], parts.get(row.ordinal, {}), format_time(row.last_updated))
        state.locations[row.key] = merge.dumps(joined)
        if row.public:
            state.public.add(("location", row.key))
    for row in connection.execute(select(tariff)):
        state.tariffs[row.key] = bytes(row.body)
        if row.public:
            state.public.add(("tariff", row.key))
    return state
