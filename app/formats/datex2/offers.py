"""The energy rates of a connector: its ad hoc offers, and on request its contract prices.

Tariffs that follow one another in time, for the same way to pay, are one rate: its prices change, its id stays that of the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from app.clock import Millis, from_millis
from app.formats.datex2.from_tariff import Offer, SaidRate, current_rate, windows_rate
from app.formats.datex2.payment import payment_of
from app.formats.datex2.rates import Payment, RatePolicy
from app.model.canonical import number_text
from app.model.connector import AdhocOffer
from app.model.electricity import power_watts
from app.model.enums import TariffType
from app.model.loss import Loss
from app.model.tariff import Tariff
from app.tariffs.adhoc import PriceBook
from app.tariffs.adhoc.book import asks_for_power

Body = Mapping[str, Any]
_CARDS = frozenset({"emv", "nfc", "paymentCreditCard", "paymentDebitCard"})
_ADHOC = (None, TariffType.AD_HOC_PAYMENT)


@dataclass(frozen=True, slots=True)
class ConnectorRates:
    """Writes the rates of connectors. `tariffs` by the ids that connectors use, those of the past and the future too.

    `payment` is what the station takes: said where an offer names no way to pay, and its cards where one is paid by card.
    Rates of several connectors that have the same id say the same, apart from that.
    """

    book: PriceBook
    tariffs: Mapping[str, Body]
    time_zone: str
    at: Millis
    payment: Payment | None = None

    def with_periods(self, connector: Body) -> list[SaidRate]:
        """Its ad hoc rates for all times, announced ones included; the default first."""
        return [self._windows(chain, offer, connector) for chain, offer in self._chains(connector)]

    def of_now(self, connector: Body) -> list[SaidRate]:
        """The same rates with the prices of now alone; those that are not valid yet are left out."""
        prices = {one.tariff.id: one for one in self.book.adhoc(connector, self.tariffs, self.time_zone, self.at)}
        power = _power(connector)
        return [
            current_rate(prices[chain[0].id], self._offer(chain[0], offer, connector), self.time_zone, self.at, power)
            for chain, offer in self._chains(connector)
            if chain[0].start_date_time is None or chain[0].start_date_time <= from_millis(self.at)
        ]

    def of_contracts(self, connector: Body) -> list[SaidRate]:
        """What contracts cost that are not ad hoc: of types REGULAR and PROFILE_…, with periods."""
        named = ((tariff, None) for tariff in self.book.tariffs(connector, self.tariffs) if tariff.type not in _ADHOC)
        return [self._windows(chain, offer, connector) for chain, offer in _chains(named, self.at)]

    def _chains(self, connector: Body) -> list[tuple[list[Tariff], AdhocOffer | None]]:
        return _chains(self.book.adhoc_tariffs(connector, self.tariffs, self.at), self.at)

    def _windows(self, chain: list[Tariff], offer: AdhocOffer | None, connector: Body) -> SaidRate:
        about = self._offer(chain[0], offer, connector)
        said = windows_rate(chain, about, self.time_zone, self.at, _power(connector))
        if offer is None or offer.url is None:
            return said
        lost = Loss("adhoc_offers[].url", "a rate has no link: left out", offer.url)
        return replace(said, losses=(*said.losses, lost))

    def _offer(self, tariff: Tariff, offer: AdhocOffer | None, connector: Body) -> Offer:
        policy = RatePolicy.AD_HOC if offer or tariff.type in _ADHOC else RatePolicy.CONTRACT
        payment = payment_of(offer.payment_means) if offer else None
        if payment is not None:
            payment = self._with_brands(payment)
        elif policy is RatePolicy.AD_HOC:
            payment = self.payment
        return Offer(rate_id(tariff, _power(connector)), payment, policy)

    def _with_brands(self, said: Payment) -> Payment:
        """An offer that is paid by card takes the cards that the station takes."""
        if self.payment is None or _CARDS.isdisjoint(said.means):
            return said
        return replace(said, brands=self.payment.brands, other_brands=self.payment.other_brands)


def rate_id(tariff: Tariff, power_kw: Decimal | None) -> str:
    """Unique among all parties; with the power where the tariff asks for it, since the rate is then another."""
    suffix = f"-{number_text(power_kw)}kW" if power_kw is not None and asks_for_power(tariff) else ""
    return f"{tariff.country_code}*{tariff.party_id}*{tariff.id}{suffix}"


def _power(connector: Body) -> Decimal:
    return Decimal(power_watts(connector)) / 1000


def _chains(
    tariffs: Iterable[tuple[Tariff, AdhocOffer | None]], at: Millis
) -> list[tuple[list[Tariff], AdhocOffer | None]]:
    """Those that have not ended; each begins when the one before it has ended."""
    now = from_millis(at)
    left = [(one, offer) for one, offer in tariffs if one.end_date_time is None or one.end_date_time > now]
    order = sorted(left, key=lambda found: max(found[0].start_date_time or now, now))
    chains: list[tuple[list[Tariff], AdhocOffer | None]] = []
    for tariff, offer in order:
        following = (chain for chain, other in chains if _follows(tariff, chain[-1]) and _pays_alike(offer, other))
        chain = next(following, None)
        if chain is None:
            chains.append(([tariff], offer))
        else:
            chain.append(tariff)
    return chains


def _follows(tariff: Tariff, earlier: Tariff) -> bool:
    begin, end = tariff.start_date_time, earlier.end_date_time
    is_alike = tariff.type == earlier.type or {tariff.type, earlier.type} <= set(_ADHOC)
    return is_alike and tariff.currency == earlier.currency and begin is not None and end is not None and end <= begin


def _pays_alike(offer: AdhocOffer | None, other: AdhocOffer | None) -> bool:
    return (offer and offer.payment_means) == (other and other.payment_means)
