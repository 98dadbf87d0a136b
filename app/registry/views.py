"""Where the public feed stands, and the parts of it that somebody may want."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Table, and_, func, or_, select

from app.clock import Millis
from app.errors import JournalPruned
from app.registry.tables import feed_head, journal, location
from app.registry.terms import Terms as Terms

BLOCK = 100
"""Locations per block: number = ordinal // BLOCK, for ever."""


@dataclass(frozen=True, slots=True)
class Head:
    seq: int
    """Sequence of the last change."""
    published_at: Millis
    """The stamp of the last commit; a client's next `date_from`."""
    epoch: str
    oldest: int
    """First sequence that `changes` can still give."""


@dataclass(frozen=True, slots=True)
class View:
    """Which part of the public feed: empty means all."""

    parties: frozenset[str] = frozenset()
    """`DE*ABC`, upper case: owners of the objects."""
    countries: frozenset[str] = frozenset()
    """ISO 3166-1 alpha-3 of the site."""
    terms: Terms | None = None
    """What a partner is shown otherwise than the public; None: just what the public sees."""

    def covers(self, party: str, country: str) -> bool:
        """Whether an object of this owner (`DE*ABC`) and site belongs to it; tariffs, of no country, do by their owner."""
        in_country = not self.countries or not country or country in self.countries
        return in_country and (not self.parties or party in self.parties)


def read_head(connection: Connection) -> Head:
    row = connection.execute(select(feed_head)).one()
    return Head(row.seq, row.published_at, row.epoch, row.oldest)


def check_kept(head: Head, since: int) -> None:
    """Raises JournalPruned where changes after sequence `since` are no longer all there."""
    if since < head.oldest - 1:
        raise JournalPruned(
            f"changes are kept from sequence {head.oldest} on",
            where=f"since={since}",
            remedy="Start from a snapshot and go on from its sequence",
        )


def has_moved(row: Any) -> bool:
    """A row of `journal` by which an object came, went, or changed its country."""
    if not (row.was_public and row.public):
        return True
    return bool(orjson.loads(row.before).get("country") != orjson.loads(row.after).get("country"))


def of_view(table: Table, view: View) -> list[ColumnElement[bool]]:
    """Conditions on rows of `location` or `tariff`."""
    conditions: list[ColumnElement[bool]] = []
    if view.parties:
        owners = [party.split("*", 1) for party in sorted(view.parties)]
        conditions.append(
            or_(
                *(and_(func.upper(table.c.country_code) == cc, func.upper(table.c.party_id) == id) for cc, id in owners)
            )
        )
    if view.countries and table is location:
        conditions.append(location.c.country.in_(sorted(view.countries)))
    return conditions


def of_journal(view: View) -> list[ColumnElement[bool]]:
    """Conditions on rows of `journal`, by what their objects are now."""
    conditions: list[ColumnElement[bool]] = []
    if view.parties:
        owners = sorted(view.parties)
        conditions.append(or_(*(journal.c.key.startswith(f"{owner.lower()}/", autoescape=True) for owner in owners)))
    if view.countries:
        there = select(location.c.ordinal).where(*of_view(location, View(countries=view.countries)))
        conditions.append(or_(journal.c.what.in_(("tariff", "boundary")), journal.c.ordinal.in_(there)))
    return conditions
