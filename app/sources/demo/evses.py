"""EVSEs, connectors and parking places of a demo site as OCPI 2.3.0 writes them."""

from __future__ import annotations

from typing import Any

from app.clock import Millis
from app.sources.demo.prices import tariff_ids
from app.sources.demo.sites import Site, Spot

TERMINAL_FROM = 50_000
"""Watts from which a point has a card terminal (AFIR Art. 5(1))."""
NEVI_WATTS, NEVI_PORTS = 150_000, 4
"""23 CFR 680.106(b) and (d)."""
FUNDED_EVERY = 3
"""Every so many sites of that power in the United States are funded by it."""
PROVIDERS = ("Demo Drive (fictional)", "Demo Roam (fictional)", "Demo Fleet (fictional)")

_ALWAYS = ["RFID_READER", "REMOTE_START_STOP_CAPABLE", "CHARGING_PROFILE_CAPABLE"]
_TERMINAL = [
    "CREDIT_CARD_PAYABLE",
    "DEBIT_CARD_PAYABLE",
    "CONTACTLESS_CARD_SUPPORT",
    "CHIP_CARD_SUPPORT",
    "PED_TERMINAL",
]
_CAR = ["PERSONAL_VEHICLE", "VAN"]
_TRUCK = ["SEMI_TRACTOR", "RIGID", "TRUCK_WITH_TRAILER"]


def has_terminal(spot: Spot) -> bool:
    return spot.type.power >= TERMINAL_FROM


def is_reservable(site: Site, spot: Spot) -> bool:
    return spot.number % 3 == 0 or site.kind.name == "truck"


def evse(site: Site, spot: Spot, at: Millis) -> dict[str, Any]:
    """OCPI 2.3.0 EVSE without `status` and `last_updated`."""
    tariffs = tariff_ids(site.country, site.plans[spot.type.profile], at)
    connectors = [
        {"id": str(number), **connector, "tariff_ids": tariffs, **_plug_and_charge(spot)}
        for number, connector in enumerate(spot.type.connectors, 1)
    ]
    body: dict[str, Any] = {
        "uid": spot.uid,
        "evse_id": spot.evse_id,
        "capabilities": _capabilities(site, spot),
        "connectors": connectors,
        "physical_reference": f"{spot.number:02d}",
        "parking": [{"parking_id": _bay(site, spot), "evse_position": "LEFT" if spot.number % 2 else "RIGHT"}],
        "accepted_service_providers": list(PROVIDERS[: 1 + site.number % len(PROVIDERS)]),
        "smart_recharging": ["REMOTE_CONTROL"],
        "plug_and_charge": spot.type.profile == "hpc",
    }
    if site.country.code == "US":
        body |= _federal(site, spot)
    if site.kind.parking_type == "PARKING_GARAGE":
        body["floor_level"] = "1"
    if restrictions := _restrictions(site):
        body["parking_restrictions"] = restrictions
    return body


def is_funded(site: Site) -> bool:
    """Whether NEVI pays for the site: some of those in the United States that have its power."""
    fast = sum(spot.type.power >= NEVI_WATTS for spot in site.spots)
    return site.country.code == "US" and fast >= NEVI_PORTS and site.number % FUNDED_EVERY == 0


def _federal(site: Site, spot: Spot) -> dict[str, Any]:
    """What 23 CFR 680 asks of a port and OCPI cannot say."""
    return {
        "charger_id": f"{site.id}-C{spot.post}",
        "federally_funded": is_funded(site) and spot.type.power >= NEVI_WATTS,
        "trailer_accessible": bool(parking(site, spot).get("drive_through")),
        "max_output_voltage": max(connector["max_voltage"] for connector in spot.type.connectors),
    }


def _plug_and_charge(spot: Spot) -> dict[str, Any]:
    return {"capabilities": ["ISO_15118_2_PLUG_AND_CHARGE"]} if spot.type.profile == "hpc" else {}


def _capabilities(site: Site, spot: Spot) -> list[str]:
    capabilities = list(_ALWAYS)
    if any(connector["format"] == "SOCKET" for connector in spot.type.connectors):
        capabilities.append("UNLOCK_CAPABLE")
    if len(spot.type.connectors) > 1:
        capabilities.append("START_SESSION_CONNECTOR_REQUIRED")
    if is_reservable(site, spot):
        capabilities.append("RESERVABLE")
    if has_terminal(spot):
        capabilities += _TERMINAL
    return capabilities


def _restrictions(site: Site) -> list[str]:
    if site.kind.name in ("hotel", "supermarket"):
        return ["EV_ONLY", "CUSTOMERS"]
    # The Dutch access point wants each point to say something.
    return ["EV_ONLY"] if site.kind.name in ("street", "motorway") or site.country.code == "NL" else []


def _bay(site: Site, spot: Spot) -> str:
    return f"P{spot.number}"


def has_disabled_bay(site: Site, spot: Spot) -> bool:
    """The first bay of most car parks."""
    return (
        spot.number == 1
        and site.kind.parking_type != "ON_STREET"
        and site.kind.name != "truck"
        and site.number % 4 != 0
    )


def parking(site: Site, spot: Spot) -> dict[str, Any]:
    """OCPI 2.3.0 Parking: one bay per point."""
    body: dict[str, Any] = {
        "id": _bay(site, spot),
        "physical_reference": f"{spot.number:02d}",
        "vehicle_types": _CAR,
        "restricted_to_type": False,
        "reservation_required": False,
        "direction": "PARALLEL" if site.kind.parking_type == "ON_STREET" else "PERPENDICULAR",
        "roofed": site.kind.parking_type == "PARKING_GARAGE",
        "lighting": True,
    }
    if has_disabled_bay(site, spot):
        return body | {"vehicle_types": ["DISABLED"], "restricted_to_type": True}
    if spot.type.profile == "truck":
        return body | _truck_bay(spot)
    if site.kind.parking_type == "PARKING_GARAGE":
        body["max_vehicle_height"] = 200
    if site.kind.name == "motorway" and spot.number in (1, 2):
        body |= {"vehicle_types": [*_CAR, "PERSONAL_VEHICLE_WITH_TRAILER"], "drive_through": True}
    if site.kind.name == "supermarket":
        body["time_limit"] = 120
    return body


def _truck_bay(spot: Spot) -> dict[str, Any]:
    """Bays for heavy vehicles state their limits: cm and kg."""
    return {
        "vehicle_types": [*_TRUCK, "BUS"],
        "restricted_to_type": True,
        "max_vehicle_weight": 44_000,
        "max_vehicle_height": 420,
        "max_vehicle_length": 1_875,
        "max_vehicle_width": 255,
        "parking_space_length": 2_200,
        "parking_space_width": 450,
        "dangerous_goods_allowed": False,
        "drive_through": True,
        "refrigeration_outlet": spot.number == 1,
        "direction": "ANGLE",
    }
