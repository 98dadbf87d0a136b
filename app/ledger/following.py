"""From the public journal to statements, in the journal's order.

1. Each public version of a tariff is one, whenever it was superseded; so is its end.
2. A location is one per EVSE. Its connectors name the tariffs that were public by then, as the ledger itself has it: a tariff
   that becomes public later has the locations that name it said again. Statuses say nothing here.
3. An EVSE that is no longer in its location, or whose location is no longer public, has ended.
4. Where the journal cannot be followed (the beginning of a feed's life, or it was cut off), everything public is said as it is
   now, and whatever the ledger still holds beyond that has ended. Who says the same again says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, Row

from app.ledger.entries import (
    EntryKind,
    Statement,
    Times,
    evse_ended,
    evse_statements,
    tariff_ended,
    tariff_statement,
    tariff_subject,
)
from app.ledger.rows import changes, heads, naming
from app.model.batch import Kind
from app.model.identifiers import object_key
from app.registry.projection import PublicObject, PublicReader, public_location, tariff_ids, tariff_key

PAGE = 500


@dataclass
class Followed:
    """A page of the journal."""

    statements: list[Statement]
    appeared: list[tuple[str, Times]]
    """Keys of tariffs that became public: `naming_again` is due when the journal has been followed to its end."""
    next: int
    """`since` of the next page."""


def follow(connection: Connection, since: int, epoch: str) -> Followed:
    """What the public changes after sequence `since` say. Raises JournalPruned."""
    rows, after = changes(connection, since, PAGE)
    page = _Page(connection, epoch)
    statements = [statement for row in rows for statement in page.statements(row)]
    return Followed(statements, page.appeared, after)


@dataclass
class _Page:
    connection: Connection
    epoch: str
    appeared: list[tuple[str, Times]] = field(default_factory=list)
    public: dict[str, bool] = field(default_factory=dict)
    """Subject of a tariff → whether it is public after the rows so far."""

    def statements(self, row: Row[Any]) -> Iterator[Statement]:
        times = Times(self.epoch, row.seq, row.published_at, row.received_at, row.occurred_at, row.earliest)
        if row.what == "tariff":
            yield from self._tariff(row, times)
        else:
            yield from self._location(row, times)

    def _tariff(self, row: Row[Any], times: Times) -> Iterator[Statement]:
        self.public[tariff_subject(row.key)] = row.public
        if not row.public:
            yield tariff_ended(row.key, orjson.loads(row.before)["id"], times)
            return
        yield tariff_statement(row.key, orjson.loads(row.after), times)
        if not row.was_public:
            self.appeared.append((row.key, times))

    def _location(self, row: Row[Any], times: Times) -> Iterator[Statement]:
        after = orjson.loads(row.after) if row.public else {}
        if after:
            yield from evse_statements(row.key, self._projected(row.key, after), times)
        staying = {evse["uid"].lower() for evse in after.get("evses", ())}
        before = orjson.loads(row.before) if row.was_public else {}
        for evse in before.get("evses", ()):
            if evse["uid"].lower() not in staying:
                yield evse_ended(row.key, before, evse, times)

    def _projected(self, key: str, body: Mapping[str, Any]) -> dict[str, Any]:
        named = {tariff_id: tariff_subject(tariff_key(key, tariff_id)) for tariff_id in tariff_ids(body)}
        unknown = set(named.values()) - self.public.keys()
        known = heads(self.connection, unknown)
        self.public |= {one: one in known and known[one][0] == EntryKind.TARIFF for one in unknown}
        return public_location(dict(body), {id_: True for id_, subject in named.items() if self.public[subject]})


def naming_again(
    connection: Connection, reader: PublicReader, appeared: Iterable[tuple[str, Times]]
) -> Iterator[Statement]:
    """The locations that name a tariff which became public, as they are, by the time of the last such tariff."""
    latest = {ordinal: times for key, times in appeared for ordinal in naming(connection, key)}
    ordinals = sorted(latest)
    for start in range(0, len(ordinals), PAGE):
        for item in reader.objects(Kind.SITES, ordinals[start : start + PAGE]):
            yield from evse_statements(_key(item), item.body, latest[item.ordinal])


def everything(connection: Connection, reader: PublicReader, epoch: str) -> Iterator[Statement]:
    """All that is public now: tariffs, then locations, block by block."""
    for kind in (Kind.TARIFFS, Kind.SITES):
        for number in reader.blocks(kind):
            yield from _block(reader.block(kind, number), kind, epoch)


def _block(objects: Iterable[PublicObject], kind: Kind, epoch: str) -> Iterator[Statement]:
    for item in objects:
        times = Times(epoch, item.version, item.last_updated)
        if kind is Kind.TARIFFS:
            yield tariff_statement(_key(item), item.body, times)
        else:
            yield from evse_statements(_key(item), item.body, times)


def _key(item: PublicObject) -> str:
    return object_key(item.country_code, item.party_id, item.id)
