"""The public locations with the EVSEs in service, many at a time: what a report on uptime goes through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Row, func, select

from app.clock import Millis
from app.model.identifiers import party
from app.model.status import OUT_OF_SERVICE
from app.registry.tables import evse, history, location, location_body
from app.registry.views import View, of_view

AT_ONCE = 200
"""Locations."""


@dataclass(frozen=True, slots=True)
class Point:
    """An EVSE."""

    id: int
    uid: str
    key: str
    evse_id: str | None
    evse_key: str | None
    """As compared."""
    source: str | None
    """That said its last status."""
    first: Millis | None
    """When its history begins; None: it has none."""


@dataclass(frozen=True, slots=True)
class Pool:
    """A location."""

    ordinal: int
    key: str
    id: str
    party: str
    """`US*ABC`."""
    country: str
    """ISO 3166-1 alpha-3."""
    source: str
    body: dict[str, Any]
    """Without what statuses decide."""
    evses: tuple[Point, ...]


def pools(connection: Connection, view: View) -> Iterator[list[Pool]]:
    """In the order of creation; EVSEs that are PLANNED or REMOVED are left out, and locations that have no others."""
    last: int | None = -1
    while last is not None:
        found, last = portion(connection, view, last)
        yield found


def portion(connection: Connection, view: View, after: int) -> tuple[list[Pool], int | None]:
    """The next after an ordinal, and after which to go on; None: there are no more."""
    query = select(location, location_body.c.body).join(location_body)
    query = query.where(location.c.public, location.c.ordinal > after, *of_view(location, view))
    rows = connection.execute(query.order_by(location.c.ordinal).limit(AT_ONCE)).all()
    evses = _evses(connection, [row.ordinal for row in rows])
    found = [_pool(row, tuple(evses[row.ordinal])) for row in rows if row.ordinal in evses]
    return found, rows[-1].ordinal if len(rows) == AT_ONCE else None


def moved(connection: Connection) -> dict[str, str]:
    """Printed EVSE id, as compared → where it was before: it is on an EVSE in service, and was on one that is REMOVED."""
    before, now = evse.alias("before"), evse.alias("now")
    query = select(before.c.evse_key, before.c.uid, location.c.id).where(before.c.removed)
    query = query.join(location, location.c.ordinal == before.c.location)
    query = query.join(now, now.c.evse_key == before.c.evse_key).where(~now.c.removed)
    return {key: f"{uid} in {place}" for key, uid, place in connection.execute(query.order_by(before.c.id))}


def _evses(connection: Connection, ordinals: list[int]) -> dict[int, list[Point]]:
    first = select(func.min(history.c.at)).where(history.c.evse == evse.c.id).scalar_subquery()
    columns = (evse.c.id, evse.c.uid, evse.c.key, evse.c.evse_id, evse.c.evse_key, evse.c.said_by)
    query = select(evse.c.location, *columns, first).where(evse.c.location.in_(ordinals), ~evse.c.removed)
    found: dict[int, list[Point]] = {}
    for ordinal, *facts in connection.execute(query.where(evse.c.status.not_in(OUT_OF_SERVICE)).order_by(evse.c.id)):
        found.setdefault(ordinal, []).append(Point(*facts))
    return found


def _pool(row: Row[Any], evses: tuple[Point, ...]) -> Pool:
    owner = party(row.country_code, row.party_id)
    return Pool(row.ordinal, row.key, row.id, owner, row.country, row.source, orjson.loads(row.body), evses)
