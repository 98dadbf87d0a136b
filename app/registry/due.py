"""When each object next changes by time alone, as the timer finds it."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from sqlalchemy import Connection, delete, select

from app.clock import Millis
from app.model.batch import Kind
from app.registry.boundaries import tariff_boundary
from app.registry.commit import upsert
from app.registry.merge import Body
from app.registry.tables import boundary
from app.registry.tariff_rows import tariffs_by_key, zones_of


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


def set_boundary(connection: Connection, kind: str, key: str, at: Millis | None) -> None:
    if at is None:
        connection.execute(delete(boundary).where(boundary.c.kind == kind, boundary.c.key == key))
    else:
        upsert(connection, boundary, [{"kind": kind, "key": key, "at": at}], keys=("kind", "key"))
