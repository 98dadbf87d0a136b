"""What the static file says of a charge point (EVSE) beside its station."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.clock import parse_time
from app.formats.base import Context
from app.formats.irve.columns import ACCESSIBILITY, PLUGS, UNKNOWN_ACCESSIBILITY
from app.formats.irve.station import highest_watts
from app.model.canonical import number_text
from app.model.enums import Capability, TariffType
from app.model.identifiers import IdentifierError, parse_evse_id

Object = Mapping[str, Any]

OTHER_PLUG = "OTHER"
"""A plug of which it is only known that it is none of the four that the files have columns for."""
CARDS = frozenset(
    {
        Capability.CREDIT_CARD_PAYABLE,
        Capability.DEBIT_CARD_PAYABLE,
        Capability.PED_TERMINAL,
        Capability.CHIP_CARD_SUPPORT,
        Capability.CONTACTLESS_CARD_SUPPORT,
    }
)
_KNOWN_PLUGS = frozenset(standard for standards in PLUGS.values() for standard in standards)
_LIMITS = (
    ("max_vehicle_height", "hauteur maximale", 100, "m"),
    ("max_vehicle_width", "largeur maximale", 100, "m"),
    ("max_vehicle_length", "longueur maximale", 100, "m"),
    ("max_vehicle_weight", "poids maximal", 1000, "t"),
)


def point_values(body: Object, station: Object, point: Object, context: Context) -> dict[str, Any]:
    """By column; None where it is not known."""
    irve = point.get("irve", {})
    standards = {connector["standard"] for connector in point["connectors"]}
    adhoc = [tariff for tariff in _tariffs(point, context) if tariff.get("type") in (None, TariffType.AD_HOC_PAYMENT)]
    watts = highest_watts(point)
    id_ = point_id(point)
    bays = _bays(body, point)
    return {
        "id_pdc_itinerance": id_,
        "id_pdc_local": None if point["uid"] == id_ else point["uid"],
        "puissance_nominale": Decimal(watts) / 1000 if watts else None,
        **{f"prise_type_{plug}": not standards.isdisjoint(names) for plug, names in PLUGS.items()},
        "prise_type_autre": not standards <= _KNOWN_PLUGS,
        "gratuit": _first(_is_free(adhoc, context), irve.get("free_of_charge")),
        "paiement_acte": _first(irve.get("adhoc_payment"), _adhoc_payment(station, point, adhoc)),
        "paiement_cb": _first(irve.get("card_payment"), _card_payment(station, point)),
        "paiement_autre": _first(irve.get("other_payment"), _other_payment(station)),
        "tarification": irve.get("price_text"),
        "reservation": Capability.RESERVABLE in point.get("capabilities", ()),
        "accessibilite_pmr": ACCESSIBILITY.get(_accessibility(body, point, bays), UNKNOWN_ACCESSIBILITY),
        "restriction_gabarit": irve.get("size_restriction") or body.get("size_restriction") or _limits(bays),
        "observations": _remarks(body, station, point),
        "cable_t2_attache": _cable(point),
    }


def point_id(point: Object) -> str | None:
    """The EVSE id as AFIREV writes it, without separators; None where there is none, or none of the registered form."""
    try:
        id_ = parse_evse_id(point.get("evse_id", ""))
    except IdentifierError:
        return None
    return None if id_.din else id_.without_separators


def _first(*known: bool | None) -> bool | None:
    return next((value for value in known if value is not None), None)


def _tariffs(point: Object, context: Context) -> list[Object]:
    names = dict.fromkeys(name for connector in point["connectors"] for name in connector.get("tariff_ids", ()))
    return [context.tariffs[name] for name in names if name in context.tariffs]


def _is_free(adhoc: Sequence[Object], context: Context) -> bool | None:
    """Whether nothing that a driver without contract may be charged now has a price; None: no tariff says so."""
    valid = [tariff for tariff in adhoc if _is_valid(tariff, context)]
    return all(_costs_nothing(tariff) for tariff in valid) if valid else None


def _is_valid(tariff: Object, context: Context) -> bool:
    begin, end = tariff.get("start_date_time"), tariff.get("end_date_time")
    return not ((begin and parse_time(begin) > context.at) or (end and parse_time(end) <= context.at))


def _costs_nothing(tariff: Object) -> bool:
    components = (component for element in tariff["elements"] for component in element["price_components"])
    return not any(component["price"] for component in components) and not any(tariff.get("min_price", {}).values())


def _adhoc_payment(station: Object, point: Object, adhoc: Sequence[Object]) -> bool | None:
    return True if adhoc or _other_payment(station) or _card_payment(station, point) else None


def _other_payment(station: Object) -> bool | None:
    return True if station.get("payment", {}).get("other") else None


def _card_payment(station: Object, point: Object) -> bool | None:
    payment = station.get("payment", {})
    if CARDS.intersection(point.get("capabilities", ())) or payment.get("contactless"):
        return True
    return _first(payment.get("card_reader"))


def _bays(body: Object, point: Object) -> list[Object]:
    ids = {link["parking_id"].lower() for link in point.get("parking", ())}
    return [bay for bay in body.get("parking_places", ()) if bay["id"].lower() in ids] if ids else []


def _accessibility(body: Object, point: Object, bays: Collection[Object]) -> str:
    """Empty: not known."""
    own = point.get("irve", {}).get("accessibility")
    reserved = bool(bays) and all(bay["restricted_to_type"] and "DISABLED" in bay["vehicle_types"] for bay in bays)
    if not own and (reserved or "DISABLED" in point.get("parking_restrictions", ())):
        own = "RESERVED"
    return str(own or body.get("accessibility", ""))


def _limits(bays: Sequence[Object]) -> str | None:
    """What all bays of the point have in common: `Hauteur maximale 2 m, poids maximal 3,5 t`."""
    said = [
        f"{words} {number_text(Decimal(str(bays[0][name])) / unit).replace('.', ',')} {sign}"
        for name, words, unit, sign in _LIMITS
        if bays and name in bays[0] and all(bay.get(name) == bays[0][name] for bay in bays)
    ]
    text = ", ".join(said)
    return text[:1].upper() + text[1:] or None


def _remarks(body: Object, station: Object, point: Object) -> str | None:
    """The operator's own words, else the way there; and the plugs that have no column, as the schema asks."""
    own = point.get("irve", {}).get("remarks")
    ways = point.get("directions") or station.get("directions") or body.get("directions") or ()
    way = next((way["text"] for way in ways if way["language"] == "fr"), None)
    others = {connector["standard"] for connector in point["connectors"]} - _KNOWN_PLUGS - {OTHER_PLUG}
    plugs = f"Autre prise : {', '.join(sorted(others))}" if others else None
    return " ; ".join(filter(None, (own or way, plugs))) or None


def _cable(point: Object) -> bool | None:
    """None: it has no Type 2 plug."""
    forms = [connector["format"] for connector in point["connectors"] if connector["standard"] in PLUGS["2"]]
    return "CABLE" in forms if forms else None
