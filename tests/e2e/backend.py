"""From a backend to the public feed: a registry, a source that pulls, and what the public sees of it."""

from __future__ import annotations

from typing import Any

import orjson

from app.errors import SourceError
from app.model.batch import Kind
from app.registry.apply import Applied, Registry
from app.sources.base import Source


def pull(source: Source, registry: Registry, kind: Kind = Kind.LOCATIONS, *, full: bool = True) -> list[Applied]:
    """One pull as the worker makes it: batch by batch, a failure recorded. Raises SourceError."""
    try:
        batches = source.fetch(kind, registry.cursor(source.name, kind), full=full)
        return [registry.apply(batch) for batch in batches]
    except SourceError as error:
        registry.failed(source.name, kind, error)
        raise


def public(registry: Registry) -> dict[str, Any]:
    """Everything the public sees, by kind and id."""
    with registry.feed().read() as feed:
        return {
            f"{kind} {found.country_code}*{found.party_id}/{found.id}": found.body
            for kind in (Kind.LOCATIONS, Kind.TARIFFS)
            for number in feed.blocks(kind)
            for found in feed.block(kind, number)
        }


def public_bytes(registry: Registry) -> bytes:
    return orjson.dumps(public(registry), option=orjson.OPT_SORT_KEYS)


def statuses(registry: Registry) -> dict[str, str]:
    """Public EVSE uid → status."""
    return {
        evse["uid"]: evse["status"]
        for name, body in public(registry).items()
        if name.startswith("locations")
        for evse in body.get("evses", ())
    }


def seq(registry: Registry) -> int:
    with registry.feed().read() as feed:
        return feed.head().seq
