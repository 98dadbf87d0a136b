"""A station as a row of AFDC's file. What is not known is empty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.formats.csv_text import line_text
from app.formats.nevi.afdc_columns import BRANDS, CARDS, CONNECTORS
from app.formats.nevi.hours import in_words
from app.formats.nevi.payment import brands, payment_methods
from app.formats.nevi.unsaid import unsaid, words
from app.formats.price_text import PriceText
from app.model.electricity import ChargingLevel, charging_level
from app.model.enums import ParkingRestriction, Status
from app.model.location import AccessType, StationStatus
from app.model.loss import Loss
from app.model.usps import state_code, zip_code

Object = Mapping[str, Any]

CANADA = "CAN"
_FAILED = frozenset({Status.OUTOFORDER.value, Status.INOPERATIVE.value})
_NOT_OPEN = frozenset({StationStatus.PLANNED.value, StationStatus.UNDER_CONSTRUCTION.value})
_LEVELS = {
    "EV Level1 EVSE Num": ChargingLevel.AC_L1,
    "EV Level2 EVSE Num": ChargingLevel.AC_L2,
    "EV DC Fast Count": ChargingLevel.DCFC,
}
_SAID = {
    "": words(
        """country_code party_id id publish name address street house_number city postal_code zip_extended state country
        coordinates evses directions operator network_provider network_name station_status operational_since access_type
        opening_times time_zone help_phone start_by_phone start_by_sms stations funding last_updated"""
    ),
    "evses[].": words("uid status status_times capabilities connectors charger_id parking_restrictions last_updated"),
    "evses[].connectors[].": words("id standard power_type max_voltage tariff_ids adhoc_offers last_updated"),
    "stations[].": words("id evse_uids assumed payment"),
}


@dataclass(frozen=True, slots=True)
class Texts:
    """The ad hoc prices of its connectors in words."""

    english: PriceText
    french: PriceText
    """As Canada writes it."""


def row(body: Object, prices: Texts) -> dict[str, str]:
    """By column; empty columns are left out."""
    ports = in_place(body)
    levels = Counter(charging_level(port["connectors"]) for port in ports)
    status = status_code(body)
    return {
        "Fuel Type Code": "ELEC",
        **_address(body),
        "Status Code": status,
        "Expected Date": _expected(body, status),
        "Cards Accepted": " ".join(_cards(body)),
        **{column: str(levels[level] or "") for column, level in _LEVELS.items()},
        "EV Network": line_text(body.get("network_provider") or body.get("network_name")),
        "EV Network Web": line_text(body.get("operator", {}).get("website")),
        "Updated At": _moment(body.get("last_updated")),
        "Open Date": "" if status == "P" else body.get("operational_since", ""),
        "EV Connector Types": " ".join(dict.fromkeys(code for code in _plugs(ports) if code)),
        "Access Code": "public",
        **_words(body, prices),
        "Restricted Access": _restricted(ports),
        "Funding Sources": " ".join(body.get("funding", ())),
        "EV Network Station ID": line_text(body["id"]),
        "EV Network Post IDs": _ids(port.get("charger_id") for port in ports),
        "EV Network Port IDs": _ids(port["uid"] for port in ports),
    }


def in_place(body: Object) -> list[Object]:
    """Ports that were not taken away for good."""
    return [evse for evse in body.get("evses", ()) if evse.get("status") != Status.REMOVED]


def _address(body: Object) -> dict[str, str]:
    country = body["country"]
    canadian = country == CANADA
    zip_, plus4 = zip_code(body.get("postal_code"))
    return {
        "Station Name": line_text(body.get("name")),
        "Street Address": line_text(body["address"]),
        "Intersection Directions": line_text(_directions(body, "en")),
        "Intersection Directions (French)": line_text(_directions(body, "fr")) if canadian else "",
        "City": line_text(body["city"]),
        "State": line_text(body.get("state")) if canadian else state_code(body.get("state"), country) or "",
        "ZIP": line_text(body.get("postal_code")) if canadian else zip_ or "",
        "Plus4": "" if canadian else body.get("zip_extended") or plus4 or "",
        "Country": "CA" if canadian else "US",
        "Station Phone": body.get("help_phone", "").removeprefix("+1").strip(),
        "Latitude": body["coordinates"]["latitude"],
        "Longitude": body["coordinates"]["longitude"],
    }


def _directions(body: Object, language: str) -> str:
    return next((one["text"] for one in body.get("directions", ()) if one["language"] == language), "")


def _words(body: Object, prices: Texts) -> dict[str, str]:
    """Canada's in French too."""
    hours = body.get("opening_times")
    english = {"Access Days Time": in_words(hours), "EV Pricing": line_text(prices.english.text)}
    if body["country"] != CANADA:
        return english
    french = {
        "Access Days Time (French)": in_words(hours, "fr"),
        "EV Pricing (French)": line_text(prices.french.text),
    }
    return english | french


