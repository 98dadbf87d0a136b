"""A change as the public learns of it."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import Row

from app.clock import format_time


def public_change(row: Row[Any], after: dict[str, Any] | None) -> dict[str, Any]:
    """One line of `/open/changes`: the times, what changed, and the public *after*; a tombstone has the id only."""
    owner, _, _ = row.key.partition("/")
    change: dict[str, Any] = {
        "seq": row.seq,
        "type": row.what,
        "party": owner.upper(),
        "published_at": format_time(row.published_at),
    }
    change |= {
        name: format_time(at)
        for name, at in (
            ("received_at", row.received_at),
            ("backend_at", row.backend_at),
            ("occurred_at", row.occurred_at),
            ("earliest", row.earliest),
        )
        if at is not None and row.public
    }
    if row.origin is not None and row.public:
        change["origin"] = row.origin
    if not row.public:
        before = orjson.loads(row.before) if row.before else {}
        change |= {"op": "remove", "id": before.get("id", row.key.partition("/")[2])}
    elif row.what == "status":
        change |= {"op": "status", **(after or {})}
    elif row.what == "boundary":
        change |= {"op": "boundary", **(after or {})}
    else:
        change |= {"op": "put", "id": (after or {}).get("id"), "object": after}
    return change
