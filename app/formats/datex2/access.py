"""How a driver is let in and how they pay: authentication, and payment at a station (AFIR elements A20 to A23)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import orjson

from app.formats.datex2 import sentences
from app.formats.datex2.draft import Draft, Tree, codes
from app.formats.datex2.identity import Station
from app.formats.datex2.payment import payment_of
from app.formats.datex2.rates import Payment
from app.model.connector import PaymentMeans
from app.model.enums import Capability

AUTHENTICATION: dict[str, str] = {
    Capability.RFID_READER: "rfid",
    Capability.REMOTE_START_STOP_CAPABLE: "apps",
    Capability.CREDIT_CARD_PAYABLE: "creditCard",
    Capability.DEBIT_CARD_PAYABLE: "debitCard",
    Capability.CONTACTLESS_CARD_SUPPORT: "nfc",
    Capability.PED_TERMINAL: "pinpad",
}
_MEANS: dict[str, str] = {
    Capability.CREDIT_CARD_PAYABLE: "paymentCreditCard",
    Capability.DEBIT_CARD_PAYABLE: "paymentDebitCard",
    Capability.CHIP_CARD_SUPPORT: "emv",
    Capability.CONTACTLESS_CARD_SUPPORT: "nfc",
}
_MOST = 1000
_TERMINAL = frozenset({*_MEANS, Capability.PED_TERMINAL.value})
_OTHERS: dict[str, str] = {PaymentMeans.WEBSITE: "website", PaymentMeans.CASH: "cashPayment"}
_BRANDS = {
    "americanexpress": "americanExpress",
    "amex": "americanExpress",
    "applepay": "applePay",
    "cirrus": "cirrus",
    "dinersclub": "dinersClub",
    "discover": "discoverCard",
    "girocard": "giroCard",
    "maestro": "maestro",
    "mastercard": "masterCard",
    "visa": "visa",
    "vpay": "vpay",
}


def authentication(draft: Draft, station: Station) -> list[Tree]:
    """What any of the points takes."""
    found = dict.fromkeys(AUTHENTICATION[one] for one in _capabilities(station) if one in AUTHENTICATION)
    told = station.facts.get("payment", {})
    found |= dict.fromkeys(_OTHERS[one] for one in told.get("other", ()) if one in _OTHERS)
    for field, method in (("start_by_phone", "phoneDialog"), ("start_by_sms", "phoneSMS")):
        if draft.body.get(field):
            found[method] = None
    return codes(found)


def has_terminal(station: Station) -> bool:
    """Whether one can pay by card; not where the station says no."""
    told: bool | None = station.facts.get("payment", {}).get("card_reader")
    return any(one in _TERMINAL for one in _capabilities(station)) if told is None else told


def taken_at(station: Station) -> Payment | None:
    """What the station takes without a contract; None: nothing is known."""
    return _taken(tuple(_capabilities(station)), orjson.dumps(station.facts.get("payment", {})))


@lru_cache(_MOST)
def _taken(capabilities: tuple[str, ...], payment: bytes) -> Payment | None:
    told = orjson.loads(payment)
    denied = [means for fact, means in (("card_reader", "emv"), ("contactless", "nfc")) if told.get(fact) is False]
    means = [_MEANS[one] for one in capabilities if one in _MEANS and _MEANS[one] not in denied]
    means += [one for fact, one in (("card_reader", "emv"), ("contactless", "nfc")) if told.get(fact)]
    others = payment_of(told.get("other", ())) or Payment()
    brands = dict.fromkeys(told.get("brands", ()))
    known = [_BRANDS[key] for brand in brands if (key := _folded(brand)) in _BRANDS]
    unknown = [brand for brand in brands if _folded(brand) not in _BRANDS]
    found = Payment(
        means=tuple(dict.fromkeys([*means, *others.means])),
        other_means=others.other_means,
        brands=tuple(dict.fromkeys(known)),
        other_brands=tuple(unknown),
    )
    return found if found != Payment() else None


def words(payment: Payment) -> str:
    """`emv, nfc, App`: what tells two ways to pay apart."""
    texts = (text for texts in payment.other_means for language, text in texts if language == sentences.LANGUAGE)
    return "-".join([*payment.means, *texts]).lower()


def _capabilities(station: Station) -> Iterable[str]:
    """Each once."""
    return dict.fromkeys(one for point in station.points for one in point.evse.get("capabilities", ()))


def _folded(brand: str) -> str:
    return "".join(letter for letter in brand.lower() if letter.isalnum())
