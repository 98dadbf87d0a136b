"""What a station offers and how it is paid, as far as it is more than a field: elements A6, A16 to A24, B7."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from app.compliance.looking import derived, either, first, judged, listed, yes_or_no
from app.compliance.plausible import some_words
from app.compliance.rule import NOT_SAID, Cell, Seen, State
from app.compliance.site import Body, Subject
from app.model.connector import PaymentMeans
from app.model.enums import Capability, TariffType
from app.model.station import VehicleClass
from app.wording import worded

_C = Capability
CARD = frozenset({_C.CHIP_CARD_SUPPORT, _C.CREDIT_CARD_PAYABLE, _C.DEBIT_CARD_PAYABLE, _C.PED_TERMINAL})
CONTACTLESS = frozenset({_C.CONTACTLESS_CARD_SUPPORT})
FACILITIES = ("roofed", "lit", "catering", "toilets", "rest")
FOOD = frozenset({"RESTAURANT", "CAFE"})
CLASSES = {
    "MOTORCYCLE": ("L",),
    "PERSONAL_VEHICLE": ("M1",),
    "PERSONAL_VEHICLE_WITH_TRAILER": ("M1",),
    "VAN": ("N1",),
    "RIGID": ("N2", "N3"),
    "SEMI_TRACTOR": ("N3",),
    "TRUCK_WITH_TRAILER": ("N3",),
    "BUS": ("M2", "M3"),
}
"""OCPI VehicleType → UNECE classes, of which a bay for them is meant for at least one."""
SMALL = frozenset({"MOTORCYCLE", "PERSONAL_VEHICLE", "DISABLED"})
"""For bays of no others OCPI does not ask for limits (2.3.0 Parking)."""
LIMITS = ("max_vehicle_weight", "max_vehicle_height", "max_vehicle_length", "max_vehicle_width")
LEAST = {"max_vehicle_weight": 300, "max_vehicle_height": 100, "max_vehicle_length": 100, "max_vehicle_width": 50}
"""Kilograms and centimetres below which a limit is written in another unit."""


def _of_station(subject: Subject) -> Body:
    return subject.stations[0]


def bays(subject: Subject) -> list[Body]:
    """The parking places of its points; where no point names any, those of a location that has no other station."""
    places = {place["id"].lower(): place for place in subject.site.body.get("parking_places", ())}
    named = {link["parking_id"].lower() for point in subject.points for link in point.get("parking", ())}
    if not named and len(subject.site.stations) == 1:
        return list(places.values())
    return [place for id_, place in places.items() if id_ in named]


def facilities(subject: Subject) -> Seen:
    """Each class yes or no (A6); a text of others is extra."""
    known = _of_station(subject).get("facilities", {})
    proven = _proven_facilities(subject)
    wrong = [name for name in proven if known.get(name) is False]
    if wrong:
        name = wrong[0]
        why = worded("%(name)s is no, but %(proof)s", name=name, proof=proven[name])
        return Seen(State.IMPLAUSIBLE, f"{subject.path}.facilities.{name}", why)
    lacking = [name for name in FACILITIES if name not in known and name not in proven]
    if lacking:
        cells = tuple(Cell("station", f"facilities.{name}") for name in lacking)
        return Seen(
            State.MISSING, what=worded("%(names)s: neither yes nor no", names=", ".join(lacking)), lacking=cells
        )
    if not known:
        return derived("parking places and Location.facilities")
    return judged(f"{subject.path}.facilities.{next(iter(known))}", "")


def _proven_facilities(subject: Subject) -> dict[str, str]:
    places = bays(subject)
    found: dict[str, str] = {}
    if any(place.get("roofed") for place in places):
        found["roofed"] = worded("a bay is roofed")
    if any(place.get("lighting") for place in places):
        found["lit"] = worded("a bay is lit")
    if food := FOOD.intersection(subject.site.body.get("facilities", ())):
        found["catering"] = worded("the location has %(names)s", names=", ".join(sorted(food)))
    return found


def _types(subject: Subject) -> set[str]:
    return {type_ for place in bays(subject) for type_ in place["vehicle_types"]}


def _parked_classes(subject: Subject) -> Seen:
    return derived("parking_places[].vehicle_types") if _types(subject) & CLASSES.keys() else NOT_SAID


_unece = listed(VehicleClass)


def _classes(value: list[str], subject: Subject) -> str:
    if strange := _unece(value, subject):
        return strange
    for type_ in sorted(_types(subject) & CLASSES.keys()):
        if not {*CLASSES[type_], "OTHER"}.intersection(value):
            return worded("%(values)s, but a bay is for %(type)s", values=", ".join(value), type=type_)
    return ""


vehicle_classes = either(first("station.vehicle_classes", check=_classes), _parked_classes)
_size_restriction = first("location.size_restriction")


def vehicle_limits(subject: Subject) -> Seen:
    places = bays(subject)
    for place in places:
        for name in LIMITS:
            if name in place:
                said = f"{name} {place[name]}"
                wrong = worded("%(limit)s: kilograms and centimetres?", limit=said) if place[name] < LEAST[name] else ""
                return judged(f"parking_places[{place['id']}].{name}", wrong)
    seen = _size_restriction(subject)
    if seen.state is State.MISSING and places and _types(subject) <= SMALL:
        return Seen(State.UNDECIDED, what="bays for cars alone, of which OCPI asks no limits: none, or nobody said")
    return seen


def parking_spaces(value: int, subject: Subject) -> str:
    listed_ones = len(bays(subject))
    if value >= listed_ones:
        return ""
    return worded("%(value)s, but %(listed)s bays are listed", value=value, listed=listed_ones)


def listed_spaces(subject: Subject) -> Seen:
    return derived("number of parking_places") if bays(subject) else NOT_SAID


def disabled_spaces(value: int, subject: Subject) -> str:
    all_spaces = _of_station(subject).get("parking_space_count")
    if all_spaces is not None and value > all_spaces:
        return worded("%(value)s of %(all)s spaces", value=value, all=all_spaces)
    proof = "" if value else _disabled(subject)
    return worded("0, but %(proof)s", proof=proof) if proof else ""


def _disabled(subject: Subject) -> str:
    if any("DISABLED" in place["vehicle_types"] for place in bays(subject)):
        return worded("a bay is for DISABLED")
    restricted = any("DISABLED" in point.get("parking_restrictions", ()) for point in subject.points)
    return worded("EVSE.parking_restrictions has DISABLED") if restricted else ""


def listed_disabled_spaces(subject: Subject) -> Seen:
    """None listed does not mean that there are none."""
    proof = _disabled(subject)
    return derived(proof) if proof else NOT_SAID


def _capable(of: frozenset[Capability]) -> Callable[[Subject], str]:
    def proof(subject: Subject) -> str:
        found = of.intersection(able for point in subject.points for able in point.get("capabilities", ()))
        return f"EVSE.capabilities ({', '.join(sorted(found))})" if found else ""

    return proof


card_reader = yes_or_no("station.payment.card_reader", _capable(CARD))
contactless = yes_or_no("station.payment.contactless", _capable(CONTACTLESS))


def _offered(subject: Subject) -> Seen:
    means = {means for offer in _offers(subject) for means in offer.get("payment_means", ())}
    others = means - {PaymentMeans.TERMINAL, PaymentMeans.CONTACTLESS}
    return derived("Connector.adhoc_offers") if others else NOT_SAID


def _offers(subject: Subject) -> Iterator[dict[str, Any]]:
    return (offer for connector in subject.connectors() for offer in connector.get("adhoc_offers", ()))


_said_other = either(first("station.payment.other", check=listed(PaymentMeans)), _offered)


def other_payment(subject: Subject) -> Seen:
    """A list cannot say that there is none; where one can pay by card, there need be none (Art. 5(1))."""
    seen = _said_other(subject)
    if seen.state is State.MISSING and _pays_by_card(subject):
        return Seen(State.UNDECIDED, what="cards are taken: there is no other way, or nobody said")
    return seen


def _pays_by_card(subject: Subject) -> bool:
    payment = _of_station(subject).get("payment", {})
    proven = _capable(CARD)(subject) or _capable(CONTACTLESS)(subject)
    return bool(payment.get("card_reader") or payment.get("contactless") or proven)


CONTRACTS = frozenset(TariffType) - {TariffType.AD_HOC_PAYMENT}


def _contracts(subject: Subject) -> str:
    if providers(subject).state is not State.MISSING:
        return "providers are named"
    tariffs = subject.site.sourced.object.tariffs
    named = {id_ for connector in subject.connectors() for id_ in connector.get("tariff_ids", ())}
    regular = any(tariffs[id_].get("type") in CONTRACTS for id_ in named & tariffs.keys())
    return "a public contract tariff" if regular else ""


providers = first("location.service_providers", "evse.accepted_service_providers", check=some_words)
contract_payment = yes_or_no("station.contract_payment", _contracts)


def no_contracts(subject: Subject) -> Seen:
    """Where no contract works there is no provider to name."""
    said = _of_station(subject).get("contract_payment")
    return derived("Station.contract_payment is no") if said is False else NOT_SAID
