"""A port as rule sheets look at it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app.clock import Millis, to_millis
from app.compliance.uptime.figures import Port
from app.model.electricity import power_watts
from app.model.enums import PowerType
from app.model.stations import stations_of
from app.registry.population import Point, Pool

LEVEL_2_VOLTS = 200
"""Level 2 is 208 to 240 V, Level 1 is 120 V (23 CFR 680.104)."""
Body = Mapping[str, Any]


def ports_of(pool: Pool) -> list[tuple[Port, Point, Body | None]]:
    """With the hours in which each is open (OCPI Hours; None: nobody says)."""
    bodies = {point["uid"].lower(): point for point in pool.body.get("evses", ())}
    hours = {
        uid.lower(): station.get("opening_times") for station in stations_of(pool.body) for uid in station["evse_uids"]
    }
    found = []
    for point in pool.evses:
        body = bodies.get(point.uid.lower(), {})
        opening = hours.get(point.uid.lower()) or pool.body.get("opening_times")
        found.append((_port(pool, point, body), point, opening))
    return found


def _port(pool: Pool, point: Point, body: Body) -> Port:
    connectors = body.get("connectors", ())
    since = pool.body.get("operational_since") or body.get("commissioned_on")
    return Port(
        id=point.id,
        party=pool.party,
        location_id=pool.id,
        uid=point.uid,
        evse_id=point.evse_id,
        country=pool.country,
        region=pool.body.get("state"),
        level=_level(connectors),
        max_power_kw=max((Decimal(power_watts(connector)) / 1000 for connector in connectors), default=None),
        since=None if since is None else _begin(since, pool.body["time_zone"]),
        federally_funded=body.get("federally_funded"),
    )


def _level(connectors: Any) -> str | None:
    if not connectors:
        return None
    if any(connector["power_type"] == PowerType.DC.value for connector in connectors):
        return "DCFC"
    return "L2" if max(connector["max_voltage"] for connector in connectors) >= LEVEL_2_VOLTS else "L1"


def _begin(day: str, zone: str) -> Millis:
    """When a day (`2026-01-31`) begins there."""
    return to_millis(datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)))
