"""A charging port (23 CFR 680.116(c)(8)), which is an EVSE of OCPI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.formats.prices.rows import Row, without_nothing
from app.model.electricity import charging_level, power_watts
from app.model.enums import ConnectorType, PowerType, Status, VehicleType

Object = Mapping[str, Any]

_T = ConnectorType
CONNECTORS: dict[str, str] = {
    _T.IEC_62196_T1_COMBO: "CCS",
    _T.IEC_62196_T1: "J1772",
    _T.CHADEMO: "CHAdeMO",
    _T.SAE_J3400: "J3400",
    _T.MCS: "MCS",
    _T.TESLA_S: "TESLA",
    _T.TESLA_R: "TESLA",
}
"""OCPI 2.3.0 → as the regulation and its readers call it; others as OCPI names them. 2.2.1 has no J3400 and no MCS."""
_CONNECTOR = ("standard", "format", "power_type", "max_voltage", "max_amperage", "max_electric_power", "tariff_ids")
_WATTS = 1000


def port(evse: Object, places: Mapping[str, Object], rows: Sequence[Row]) -> dict[str, Any]:
    """Null is what nobody says. `places`: the location's parking places by id in small letters; `rows`: the prices here."""
    connectors = evse["connectors"]
    return {
        "port_id": evse["uid"],
        "evse_id": evse.get("evse_id"),
        "charger_id": evse.get("charger_id"),
        "federally_funded": evse.get("federally_funded"),
        "connector_types": list(dict.fromkeys(connector_type(one["standard"]) for one in connectors)),
        "charging_level": charging_level(connectors),
        "power_kw": max(map(power_watts, connectors)) / _WATTS,
        "max_output_voltage": evse.get("max_output_voltage") or _direct_voltage(connectors),
        "trailer_accessible": _trailer_accessible(evse, places),
        "port_status": evse.get("status", Status.UNKNOWN.value),
        "port_status_since": evse.get("status_times", {}).get("occurred_at"),
        "price_real_time": prices(rows) or None,
        "connectors": [_connector(connector) for connector in connectors],
        "last_updated": evse.get("last_updated"),
    }


def connector_type(standard: str) -> str:
    return CONNECTORS.get(standard, standard)


def prices(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Each price with the connectors it holds at."""
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        said = found.setdefault(id(row.told), {"connector_ids": [], **without_nothing(row.told)})
        said["connector_ids"].append(row.placed["connector_id"])
    return list(found.values())


def _connector(connector: Object) -> dict[str, Any]:
    said = {name: connector[name] for name in _CONNECTOR if name in connector}
    return {"connector_id": connector["id"], "connector_type": connector_type(connector["standard"]), **said}


def _direct_voltage(connectors: Sequence[Object]) -> int | None:
    """Of alternating current OCPI has the voltage to neutral."""
    return max((one["max_voltage"] for one in connectors if one["power_type"] == PowerType.DC), default=None)


def _trailer_accessible(evse: Object, places: Mapping[str, Object]) -> bool | None:
    """As said, else as its bays say: yes for one that is driven through with a trailer, no where none is driven through."""
    if "trailer_accessible" in evse:
        return bool(evse["trailer_accessible"])
    linked = (places.get(link["parking_id"].lower(), {}) for link in evse.get("parking", ()))
    bays = [(bay.get("drive_through"), bay.get("vehicle_types", ())) for bay in linked]
    if any(through and VehicleType.PERSONAL_VEHICLE_WITH_TRAILER in types for through, types in bays):
        return True
    return False if bays and all(through is False for through, _ in bays) else None
