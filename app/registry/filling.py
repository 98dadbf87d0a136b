"""What an upgrade leaves to the running worker: by what locations are found (`location_search`, `offer`), and since when they are
public, of those that were public before the database had a place for it.

It goes by what is lacking, a portion to a transaction: whoever is killed has filled less, another goes on, and there is nothing
to do a second time. What edits write meanwhile stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, exists, func, or_, select, update

from app.clock import Millis
from app.registry.commit import Commit, upsert
from app.registry.offer_rows import write_offers
from app.registry.offers import offers_of
from app.registry.search import search_row
from app.registry.tables import evse, journal, location, location_body, location_search

PORTION = 200
"""Locations at once: some tens of milliseconds."""


@dataclass(frozen=True, slots=True)
class PublicSince:
    """When locations became public, as far as the journal reaches back."""

    begin: Millis
    became: Mapping[int, Millis]
    """By ordinal, of those that became it since `begin`."""

    @classmethod
    def read(cls, connection: Connection) -> PublicSince:
        """Empty where every location knows: the whole journal is looked through."""
        lacking = exists().where(location.c.public, location.c.public_since.is_(None))
        if not connection.execute(select(lacking)).scalar_one():
            return cls(0, {})
        begin = connection.execute(select(func.coalesce(func.min(journal.c.published_at), 0))).scalar_one()
        flips = select(journal.c.ordinal, func.max(journal.c.published_at)).where(
            journal.c.what == "location", journal.c.public, ~journal.c.was_public
        )
        return cls(begin, {row[0]: row[1] for row in connection.execute(flips.group_by(journal.c.ordinal))})


@dataclass
class Filling:
    rows: Sequence[Any]
    """Ordinal, key and body of locations that lack anything."""
    publicity: PublicSince
    done: bool
    after: int
    """Ordinal behind which the next portion begins."""

    @property
    def writes(self) -> bool:
        return bool(self.rows)

    def write(self, commit: Commit) -> None:
        connection, bodies = commit.connection, {row.ordinal: orjson.loads(row.body) for row in self.rows}
        upsert(connection, location_search, [search_row(*one) for one in bodies.items()], keys=("location",))
        offers = {row.ordinal: offers_of(row.key, bodies[row.ordinal]) for row in self.rows}
        points = select(evse.c.id, evse.c.location, evse.c.uid).where(evse.c.location.in_(bodies))
        found = connection.execute(points).all()
        write_offers(connection, {id_: offers[ordinal].get(uid) for id_, ordinal, uid in found})
        since = func.coalesce(location.c.public_since, bindparam("_since"))
        statement = update(location).where(location.c.ordinal == bindparam("_ordinal")).values(public_since=since)
        became = self.publicity.became
        rows = [{"_ordinal": ordinal, "_since": became.get(ordinal, self.publicity.begin)} for ordinal in bodies]
        connection.execute(statement, rows)


def plan_filling(connection: Connection, after: int, publicity: PublicSince) -> Filling:
    """The next public locations that lack anything."""
    query = select(location.c.ordinal, location.c.key, location_body.c.body).join(location_body)
    lacks = or_(
        location.c.public_since.is_(None),
        ~exists().where(location_search.c.location == location.c.ordinal),
        exists().where(evse.c.location == location.c.ordinal, evse.c.offer.is_(None)),
    )
    query = query.where(location.c.ordinal > after, location.c.public, lacks)
    rows = connection.execute(query.order_by(location.c.ordinal).limit(PORTION)).all()
    return Filling(rows, publicity, len(rows) < PORTION, rows[-1].ordinal if rows else after)
