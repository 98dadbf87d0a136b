"""2.3.0 → 2.2.1, what the tables cannot say: prices without VAT, parking, EVSEs without connectors."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from app.formats.ocpi.scope import Scope, with_sentence
from app.model.enums import ParkingRestriction, TaxIncluded, VehicleType
from app.model.loss import Loss
from app.model.money import PRICE_DECIMALS, with_tax, without_tax

Object = dict[str, Any]

_SAID = frozenset(ParkingRestriction) - {ParkingRestriction.TAXIS}
_FOLDED = {
    VehicleType.DISABLED.value: ParkingRestriction.DISABLED.value,
    VehicleType.MOTORCYCLE.value: ParkingRestriction.MOTORCYCLES.value,
}
_TAXES_COME_ON_TOP = ("US", "CA", "MX")
"""Countries whose prices are quoted without taxes, and without a rate in the tariff."""


def _evse(out: Object, body: Object, scope: Scope) -> Object | None:
    if "connectors" in body and "connectors" not in out:
        scope.lose(Loss("evses[]", "no connector that 2.2.1 can say: left out", body["uid"]))
        return None
    if "parking" in body:
        for restriction in _folded_back(body["parking"], scope.root.get("parking_places", ())):
            if restriction not in out.get("parking_restrictions", ()):
                out["parking_restrictions"] = [*out.get("parking_restrictions", ()), restriction]
    for restriction in body.get("parking_restrictions", ()):
        if restriction not in _SAID:
            out["directions"] = with_sentence(out.get("directions", []), f"Parking restriction: {restriction}.")
    return out


def _folded_back(links: list[Object], places: list[Object]) -> list[str]:
    """Limits to one kind of vehicle that every bay of the EVSE has; 2.3.0 keeps them with the bays."""
    by_id = {place["id"].lower(): place for place in places}
    bays = [by_id[link["parking_id"].lower()] for link in links if link["parking_id"].lower() in by_id]
    return [
        restriction
        for vehicle, restriction in _FOLDED.items()
        if bays and all(bay["restricted_to_type"] and bay["vehicle_types"] == [vehicle] for bay in bays)
    ]


def _price_component(out: Object, body: Object, scope: Scope) -> Object:
    basis = scope.root["tax_included"]
    if basis == TaxIncluded.NOT_APPLICABLE:
        out.pop("vat", None)
    elif basis == TaxIncluded.YES and out.get("vat"):
        gross, vat = Decimal(str(out["price"])), Decimal(str(out["vat"]))
        net = round(without_tax(gross, vat), PRICE_DECIMALS)
        out["price"] = _number(net)
        if with_tax(net, vat) != gross:
            path = "elements[].price_components[].price"
            scope.lose(
                Loss(path, "before 2.3.0 prices are without VAT: converted, with 4 decimals", str(body["price"]))
            )
    return out


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _tariff_element(out: Object, body: Object, scope: Scope) -> Object | None:
    if "booking" in body.get("restrictions", ()):
        # Without its restriction the price would seem to hold always.
        scope.lose(Loss("elements[]", "no prices of bookings before 2.3.0: left out", body["restrictions"]["booking"]))
        return None
    return out


def _tariff(out: Object, body: Object, scope: Scope) -> Object | None:
    if "elements" not in out:
        scope.lose(Loss("elements", "nothing of the price can be said in 2.2.1: tariff left out"))
        return None
    sentence = _tax_sentence(body)
    if sentence:
        out["tariff_alt_text"] = with_sentence(out.get("tariff_alt_text", []), sentence)
        scope.lose(Loss("tax_included", "no such field before 2.3.0: said in tariff_alt_text", body["tax_included"]))
    return out


def _tax_sentence(body: Object) -> str:
    """What a tariff without a rate of VAT says of taxes; nothing for one that is free."""
    components = [component for element in body["elements"] for component in element["price_components"]]
    if all("vat" in component or not component["price"] for component in components):
        return ""
    if body["tax_included"] == TaxIncluded.YES:
        return "Prices include taxes."
    if body["tax_included"] == TaxIncluded.NO and body["country_code"] in _TAXES_COME_ON_TOP:
        return "Plus taxes."
    return ""


BEFORE: dict[str, Callable[[Object, Scope], Object]] = {}
AFTER: dict[str, Callable[[Object, Object, Scope], Object | None]] = {
    "EVSE": _evse,
    "PriceComponent": _price_component,
    "TariffElement": _tariff_element,
    "Tariff": _tariff,
}
