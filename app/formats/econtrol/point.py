"""A charge point (Ladepunkt): its facts, its ad hoc price, and its status."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.formats.base import Context
from app.formats.econtrol.price import price_fields
from app.formats.econtrol.saying import Body, Said
from app.model.electricity import power_watts
from app.model.enums import Capability, Status
from app.tariffs.adhoc import AdhocPrice, adhoc_prices

AUTHENTICATION = {
    Capability.RFID_READER: "RFID_READER",
    Capability.DEBIT_CARD_PAYABLE: "DEBIT_CARD",
    Capability.CREDIT_CARD_PAYABLE: "CREDIT_CARD",
    Capability.CONTACTLESS_CARD_SUPPORT: "CONTACTLESS_CARD_SUPPORT",
}
"""The register has APP, QR and CHARGING_CONTRACT too; OCPI says no such thing of an EVSE."""
_EVSE = ("uid", "evse_id", "status", "status_times", "last_updated", "capabilities", "connectors", "coordinates")
_CONNECTOR = (
    *("id", "standard", "power_type", "max_voltage", "max_amperage", "max_electric_power"),
    *("tariff_ids", "adhoc_offers", "last_updated"),
)


def point(evse: Body, site: Body, context: Context, said: Said) -> dict[str, Any]:
    """Without its status. Connector types, kinds of current and statuses have the names of OCPI there."""
    said.unsaid(evse, _EVSE, "evses[].")
    for connector in evse["connectors"]:
        said.unsaid(connector, _CONNECTOR, "evses[].connectors[].")
    for capability in evse.get("capabilities", ()):
        if capability not in AUTHENTICATION:
            said.lose("evses[].capabilities", "the register has no such value: left out", capability)
    return {
        "evseId": evse["evse_id"],
        "capacityKw": Decimal(max(map(power_watts, evse["connectors"]))) / 1000,
        "location": coordinates(evse.get("coordinates", site["coordinates"])),
        "connectorType": sorted({connector["standard"] for connector in evse["connectors"]}),
        "electricityType": sorted({connector["power_type"] for connector in evse["connectors"]}),
        "authenticationMode": [AUTHENTICATION[one] for one in evse.get("capabilities", ()) if one in AUTHENTICATION],
        **price_fields(_prices(evse, site, context), said),
    }


def status(evse: Body) -> dict[str, Any]:
    """The point as the register gives it out, with nothing but its status."""
    return {"evseId": evse["evse_id"], "status": evse.get("status", Status.UNKNOWN.value)}


def coordinates(where: Mapping[str, str]) -> dict[str, Decimal]:
    return {"lat": Decimal(where["latitude"]), "lon": Decimal(where["longitude"])}


def _prices(evse: Body, site: Body, context: Context) -> list[AdhocPrice]:
    """Of all its connectors, each tariff once."""
    found: dict[str, AdhocPrice] = {}
    for connector in evse["connectors"]:
        for price in adhoc_prices(connector, context.tariffs, site["time_zone"], context.at):
            found.setdefault(price.tariff.id, price)
    return list(found.values())
