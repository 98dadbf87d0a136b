"""Which tariffs there are, and which locations name them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from app.registry.evses import AT_ONCE
from app.registry.tables import location, location_tariff, tariff


def tariffs_by_key(connection: Connection, keys: Sequence[str]) -> dict[str, Row[Any]]:
    found: dict[str, Row[Any]] = {}
    for start in range(0, len(keys), AT_ONCE):
        query = select(tariff).where(tariff.c.key.in_(keys[start : start + AT_ONCE]))
        found.update({row.key: row for row in connection.execute(query)})
    return found


def named_by_locations(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Those of the tariff keys that some connector names."""
    found: set[str] = set()
    for start in range(0, len(keys), AT_ONCE):
        there = location_tariff.c.tariff.in_(keys[start : start + AT_ONCE])
        found.update(connection.execute(select(location_tariff.c.tariff).where(there).distinct()).scalars())
    return found


def zones_of(connection: Connection, key: str) -> set[str]:
    """Time zones of the locations that name a tariff."""
    query = (
        select(location.c.time_zone)
        .join(location_tariff, location_tariff.c.location == location.c.ordinal)
        .where(location_tariff.c.tariff == key)
        .distinct()
    )
    return set(connection.execute(query).scalars())