def status_code(body: Object) -> str:
    """E available, P planned, T temporarily unavailable (no port works); empty: not known."""
    ports, said = {port.get("status") for port in in_place(body)}, body.get("station_status")
    if said in _NOT_OPEN or ports == {Status.PLANNED}:
        return "P"
    ports -= {Status.PLANNED}
    if ports and ports <= _FAILED:
        return "T"
    return "E" if said or ports - {Status.UNKNOWN, *_FAILED} else ""


def _expected(body: Object, status: str) -> str:
    """Of a planned station the day it opens; of one in a network's feed that is unavailable the day it became so."""
    if status == "P":
        return str(body.get("operational_since", ""))
    if status != "T":
        return ""
    since = [
        port.get("status_times", {}).get("occurred_at") for port in in_place(body) if port.get("status") in _FAILED
    ]
    if None in since:
        return ""
    return datetime.fromisoformat(max(since)).astimezone(ZoneInfo(body["time_zone"])).date().isoformat()


def _plugs(ports: Sequence[Object]) -> Iterator[str]:
    return (CONNECTORS.get(one["standard"], "") for port in ports for one in port["connectors"])


def _cards(body: Object) -> Iterator[str]:
    yield from (CARDS[method] for method in payment_methods(body) if method in CARDS)
    yield from dict.fromkeys(BRANDS[brand.lower()] for brand in brands(body) if brand.lower() in BRANDS)


def _restricted(ports: Sequence[Object]) -> str:
    """For customers alone; where nobody says so it is not known."""
    customers = [ParkingRestriction.CUSTOMERS in port.get("parking_restrictions", ()) for port in ports]
    return "true" if customers and all(customers) else ""


def _moment(time: str | None) -> str:
    return f"{time[:10]} {time[11:19]} UTC" if time else ""


def _ids(found: Iterator[str | None]) -> str:
    return line_text(" ".join(dict.fromkeys(id_ for id_ in found if id_)))


def losses(body: Object, said: Mapping[str, str], prices: Texts) -> Iterator[Loss]:
    """`said`: what `row` made of it."""
    for column, path in _EXPECTED.items():
        if not said[column]:
            yield Loss(path, f"nobody says it as AFDC asks: {column} is empty")
    for standard in {one["standard"] for port in in_place(body) for one in port["connectors"]}:
        if standard not in CONNECTORS:
            yield Loss("evses[].connectors[].standard", "AFDC has no code of it: left out", standard)
        elif standard == "SAE_J3400":
            yield Loss(
                "evses[].connectors[].standard", "said as TESLA; that AFDC has no code of its own is not verified"
            )
    for brand in brands(body):
        if brand.lower() not in BRANDS:
            yield Loss("stations[].payment.brands", "AFDC has no code of it: left out", brand)
    if any(charging_level(port["connectors"]) is None for port in in_place(body)):
        yield Loss("evses[].connectors[].max_voltage", "of no level by its voltage: port not counted")
    if said["EV Network"]:
        yield Loss("network_provider", "said in the operator's words; AFDC has a key for each network")
    if body.get("access_type") == AccessType.COMMERCIAL_VEHICLES:
        yield Loss("access_type", "AFDC's codes cannot say it: left out", body["access_type"])
    yield from prices.english.losses
    yield from unsaid(body, _SAID, "AFDC")


_EXPECTED = {
    "State": "state",
    "ZIP": "postal_code",
    "Status Code": "station_status",
    "Access Days Time": "opening_times",
    "Cards Accepted": "stations[].payment",
    "EV Network": "network_provider",
    "Open Date": "operational_since",
    "EV Pricing": "evses[].connectors[].tariff_ids",
}
"""Column → where the model has it."""
