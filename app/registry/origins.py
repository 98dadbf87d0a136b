"""Who said what is published: public locations with the source of their facts, statuses and prices. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, select

from app.model.batch import Kind
from app.model.identifiers import object_key
from app.registry.database import reading
from app.registry.evses import AT_ONCE
from app.registry.projection import PublicObject, PublicReader, View
from app.registry.tables import evse, location, location_body, tariff

PORTION = 500  # locations read at once
EVERYWHERE = View()


@dataclass(frozen=True, slots=True)
class Sourced:
    """A public location, as the public sees it."""

    object: PublicObject
    source: str
    """Who gives the location itself."""
    overlaid: Mapping[str, str]
    """Path of each field that the overlay gives, `stations[S1].help_phone` → file:line. Of a list the path of the whole list."""
    statuses: Mapping[str, str]
    """EVSE uid → who last said its status; none for an EVSE that nobody ever spoke of."""
    prices: Mapping[str, str]
    """Tariff id in lower case → who gives the tariff."""


def sourced_locations(engine: Engine, view: View = EVERYWHERE) -> Iterator[Sourced]:
    """In order of creation. Each portion is one consistent read, and no more than one is in memory."""
    with reading(engine) as connection:
        ordinals = PublicReader(connection, {}).ordinals(Kind.LOCATIONS, view, None, None)
    return sourced(engine, ordinals)


def sourced(engine: Engine, ordinals: Sequence[int]) -> Iterator[Sourced]:
    """The public ones of these, as `sourced_locations`."""
    tariffs: dict[str, tuple[int, dict[str, Any]]] = {}
    for start in range(0, len(ordinals), PORTION):
        with reading(engine) as connection:
            objects = PublicReader(connection, tariffs).objects(Kind.LOCATIONS, ordinals[start : start + PORTION])
            found = _sourced(connection, objects)
        yield from found


def _sourced(connection: Connection, objects: Sequence[PublicObject]) -> list[Sourced]:
    ordinals = [one.ordinal for one in objects]
    given = select(location.c.ordinal, location.c.source, location_body.c.provenance).join(location_body)
    rows = {row.ordinal: row for row in connection.execute(given.where(location.c.ordinal.in_(ordinals)))}
    statuses: dict[int, dict[str, str]] = {}
    said = select(evse.c.location, evse.c.uid, evse.c.said_by).where(evse.c.said_by.is_not(None))
    for ordinal, uid, source in connection.execute(said.where(evse.c.location.in_(ordinals))):
        statuses.setdefault(ordinal, {})[uid] = source
    prices = _prices(connection, objects)
    return [
        Sourced(
            one,
            rows[one.ordinal].source,
            orjson.loads(rows[one.ordinal].provenance or b"{}"),
            statuses.get(one.ordinal, {}),
            {tariff_id.lower(): prices[_key(one, tariff_id)] for tariff_id in one.tariffs},
        )
        for one in objects
    ]


def _prices(connection: Connection, objects: Sequence[PublicObject]) -> dict[str, str]:
    """Tariff key → source."""
    keys = sorted({_key(one, tariff_id) for one in objects for tariff_id in one.tariffs})
    found: dict[str, str] = {}
    for start in range(0, len(keys), AT_ONCE):
        query = select(tariff.c.key, tariff.c.source).where(tariff.c.key.in_(keys[start : start + AT_ONCE]))
        found.update({row.key: row.source for row in connection.execute(query)})
    return found


def _key(one: PublicObject, tariff_id: str) -> str:
    return object_key(one.country_code, one.party_id, tariff_id)
