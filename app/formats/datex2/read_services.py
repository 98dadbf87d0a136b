"""What a station offers: ways in, ways to pay, staff, facilities, parking, vehicles (AFIR elements A5, A6, A16 to A24)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.formats.datex2.access import AUTHENTICATION
from app.formats.datex2.facilities import BESIDE, OF_STATION, ON_SITE
from app.formats.datex2.facts import Facts
from app.formats.datex2.payment import means_of
from app.formats.datex2.rates import Payment
from app.formats.datex2.read_hours import service_hours
from app.formats.datex2.trees import Tree
from app.model.connector import PaymentMeans
from app.model.enums import Capability
from app.model.station import ServiceSupportKind

_CAPABILITIES = {method.lower(): capability for capability, method in AUTHENTICATION.items()} | dict.fromkeys(
    ("mifareclassic", "mifaredesfire", "activerfidchip", "calypso"), Capability.RFID_READER
)
_SERVICES = {
    "unattended": ServiceSupportKind.UNATTENDED,
    "selfservice": ServiceSupportKind.UNATTENDED,
    "physicalattendance": ServiceSupportKind.ATTENDED,
    "pyhsicalattendance": ServiceSupportKind.ATTENDED,
    "fullservice": ServiceSupportKind.ATTENDED,
}
_FACTS = {kind.value: fact for fact, kind in OF_STATION.items()}
_FACILITIES = {kind.value: facility for facility, kind in reversed(list(ON_SITE.items()))}
_PLACES = {kind: facility for facility, kind in reversed(list(BESIDE.items()))}

_DISABLED = ("personsWithDisabilities", "registeredDisabledUsers", "wheelchairUsers")
_CLASSES = ("M1", "M2", "M3", "N1", "N2", "N3")


def capabilities(station: Facts) -> list[str]:
    """Of all points of the station."""
    found: dict[str, None] = {}
    for one in station.many("authenticationAndIdentificationMethods"):
        capability = _CAPABILITIES.get(one.text().lower())
        if capability:
            found[str(capability)] = None
        elif one.text() not in ("website", "phoneDialog", "phoneSMS", "cashPayment"):
            one.note(f"{one.text()}: no such capability in OCPI: left out")
    return list(found)


def start_by(station: Facts) -> Tree:
    methods = station.codes("authenticationAndIdentificationMethods")
    known = {"start_by_phone": "phoneDialog", "start_by_sms": "phoneSMS"}
    return {field: True for field, method in known.items() if method in methods}


def payment(station: Facts, told: Iterable[Payment]) -> Tree | None:
    """`told`: with the rates that hold without a contract. Who takes chip or contactless cards has a reader (German profile)."""
    given = list(told)
    means = [means for one in given for means in means_of(one)]
    methods = station.codes("authenticationAndIdentificationMethods")
    others = [one for one in means if one not in (PaymentMeans.TERMINAL, PaymentMeans.CONTACTLESS)]
    others += [str(PaymentMeans.WEBSITE)] if "website" in methods else []
    others += [str(PaymentMeans.CASH)] if "cashPayment" in methods else []
    found: Tree = {
        "card_reader": True if PaymentMeans.TERMINAL in means or "paymentMachine" in _there(station) else None,
        "contactless": True if PaymentMeans.CONTACTLESS in means else None,
        "other": list(dict.fromkeys(map(str, others))),
        "brands": list(dict.fromkeys(brand for one in given for brand in (*one.brands, *one.other_brands))),
    }
    return {name: value for name, value in found.items() if value} or None


def service_support(*facts: Facts) -> Tree | None:
    """As the station says, else the site."""
    for owner in facts:
        for one in owner.many("serviceType"):
            inner = one.one("serviceType") or one
            kind = _SERVICES.get(inner.text().lower())
            if kind is None:
                inner.note("no kind of service that is known: left out")
                continue
            periods = service_hours(one)
            return {"kind": str(kind), **({"periods": periods} if periods else {})}
    return None


def station_facilities(station: Facts, site: Facts) -> Tree:
    """Those of the site hold for its stations (German profile)."""
    found: Tree = {}
    if (amenities := station.one("amenities") or site.one("amenities")) is not None:
        known = {"lit": amenities.yes("illuminated"), "roofed": amenities.yes("roofed")}
        found |= {fact: value for fact, value in known.items() if value is not None}
    for owner in (site, station):
        for _, kind, available in _supplemental(owner):
            if kind in _FACTS and available is not None:
                found[_FACTS[kind]] = available
    return found


def site_facilities(site: Facts, stations: Iterable[Facts]) -> list[str]:
    """What is there, in the words of OCPI."""
    found: dict[str, None] = {}
    for owner in (site, *stations):
        for one, kind, available in _supplemental(owner):
            if kind in _FACILITIES and available:
                found[str(_FACILITIES[kind])] = None
            elif kind not in _FACTS and kind != "paymentMachine":
                one.note(f"{kind}: no such facility in OCPI: left out")
        for place in owner.many("associatedFacility"):
            kind = place.said("type") or ""
            if kind in _PLACES:
                found[str(_PLACES[kind])] = None
            else:
                place.note(f"{kind}: no such place in OCPI: left out")
    return list(found)


def parking_counts(owner: Facts) -> Tree:
    """Spaces for people with disabilities are among all; none known where the owner tells nothing."""
    ordinary = disabled = None
    for one in owner.many("dedicatedParkingSpaces"):
        count = one.count("numberOfSpaces")
        if count is None:
            continue
        if any(user in _DISABLED for user in one.codes("userSpecific")):
            disabled = (disabled or 0) + count
        else:
            ordinary = (ordinary or 0) + count
    found: Tree = {} if disabled is None else {"disabled_parking_space_count": disabled}
    if ordinary is not None:
        found["parking_space_count"] = ordinary + (disabled or 0)
    return found


def vehicle_classes(*owners: Facts) -> list[str]:
    """Of the first that tells any: the station, its parking spaces, those of the site."""
    for owner in owners:
        spaces = list(owner.many("dedicatedParkingSpaces"))
        for told in ([owner], spaces):
            found = list(dict.fromkeys(one for facts in told for one in _classes(facts)))
            if found:
                return found
    return []


def _classes(facts: Facts) -> Iterator[str]:
    for vehicles in facts.many("applicableForVehicles"):
        for owner in (vehicles, *vehicles.many("regulatedCharacteristics")):
            for one in owner.many("euVehicleCategory"):
                text = one.text().upper()
                known = "L" if text.startswith("L") else next((c for c in _CLASSES if text.startswith(c)), None)
                if known is None and text != "OTHER":
                    one.note(f"{text}: no class of vehicles in the model, read as other")
                yield known or "OTHER"


def _there(station: Facts) -> list[str]:
    return [kind for _, kind, available in _supplemental(station) if available]


def _supplemental(owner: Facts) -> Iterator[tuple[Facts, str, bool | None]]:
    """(what, kind, whether it is there; None: not known)."""
    for one in owner.many("supplementalFacility"):
        kind = one.said("equipmentType") or one.said("serviceFacilityType") or ""
        availability = one.said("availability") or "available"
        yield one, kind, {"available": True, "notAvailable": False}.get(availability)
