"""A charging station (23 CFR 680.116(c)(1) to (7) and (9)), which is a location of OCPI, and what nobody says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.formats.nevi.hours import in_words
from app.formats.nevi.payment import payment_methods
from app.formats.nevi.port import port
from app.formats.nevi.unsaid import unsaid, words
from app.formats.prices.rows import Row
from app.model.enums import Status
from app.model.location import AccessType, StationStatus
from app.model.loss import Loss
from app.model.usps import state_code, zip_code

Object = Mapping[str, Any]

STATUSES = {status.value: status.value.lower() for status in StationStatus}
ACCESS = {
    AccessType.PUBLIC.value: "public",
    AccessType.COMMERCIAL_VEHICLES.value: "limited_to_commercial_vehicles",
}
_OF_PORTS = {
    Status.PLANNED.value: STATUSES[StationStatus.PLANNED],
    Status.REMOVED.value: STATUSES[StationStatus.DECOMMISSIONED],
}
_ADDRESS_OF_221 = 45
SOURCES = {
    "station_state": ("state", "(c)(2)"),
    "station_zip": ("postal_code", "(c)(2)"),
    "operator_name": ("operator.name", "(c)(4)"),
    "network_provider_name": ("network_provider", "(c)(5)"),
    "station_status": ("station_status", "(c)(6)"),
    "access_type": ("access_type", "(c)(7)(i)"),
    "access_hours": ("opening_times", "(c)(7)(ii)"),
    "payment_methods": ("stations[].payment", "(c)(9)(iii)"),
}
PORT_SOURCES = {
    "charging_level": ("evses[].connectors[].max_voltage", "(c)(8)(iv)"),
    "trailer_accessible": ("evses[].trailer_accessible", "(c)(8)(vi)"),
    "price_real_time": ("evses[].connectors[].tariff_ids", "(c)(9)(ii)"),
}
"""Key of what must be said → where the model has it, and the paragraph of 23 CFR 680.116."""
_SAID = {
    "": words(
        """country_code party_id id publish name address street house_number city postal_code zip_extended state country
        coordinates evses parking_places operator network_provider network_name station_status operational_since access_type
        opening_times time_zone help_phone start_by_phone start_by_sms stations funding last_updated"""
    ),
    "evses[].": words(
        """uid evse_id status status_times capabilities connectors parking charger_id federally_funded trailer_accessible
        plug_and_charge max_output_voltage last_updated"""
    ),
    "evses[].connectors[].": words(
        """id standard format power_type max_voltage max_amperage max_electric_power tariff_ids adhoc_offers capabilities
        last_updated"""
    ),
    "stations[].": words("id evse_uids assumed payment"),
}


def station(body: Object, rows: Sequence[Row]) -> dict[str, Any]:
    """All but the structure of its prices. `rows`: the ad hoc prices of now."""
    state, (zip_, plus4) = state_code(body.get("state"), body["country"]), zip_code(body.get("postal_code"))
    places = {place["id"].lower(): place for place in body.get("parking_places", ())}
    evses = [evse for evse in body.get("evses", ()) if evse.get("status") != Status.REMOVED]
    return {
        "country_code": body["country_code"],
        "party_id": body["party_id"],
        "station_id": body["id"],
        "station_name": body.get("name"),
        "station_street": body["address"],
        "station_city": body["city"],
        "station_state": state,
        "station_zip": zip_,
        "station_zip_extended": body.get("zip_extended") or plus4,
        "station_country": body["country"],
        "station_latitude": body["coordinates"]["latitude"],
        "station_longitude": body["coordinates"]["longitude"],
        "operator_name": body.get("operator", {}).get("name"),
        "network_provider_name": body.get("network_provider") or body.get("network_name"),
        "station_status": _status(body),
        "operational_since": body.get("operational_since"),
        "access_type": ACCESS.get(body.get("access_type", "")),
        "access_hours": body.get("opening_times"),
        "access_hours_text": in_words(body.get("opening_times")) or None,
        "time_zone": body["time_zone"],
        "help_phone": body.get("help_phone"),
        "payment_methods": payment_methods(body) or None,
        "funding": body.get("funding"),
        "port_count": len(evses),
        "ports": [port(evse, places, _rows_of(evse, rows)) for evse in evses],
        "last_updated": body.get("last_updated"),
    }


def _rows_of(evse: Object, rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row.placed["evse_uid"] == evse["uid"]]


def _status(body: Object) -> str | None:
    """As said; else planned or gone where all of its ports are."""
    if said := body.get("station_status"):
        return STATUSES[said]
    statuses = {evse.get("status") for evse in body.get("evses", ())}
    return _OF_PORTS.get(statuses.pop()) if len(statuses) == 1 else None


def losses(body: Object, said: Mapping[str, Any]) -> Iterator[Loss]:
    """`said`: what `station` made of it."""
    yield from _missing(said, SOURCES, body)
    for one in said["ports"]:
        yield from _missing(one, PORT_SOURCES, body)
    if len(body["address"]) > _ADDRESS_OF_221:
        yield Loss("address", f"longer than the {_ADDRESS_OF_221} characters of OCPI 2.2.1: given whole")
    if any(letter.isspace() for letter in body["id"]):
        yield Loss("id", "EV-ChART takes no blanks in a station_id: given as it is", body["id"])
    yield from unsaid(body, _SAID, "23 CFR 680.116(c)")


def _missing(said: Mapping[str, Any], sources: Mapping[str, tuple[str, str]], body: Object) -> Iterator[Loss]:
    for key, (path, paragraph) in sources.items():
        if said[key] is None:
            value = body.get(path, "") if path in ("state", "postal_code") else ""
            what = "not as the USPS writes it" if value else "nobody says it"
            yield Loss(path, f"{what}: {key} is null (23 CFR 680.116{paragraph})", value)
