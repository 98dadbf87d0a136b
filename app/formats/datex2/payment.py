"""Ways to pay for an ad hoc offer as DATEX II says them, and back."""

from __future__ import annotations

from collections.abc import Iterable

from app.formats.datex2 import sentences
from app.formats.datex2.rates import Payment, texts_in
from app.model.connector import PaymentMeans as Means

_SAID: dict[str, str] = {
    Means.TERMINAL: "emv",
    Means.CONTACTLESS: "nfc",
    Means.QR_CODE: "qrCode",
    Means.WEBSITE: "website",
}
_IN_WORDS: dict[str, str] = {Means.APP: "App", Means.CASH: "Cash"}
_READ = {said: means for means, said in _SAID.items()} | {
    "paymentCreditCard": Means.TERMINAL,
    "paymentDebitCard": Means.TERMINAL,
    "cashCoinsAndBills": Means.CASH,
    "cashCoinsOnly": Means.CASH,
    "cashBillsOnly": Means.CASH,
}
_UNKNOWN = "unknown"


def payment_of(means: Iterable[str]) -> Payment | None:
    """Of `adhoc_offers[].payment_means`; None: nothing is said. What DATEX II has no value for is said in words."""
    given = list(dict.fromkeys(means))
    words = (_IN_WORDS.get(one, one.capitalize()) for one in given if one not in _SAID)
    said = tuple(_SAID[one] for one in given if one in _SAID)
    other = tuple(texts_in(sentences.LANGUAGE, word) for word in words)
    return Payment(means=said, other_means=other) if said or other else None


def means_of(payment: Payment) -> tuple[str, ...]:
    """As `adhoc_offers[].payment_means`."""
    words = {word: means for means, word in _IN_WORDS.items()}
    read = [_READ.get(one, Means.OTHER) for one in payment.means if one != _UNKNOWN]
    read += [words.get(text, Means.OTHER) for texts in payment.other_means for _, text in texts[:1]]
    return tuple(dict.fromkeys(read))


def unsaid_means(payment: Payment) -> tuple[str, ...]:
    """Values that become a wider one: a credit card is a terminal, what is paid by a toll tag is paid otherwise."""
    return tuple(one for one in payment.means if one not in _SAID.values())
