"""Locations of a SteVe database: charge boxes of one address, which each box has to itself there, form one.

SteVe knows connectors' facts since 3.13. What it lacks is not made up: such an EVSE is left out, and the problem names the field.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, text

from app.model.problem import Problem
from app.sources.connectors import connector
from app.sources.csms import Found, without_none
from app.sources.steve.layout import Layout
from app.sources.steve.settings import SteveSettings

_PLACE = ("street", "house_number", "zip_code", "city", "country", "latitude", "longitude")


def read_locations(connection: Connection, layout: Layout, settings: SteveSettings) -> Found:
    external = "p.evse_id_external" if layout.new else "NULL"
    rows = connection.execute(
        text(
            f"SELECT p.{layout.key} AS id, cb.charge_box_id AS charger, p.{layout.number} AS number, {external} AS evse_id,"
            f" a.address_pk, a.street, a.house_number, a.zip_code, a.city, a.country,"
            f" {layout.latitude} AS latitude, {layout.longitude} AS longitude, {layout.time_zone} AS time_zone"
            f" FROM charge_box cb JOIN {layout.point} p ON p.charge_box_id = cb.charge_box_id"
            f" LEFT JOIN address a ON a.address_pk = cb.address_pk WHERE p.{layout.number} <> 0"
            " ORDER BY a.address_pk, cb.charge_box_id, 3"
        )
    ).all()
    connectors = _connectors(connection) if layout.new else {}
    found = Found()
    places: dict[tuple[Any, ...], dict[str, Any]] = {}
    homeless: set[str] = set()
    for row in rows:
        evse_id = settings.evse_id(row.charger, row.number, row.evse_id)
        if isinstance(evse_id, Problem):
            found.problems.append(evse_id)
        elif row.address_pk is None:
            homeless.add(row.charger)
        else:
            place = tuple(str(getattr(row, name) or "").strip().casefold() for name in _PLACE)
            location = places.setdefault(place, _location(row))
            location["evses"].append(_evse(row, evse_id, connectors.get(row.id, [])))
    found.records = list(places.values())
    found.problems += map(_homeless, sorted(homeless))
    return found


def _connectors(connection: Connection) -> dict[int, list[dict[str, Any]]]:
    query = (
        "SELECT evse_pk, connector_id, connector_type, connector_format, power_type,"
        " max_voltage, max_amperage, max_electric_power FROM evse_connector ORDER BY evse_pk, connector_id"
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for key, *facts in connection.execute(text(query)):
        found.setdefault(key, []).append(connector(*facts))
    return found


def _location(row: Row[Any]) -> dict[str, Any]:
    address = " ".join(filter(None, (row.street, row.house_number)))
    coordinates = None
    if row.latitude is not None and row.longitude is not None:
        coordinates = {"latitude": f"{row.latitude:.7f}", "longitude": f"{row.longitude:.7f}"}
    body = {
        "id": str(row.address_pk),
        "publish": True,
        "address": address,
        "street": row.street,
        "house_number": row.house_number,
        "city": row.city,
        "postal_code": row.zip_code,
        "country": row.country,
        "coordinates": coordinates,
        "time_zone": row.time_zone,
    }
    return {**without_none(body), "evses": []}


def _evse(row: Row[Any], evse_id: str, connectors: list[dict[str, Any]]) -> dict[str, Any]:
    # An OCPP 1.6 connector has one plug; without facts it is there all the same, so that what it lacks is named.
    return {
        "uid": f"{row.charger}-{row.number}",
        "evse_id": evse_id,
        "charger_id": row.charger,
        "connectors": connectors or [{"id": "1"}],
    }


def _homeless(charger: str) -> Problem:
    return Problem(
        "has no address: left out of the inventory",
        record=charger[:80],
        path="address",
        remedy="Give the charge box an address in SteVe, or take the inventory from another source (`roles: [status]`)",
    )
