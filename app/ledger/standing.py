"""How the log fares, for those who watch over it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from app.clock import Millis, parse_time
from app.ledger import rows
from app.ledger.checkpoint import claimed
from app.ledger.note import split_note
from app.ledger.shelf import Shelf
from app.registry.database import reading
from app.store.base import Store


@dataclass(frozen=True, slots=True)
class Standing:
    entries: int
    """Published."""
    sealed_at: Millis | None
    """When the last of them got its place, seconds before it was published; None: there is none."""
    waiting_since: Millis | None
    """When the oldest of what is not in the log yet became public in the feed; None: all is in it."""
    cosignatures: int
    """Names that signed the checkpoint beside the log's own; they are not verified here."""


def read_standing(engine: Engine, store: Store) -> Standing:
    """Raises StoreError, and LedgerError for a checkpoint that cannot be read."""
    found = Shelf(store).read_checkpoint()
    entries, names = 0, set[str]()
    if found is not None:
        checkpoint = claimed(found[0])
        entries = checkpoint.size
        names = {signature.name for signature in split_note(found[0])[1]} - {checkpoint.origin}
    with reading(engine) as connection:
        waiting_since = rows.oldest_unsealed(connection, entries)
        last = list(rows.entries(connection, entries - 1, entries))
    sealed_at = parse_time(last[0].content["logged_at"]) if last else None
    return Standing(entries, sealed_at, waiting_since, len(names))
