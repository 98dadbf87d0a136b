"""When each object next changes by time alone, as the timer finds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Row, delete, select

from app.clock import Millis
from app.model.batch import Kind
from app.registry.boundaries import tariff_boundary
from app.registry.commit import upsert
from app.registry.evses import AT_ONCE
from app.registry.merge import Body
from app.registry.tables import boundary, location, location_tariff, tariff


def tariffs_by_key(connection: Connection, keys: Sequence[str]) -> dict[str, Row[Any]]:
    found: dict[str, Row[Any]] = {}
    for start in range(0, len(keys), AT_ONCE):
        query = select(tariff).where(tariff.c.key.in_(keys[start : start + AT_ONCE]))
        found.update({row.key: row for row in connection.execute(query)})
    return found


def plan_boundary(connection: Connection, key: str, body: Body, now: Millis) -> None:
    """Notes when the tariff next changes by time alone."""
    set_boundary(connection, Kind.TARIFFS.value, key, tariff_boundary(body, zones_of(connection, key), now))


def extend_boundaries(connection: Connection, zones: Mapping[str, set[str]], now: Millis) -> None:
    """Locations have begun to name tariffs: their windows open and close in these time zones too. `zones` is by tariff
    key."""
    rows = tariffs_by_key(connection, sorted(zones))
    of_tariffs = boundary.c.kind == Kind.TARIFFS.value
    for key, row in rows.items():
        at = tariff_boundary(orjson.loads(row.body), zones[key], now)
        known = connection.execute(select(boundary.c.at).where(of_tariffs, boundary.c.key == key)).scalar_one_or_none()
        if at is not None and (known is None or at < known):
            set_boundary(connection, Kind.TARIFFS.value, key, at)


def zones_of(connection: Connection, key: str) -> set[str]:
    """Time zones of the locations that name a tariff."""
    query = (
        select(location.c.time_zone)
        .join(location_tariff, location_tariff.c.location == location.c.ordinal)
        .where(location_tariff.c.tariff == key)
        .distinct()
    )
    return set(connection.execute(query).scalars())


def set_boundary(connection: Connection, kind: str, key: str, at: Millis | None) -> None:
    if at is None:
        connection.execute(delete(boundary).where(boundary.c.kind == kind, boundary.c.key == key))
    else:
        upsert(connection, boundary, [{"kind": kind, "key": key, "at": at}], keys=("kind", "key"))
