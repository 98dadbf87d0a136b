"""What the static file cannot say of a location at all, and what it says only roughly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from app.formats.irve.point import CARDS
from app.formats.irve.station import CAR_PARKS
from app.model.electricity import power_watts
from app.model.enums import Capability
from app.model.loss import Loss

Object = Mapping[str, Any]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ORGANISATION = frozenset({"name", "legal_name", "brand", "email", "operator_id"})
_SAID = {
    "": _words(
        """country_code party_id id publish name address city postal_code country coordinates parking_type evses
        parking_places directions operator owner time_zone opening_times help_phone stations street house_number
        municipality_code siting access_condition accessibility size_restriction two_wheels_only grid_connection
        operational_since network_name last_updated"""
    ),
    "evses[].": _words(
        """uid evse_id status status_times status_detail capabilities connectors directions parking_restrictions parking
        commissioned_on irve last_updated"""
    ),
    "evses[].connectors[].": _words(
        """id standard format power_type max_voltage max_amperage max_electric_power tariff_ids last_updated"""
    ),
    "stations[].": _words(
        """id external_ids name evse_uids assumed coordinates directions opening_times help_phone payment"""
    ),
    "operator.": _ORGANISATION,
    "owner.": _ORGANISATION | {"registration_ids"},
    "opening_times.": frozenset({"twentyfourseven", "regular_hours"}),
}
"""Fields that the file says, or that its values are made of."""
_CAPABILITIES = CARDS | {Capability.RESERVABLE}
_OTHER_CAPABILITIES = Loss("evses[].capabilities", "only reservation and payment by card can be said: others left out")
_LOWER_POWER = Loss(
    "evses[].connectors[].max_electric_power", "a point has one power: that of its strongest connector is said"
)
_WHOSE_CAR_PARK = Loss(
    "parking_type", "said as a public car park, which OCPI does not tell from a private one; `siting` says it"
)
_OTHER_LANGUAGES = Loss("directions", "observations are in French: other languages left out")


def unsaid(body: Object) -> Iterator[Loss]:
    evses, stations = body.get("evses", ()), body.get("stations", ())
    connectors = [connector for evse in evses for connector in evse["connectors"]]
    parts = {
        "": (body,),
        "evses[].": evses,
        "evses[].connectors[].": connectors,
        "stations[].": stations,
        "operator.": (body.get("operator", {}),),
        "owner.": (body.get("owner", {}),),
        "opening_times.": [part["opening_times"] for part in (body, *stations) if "opening_times" in part],
    }
    for path, objects in parts.items():
        for name in sorted(_names(objects) - _SAID[path]):
            yield _left_out(path + name)
    if any(not _CAPABILITIES.issuperset(evse.get("capabilities", ())) for evse in evses):
        yield _OTHER_CAPABILITIES
    if any(len(set(map(power_watts, evse["connectors"])) - {0}) > 1 for evse in evses):
        yield _LOWER_POWER
    if "siting" not in body and body.get("parking_type") in CAR_PARKS:
        yield _WHOSE_CAR_PARK
    ways = (way for part in (body, *stations, *evses) for way in part.get("directions", ()))
    if any(way["language"] != "fr" for way in ways):
        yield _OTHER_LANGUAGES


def _names(objects: Iterable[Object]) -> set[str]:
    return set[str]().union(*objects)


@cache
def _left_out(path: str) -> Loss:
    return Loss(path, "IRVE has no such field: left out")
