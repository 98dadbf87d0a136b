"""What a partner is shown otherwise than the public: tariffs and locations that are for it, by agreement.

1. A tariff of no audience by its type; one for partners or a group only where an agreement names its id.
2. A location that is not to be published where `publish_allowed_to` names the partner as the issuer of tokens, or a group of its;
   of that list it sees just those entries.
3. Whatever else is hidden from the public is hidden from everybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Table, and_, or_, select

from app.clock import Millis
from app.registry.tables import location, location_body, location_tariff, tariff

AD_HOC = "AD_HOC_PAYMENT"
_AT_ONCE = 500

Verdicts = dict[tuple["Terms", str, int], tuple[int, bool]]
"""(terms, table, ordinal) → (version, shown)."""


@dataclass(frozen=True, slots=True)
class Terms:
    types: frozenset[str] = frozenset({AD_HOC})
    """Types of tariffs of no audience; those of no type are shown anyway."""
    contracts: tuple[str, ...] = ()
    """Ids of tariffs that are for this partner, as patterns (`NL-EMSP-*`), compared without case."""
    issuers: frozenset[str] = frozenset()
    """As which it issues tokens."""
    groups: frozenset[str] = frozenset()
    """`group_id` of its tokens, compared without case."""

    def shows_tariff(self, body: Mapping[str, Any]) -> bool:
        id = body["id"].lower()
        if any(fnmatchcase(id, pattern.lower()) for pattern in self.contracts):
            return True
        audience, kind = body.get("audience"), body.get("type")
        return bool(audience == "public" if audience is not None else kind is None or kind in self.types)

    def shows_location(self, body: Mapping[str, Any]) -> bool:
        return body.get("publish") is True or bool(self.allowed(body))

    def allowed(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The entries of `publish_allowed_to` that are about its tokens."""
        groups = {group.lower() for group in self.groups}
        return [
            entry
            for entry in body.get("publish_allowed_to", ())
            if entry.get("issuer") in self.issuers or entry.get("group_id", "").lower() in groups
        ]


def candidates(table: Table) -> ColumnElement[bool]:
    """Rows of `location` or `tariff` that terms may show: a tariff that has ended stays while it stays for the public."""
    if table is location:
        return location.c.ordinal.is_not(None)
    return or_(tariff.c.public, tariff.c.deleted_at.is_(None))


def shown(connection: Connection, table: Table, terms: Terms, known: Verdicts) -> set[int]:
    """Ordinals of the tariffs that are shown, or of the locations that are shown although they are not public. `known` is what
    was found before; bodies are read again only where the version moved."""
    wanted = and_(candidates(table), ~table.c.public) if table is location else candidates(table)
    rows = connection.execute(select(table.c.ordinal, table.c.version).where(wanted)).all()
    stale = [row for row in rows if known.get((terms, table.name, row.ordinal), (-1,))[0] != row.version]
    for start in range(0, len(stale), _AT_ONCE):
        part = stale[start : start + _AT_ONCE]
        found = bodies_of(connection, table, [row.ordinal for row in part])
        for row in part:
            body = found[row.ordinal]
            verdict = terms.shows_location(body) if table is location else terms.shows_tariff(body)
            known[terms, table.name, row.ordinal] = row.version, verdict
    return {row.ordinal for row in rows if known[terms, table.name, row.ordinal][1]}


@dataclass(frozen=True, slots=True)
class Span:
    """Of `last_updated`: from, and until before; None: without end."""

    date_from: Millis | None = None
    date_to: Millis | None = None
    boundaries: bool = False
    """As `PublicReader.ordinals`."""

    def holds(self, at: Millis) -> bool:
        return (self.date_from is None or at >= self.date_from) and (self.date_to is None or at < self.date_to)


def shown_in(
    connection: Connection,
    table: Table,
    of_view: Sequence[ColumnElement[bool]],
    terms: Terms,
    span: Span,
    known: Verdicts,
) -> list[int]:
    """Ordinals of everything that the terms show in a view (`views.of_view`) and a span of time, ascending."""
    seen, placed = shown(connection, table, terms, known), table is location
    stamps = newer_by_tariffs(connection, shown(connection, tariff, terms, known)) if placed else {}
    columns = [table.c.ordinal, table.c.public, table.c.last_updated, *([location.c.boundary_at] if placed else [])]
    query = select(*columns).where(candidates(table), *of_view).order_by(table.c.ordinal)
    found = []
    for row in connection.execute(query):
        at = max(row.last_updated, stamps.get(row.ordinal, 0), row.boundary_at if span.boundaries else 0)
        if span.holds(at) and (row.ordinal in seen or (placed and row.public)):
            found.append(row.ordinal)
    return found


def bodies_of(connection: Connection, table: Table, ordinals: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Of a few rows of `location` or `tariff`, by ordinal."""
    query = select(location_body.c.location, location_body.c.body).where(location_body.c.location.in_(ordinals))
    if table is tariff:
        query = select(tariff.c.ordinal, tariff.c.body).where(tariff.c.ordinal.in_(ordinals))
    return {ordinal: orjson.loads(body) for ordinal, body in connection.execute(query)}


def newer_by_tariffs(connection: Connection, shown_tariffs: set[int]) -> dict[int, Millis]:
    """Location → the stamp of the newest tariff shown there that the public does not see: it counts as the location's, since
    nobody stamped the location when that tariff came."""
    columns = (location_tariff.c.location, tariff.c.ordinal, tariff.c.last_updated)
    query = select(*columns).join_from(location_tariff, tariff, location_tariff.c.tariff == tariff.c.key)
    found: dict[int, Millis] = {}
    for row in connection.execute(query.where(~tariff.c.public, tariff.c.deleted_at.is_(None))):
        if row.ordinal in shown_tariffs:
            found[row.location] = max(row.last_updated, found.get(row.location, 0))
    return found


def stamped(body: dict[str, Any], stamps: Mapping[str, str]) -> dict[str, Any]:
    """The location with the stamps (tariff id → time) of tariffs that only its reader sees: on the connectors that name one, and
    above. The input is not changed."""
    if not stamps:
        return body
    evses = [
        _stamped(evse, [_stamped_connector(each, stamps) for each in evse["connectors"]]) for evse in body["evses"]
    ]
    stamp = max([body["last_updated"], *(evse["last_updated"] for evse in evses)])
    return {**body, "evses": evses, "last_updated": stamp}


def _stamped(evse: dict[str, Any], connectors: list[dict[str, Any]]) -> dict[str, Any]:
    stamp = max([evse["last_updated"], *(connector["last_updated"] for connector in connectors)])
    return {**evse, "connectors": connectors, "last_updated": stamp}


def _stamped_connector(connector: dict[str, Any], stamps: Mapping[str, str]) -> dict[str, Any]:
    named = [stamps[id] for id in connector.get("tariff_ids", ()) if id in stamps]
    return {**connector, "last_updated": max([connector["last_updated"], *named])}
