"""What a driver asks of a point on the map: a connector, power, a price, a way to pay, and that it is free.

One connector must have all of what is asked of connectors. What an EVSE offers decides (`PublicReader.offers`); whether it is
free is its status.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from app.clock import Millis
from app.model.electricity import power_watts
from app.registry.projection import Offer
from app.tariffs.adhoc import AdhocPrice, Component, PriceBook
from app.web.failure import bad_parameter
from app.wording import worded

PAYMENTS = ("adhoc", "card")
_WATTS = 1000
_MOST = 100_000
_FINEST = Decimal("0.000001")
"""Of kW and of a price; what is told finer is rounded, however many zeros it has."""
_MOST_OUTDATED = 1000
"""Tariffs."""
_MOST_VERDICTS = 100
_FOR_EVER: Millis = 1 << 62


@dataclass(frozen=True, slots=True)
class Filters:
    connector: str = ""
    """OCPI's ConnectorType; empty: any."""
    power: Decimal | None = None
    """kW at least."""
    price: Decimal | None = None
    """Per kWh at most, taxes included where their rate is known, in the currency of the place."""
    payment: str = ""
    """adhoc: a price without a contract is published; card: somebody says that cards are taken; empty: either or none."""
    free: bool = False

    @property
    def of_offers(self) -> bool:
        return bool(self.connector or self.payment) or self.power is not None or self.price is not None

    def query(self) -> dict[str, str]:
        """As an address says it."""
        said = {"connector": self.connector, "power": self.power, "price": self.price, "payment": self.payment}
        return {name: str(value) for name, value in said.items() if value not in ("", None)} | (
            {"free": "1"} if self.free else {}
        )


def read_filters(arguments: Mapping[str, str]) -> Filters:
    """Raises Failure (400)."""
    payment = arguments.get("payment", "").strip()
    if payment and payment not in PAYMENTS:
        raise bad_parameter("payment", payment, worded("write adhoc or card, or leave it out"))
    free = arguments.get("free", "").strip()
    if free not in ("", "0", "1"):
        raise bad_parameter("free", free, worded("write 1, or leave it out"))
    connector = arguments.get("connector", "").strip()
    if len(connector) > 40:
        raise bad_parameter("connector", connector, worded("write a ConnectorType of OCPI, such as IEC_62196_T2_COMBO"))
    power, price = (_amount(arguments, name) for name in ("power", "price"))
    return Filters(connector, power, price, payment, free == "1")


def _amount(arguments: Mapping[str, str], name: str) -> Decimal | None:
    text = arguments.get(name, "").strip()
    if not text:
        return None
    try:
        amount = Decimal(text.replace(",", "."))
    except InvalidOperation:
        amount = Decimal(-1)
    if not (amount.is_finite() and 0 <= amount <= _MOST):
        raise bad_parameter(name, text, worded("write a number such as 0.59 or 150, or leave it out"))
    rounded = amount.quantize(_FINEST)
    return amount if amount == rounded else rounded


@dataclass(frozen=True, slots=True)
class _Verdict:
    fitting: frozenset[int]
    since: Millis
    until: Millis
    """When one of the prices that it rests on will be another."""


class Judge:
    """Holds offers to filters. One per process, for all its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offers: Sequence[Offer] = ()
        self._verdicts: dict[Filters, _Verdict] = {}
        self._book = PriceBook()
        self._tariffs: set[int] = set()
        """Identities of all that the book may hold."""

    def fitting(self, filters: Filters, offers: Sequence[Offer], at: Millis) -> frozenset[int] | None:
        """Numbers of those that have what is asked for; None: nothing is asked of them. The same list is not judged again."""
        if not filters.of_offers:
            return None
        asked = replace(filters, free=False)
        with self._lock:
            if offers is not self._offers:
                self._take(offers)
            known = self._verdicts.get(asked)
            if known is None or not known.since <= at < known.until:
                if len(self._verdicts) >= _MOST_VERDICTS:
                    self._verdicts.clear()
                known = self._verdicts[asked] = _Judgement(asked, self._book, at).of(offers)
            return known.fitting

    def _take(self, offers: Sequence[Offer]) -> None:
        """The book stays while most of its tariffs do."""
        named = {id(tariff) for offer in offers for tariff in offer.tariffs.values()}
        self._tariffs |= named
        if len(self._tariffs) > 2 * len(named) + _MOST_OUTDATED:
            self._book, self._tariffs = PriceBook(), named
        self._offers, self._verdicts = offers, {}


class _Judgement:
    def __init__(self, filters: Filters, book: PriceBook, at: Millis) -> None:
        self._filters = filters
        self._book = book
        self._at = at
        self._until: Millis = _FOR_EVER

    def of(self, offers: Iterable[Offer]) -> _Verdict:
        fitting = frozenset(offer.number for offer in offers if self._fits(offer))
        return _Verdict(fitting, self._at, self._until)

    def _fits(self, offer: Offer) -> bool:
        if self._filters.payment == "card" and not offer.cards:
            return False
        return any(self._has(connector, offer) for connector in offer.connectors)

    def _has(self, connector: Mapping[str, Any], offer: Offer) -> bool:
        filters = self._filters
        if filters.connector and connector["standard"] != filters.connector:
            return False
        if filters.power is not None and power_watts(connector) < filters.power * _WATTS:
            return False
        if filters.price is None and filters.payment != "adhoc":
            return True
        named = connector, offer.tariffs, offer.time_zone, self._at
        prices, change = self._book.adhoc(*named), self._book.next_change(*named)
        self._until = min(self._until, _FOR_EVER if change is None else change)
        if filters.price is None:
            return bool(prices)
        return any(amount <= filters.price for amount in map(_per_kwh, prices) if amount is not None)


def _per_kwh(price: AdhocPrice) -> Decimal | None:
    """At the beginning of a session; None: energy has no price of its own."""
    for part in price.parts:
        starts = not (part.when.kwh[0] or part.when.seconds[0])
        if part.component is Component.ENERGY and part.now and starts:
            return (part.price.gross() or part.price).amount
    return None
