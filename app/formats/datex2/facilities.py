"""What there is besides charging: toilets, shops, machines to pay at (OCPI facilities and AFIR element A6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from app.formats.datex2.draft import Body, Draft, Tree, code
from app.formats.datex2.identity import Site, Station, digest
from app.model.enums import Facility as OcpiFacility


class _Kind(NamedTuple):
    member: str
    """`equipmentType` or `serviceFacilityType`."""
    value: str


def _equipment(value: str) -> _Kind:
    return _Kind("equipmentType", value)


def _service(value: str) -> _Kind:
    return _Kind("serviceFacilityType", value)


_CLASSES = {"equipmentType": "SupplementalEquipment", "serviceFacilityType": "SupplementalServiceFacility"}
ON_SITE: dict[str, _Kind] = {
    OcpiFacility.HOTEL: _service("hotel"),
    OcpiFacility.RESTAURANT: _service("restaurant"),
    OcpiFacility.CAFE: _service("cafe"),
    OcpiFacility.MALL: _service("shop"),
    OcpiFacility.SUPERMARKET: _service("foodShopping"),
    OcpiFacility.SPORT: _service("leisureActivities"),
    OcpiFacility.RECREATION_AREA: _service("leisureActivities"),
    OcpiFacility.MUSEUM: _service("leisureActivities"),
    OcpiFacility.BIKE_SHARING: _service("bikeSharing"),
    OcpiFacility.FUEL_STATION: _service("petrolStation"),
    OcpiFacility.WIFI: _equipment("internetWireless"),
}
BESIDE: dict[str, str] = {
    OcpiFacility.MALL: "shoppingCentre",
    OcpiFacility.BUS_STOP: "publicTransportHub",
    OcpiFacility.TRAM_STOP: "publicTransportHub",
    OcpiFacility.METRO_STATION: "publicTransportHub",
    OcpiFacility.TRAIN_STATION: "trainStation",
    OcpiFacility.AIRPORT: "airport",
    OcpiFacility.PARKING_LOT: "carPark",
    OcpiFacility.CARPOOL_PARKING: "parkingSite",
}
OF_STATION = {
    "catering": _service("cateringService"),
    "toilets": _equipment("toilet"),
    "rest": _equipment("restingFacilities"),
}
_OTHER = _service("other")
_MOST = 1000


def associated(draft: Draft) -> list[Tree]:
    """Places that the site belongs to."""
    found = dict.fromkeys(BESIDE[one] for one in draft.body.get("facilities", ()) if one in BESIDE)
    return [{draft.facility_class("AssociatedFacility"): {"type": code(kind)}} for kind in found]


def of_site(draft: Draft, site: Site) -> list[Tree]:
    """What OCPI lists is there; of what it does not list nothing is known."""
    kinds: dict[_Kind, str] = {}
    for one in draft.body.get("facilities", ()):
        if one in ON_SITE:
            kinds.setdefault(ON_SITE[one], "")
        elif one not in BESIDE:
            kinds.setdefault(_OTHER, one)
    return [_facility(draft, site.id, kind, "available", text) for kind, text in kinds.items()]


def of_station(draft: Draft, station: Station, *, has_terminal: bool) -> list[Tree]:
    found = [_facility(draft, station.id, _equipment("paymentMachine"), "available")] if has_terminal else []
    return found + list(_stated(draft, station))


def amenities(station: Station, parking: Sequence[Body]) -> Tree:
    """Roof and light: as the station says, else as all of its parking places do."""
    told = station.facts.get("facilities", {})
    found: Tree = {}
    for member, fact, place in (("illuminated", "lit", "lighting"), ("roofed", "roofed", "roofed")):
        said = {one.get(place) for one in parking}
        value = told.get(fact, said.pop() if len(said) == 1 else None)
        if value is not None:
            found[member] = value
    return found


def _stated(draft: Draft, station: Station) -> Iterator[Tree]:
    """AFIR has yes, no or unknown; Germany wants what is absent to be stated."""
    told = station.facts.get("facilities", {})
    for fact, kind in OF_STATION.items():
        if fact in told and draft.has(kind.value, f"stations[].facilities.{fact}"):
            yield _facility(draft, station.id, kind, "available" if told[fact] else "notAvailable")
    if "other" in told:
        yield _facility(draft, station.id, _OTHER, "available", told["other"])


@lru_cache(_MOST)
def _version(kind: _Kind, availability: str, text: str) -> str:
    return digest([*kind, availability, text])


def _facility(draft: Draft, owner: str, kind: _Kind, availability: str, text: str = "") -> Tree:
    tree: Tree = {"idG": f"{owner}*{kind.value}", "versionG": _version(kind, availability, text)}
    if text:
        tree["description"] = draft.text(text)
    tree |= {"availability": code(availability), kind.member: code(kind.value)}
    return {draft.facility_class(_CLASSES[kind.member]): tree}
