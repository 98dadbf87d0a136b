"""How one can pay at a location: OCPI 2.2.1's own words as far as it has any."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.model.connector import PaymentMeans
from app.model.enums import Capability, ConnectorCapability

Object = Mapping[str, Any]

PHONE, SMS, PLUG_AND_CHARGE = "PHONE", "SMS", "PLUG_AND_CHARGE"
OF_OCPI = (
    Capability.CREDIT_CARD_PAYABLE,
    Capability.DEBIT_CARD_PAYABLE,
    Capability.CONTACTLESS_CARD_SUPPORT,
    Capability.CHIP_CARD_SUPPORT,
    Capability.PED_TERMINAL,
    Capability.RFID_READER,
    Capability.REMOTE_START_STOP_CAPABLE,
)
"""Capabilities that speak of paying, or of starting by contract."""
BEYOND_OCPI = (
    PaymentMeans.QR_CODE,
    PaymentMeans.WEBSITE,
    PaymentMeans.APP,
    PaymentMeans.CASH,
    PaymentMeans.OTHER,
    PHONE,
    SMS,
    PLUG_AND_CHARGE,
)
METHODS = tuple(str(method) for method in (*OF_OCPI, *BEYOND_OCPI))
_TERMINALS: dict[str, str] = {
    "card_reader": Capability.PED_TERMINAL,
    "contactless": Capability.CONTACTLESS_CARD_SUPPORT,
    PaymentMeans.TERMINAL: Capability.PED_TERMINAL,
    PaymentMeans.CONTACTLESS: Capability.CONTACTLESS_CARD_SUPPORT,
}


def payment_methods(location: Object) -> list[str]:
    """Those of METHODS that some port of it takes, in that order; empty: nothing is known."""
    found = {_TERMINALS.get(method, method) for method in _said(location)}
    return [method for method in METHODS if method in found]


def _said(location: Object) -> Iterator[str]:
    for evse in location.get("evses", ()):
        yield from evse.get("capabilities", ())
        if evse.get("plug_and_charge") or any(map(_plugs_and_charges, evse["connectors"])):
            yield PLUG_AND_CHARGE
        for connector in evse["connectors"]:
            for offer in connector.get("adhoc_offers", ()):
                yield from offer.get("payment_means", ())
    for station in location.get("stations", ()):
        payment = station.get("payment", {})
        yield from (name for name in ("card_reader", "contactless") if payment.get(name))
        yield from payment.get("other", ())
    if location.get("start_by_phone"):
        yield PHONE
    if location.get("start_by_sms"):
        yield SMS


def _plugs_and_charges(connector: Object) -> bool:
    return not frozenset(ConnectorCapability).isdisjoint(connector.get("capabilities", ()))


def brands(location: Object) -> list[str]:
    """Of cards and wallets, as the operator calls them."""
    named = (brand for one in location.get("stations", ()) for brand in one.get("payment", {}).get("brands", ()))
    return list(dict.fromkeys(named))
