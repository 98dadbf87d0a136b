"""From what is due to what is sent: the objects as they are now, with what the destination holds of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.delivery.base import Destination, Item
from app.delivery.network import Network
from app.delivery.queue import GIVES_WAY, Dirty, memories
from app.model.batch import Kind
from app.model.identifiers import party
from app.registry.database import reading
from app.registry.projection import Head, PublicObject, View


@dataclass(frozen=True, slots=True)
class Parcel:
    item: Item
    rows: tuple[Dirty, ...]
    """What was due of it."""

    @property
    def turn(self) -> tuple[bool, int]:
        """What comes first is there before what comes later is sent (`queue.LOCATION` …); what keeps failing comes last."""
        return max(row.attempts for row in self.rows) >= GIVES_WAY, self.rows[0].phase


def parcels(network: Network, destination: Destination, rows: Iterable[Dirty]) -> tuple[list[Parcel], Head]:
    """One per object, in the order of its first row; all of one moment, the head's."""
    grouped: dict[tuple[Kind, str], list[Dirty]] = {}
    for row in rows:
        grouped.setdefault((row.kind, row.key), []).append(row)
    keys = {kind: [key for kind_, key in grouped if kind_ is kind] for kind in destination.kinds}
    with network.public.read() as reader:
        head = reader.head()
        terms = destination.view.terms
        objects = {kind: network.recent.named(reader, kind, wanted, terms) for kind, wanted in keys.items()}
    with reading(network.engine) as connection:
        known = {kind: memories(connection, destination.name, kind, wanted) for kind, wanted in keys.items()}
    return [
        Parcel(
            Item(
                kind,
                key,
                head.published_at,
                _in_view(objects.get(kind, {}).get(key), destination.view),
                known.get(kind, {}).get(key),
                frozenset(row.evse for row in of_object if row.evse),
                any(not row.evse for row in of_object) or known.get(kind, {}).get(key) is None,
                any(row.whole for row in of_object),
            ),
            tuple(of_object),
        )
        for (kind, key), of_object in grouped.items()
    ], head


def _in_view(found: PublicObject | None, view: View) -> PublicObject | None:
    if found is None or not view.covers(party(found.country_code, found.party_id), found.country):
        return None
    return found


def by_turn(given: Sequence[Parcel]) -> list[list[Parcel]]:
    turns: dict[tuple[bool, int], list[Parcel]] = {}
    for parcel in given:
        turns.setdefault(parcel.turn, []).append(parcel)
    return [turns[turn] for turn in sorted(turns)]
