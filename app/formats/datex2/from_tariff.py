"""OCPI tariffs as energy rates: with periods for all times (`windows_rate`), or the prices of a moment (`current_rate`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.clock import Millis, from_millis, to_millis
from app.formats.datex2 import sentences
from app.formats.datex2.periods import LONGEST_TEXT, OverallPeriod, Texts
from app.formats.datex2.rates import EnergyPrice, EnergyRate, EnergyRateUpdate, Payment, RatePolicy, joined, texts_in
from app.formats.datex2.tariff_prices import TariffPrices
from app.model.enums import TariffType
from app.model.loss import Loss
from app.model.tariff import Tariff
from app.tariffs.adhoc import AdhocPrice
from app.tariffs.adhoc.parts import TariffParts
from app.tariffs.rates import is_for_charging


@dataclass(frozen=True, slots=True)
class Offer:
    """How a rate is named and paid for."""

    rate_id: str
    payment: Payment | None = None
    policy: RatePolicy = RatePolicy.AD_HOC


@dataclass(frozen=True, slots=True)
class SaidRate:
    rate: EnergyRate
    losses: tuple[Loss, ...] = ()
    next_change: Millis | None = None
    """When it has to be said anew; None: nothing is known that will change it."""
    needs_current: bool = False
    """Whether periods cannot say it all, so that `current_rate` says more."""

    def update(self) -> EnergyRateUpdate:
        """The prices alone, for the dynamic publication."""
        return EnergyRateUpdate(self.rate.id, self.rate.last_updated, self.rate.prices)


def windows_rate(
    tariffs: Sequence[Tariff], offer: Offer, time_zone: str, at: Millis, power_kw: Decimal | None = None
) -> SaidRate:
    """The prices of tariffs that follow one another, the one valid now (or next) first: those to come are said ahead.

    `time_zone` is the location's (IANA), `power_kw` what the connector gives at most. Periods need a beginning: where a tariff
    tells none it is its `last_updated`, else `at`.
    """
    first, *following = tariffs
    said = [TariffPrices(tariff, ZoneInfo(time_zone), power_kw) for tariff in tariffs]
    prices = [price for one in said for price in _begun(one, at, alone=not following)]
    if any((one.min_price, one.max_price) != (first.min_price, first.max_price) for one in following):
        said[0].lose("min_price", "minimum and maximum of a rate stay the same: those of its first tariff")
    rate = _rate(said[0], offer, prices, at)
    if not following and (first.start_date_time or first.end_date_time):
        rate = replace(rate, period=OverallPeriod(_beginning(first, at), first.end_date_time))
    losses = dict.fromkeys(loss for one in said for loss in one.losses)
    return SaidRate(rate, tuple(losses), _next_edge(tariffs, at), any(one.needs_current for one in said))


def current_rate(
    price: AdhocPrice, offer: Offer, time_zone: str, at: Millis, power_kw: Decimal | None = None
) -> SaidRate:
    """The prices of a moment, without periods; to be said anew at `next_change`."""
    said = TariffPrices(price.tariff, ZoneInfo(time_zone), power_kw, now=True)
    prices = said.of(price.parts)
    if price.next_change is not None:
        said.lose("elements[].restrictions", "the prices of now are said, those of other times when they come")
    rate = _rate(said, offer, prices, at)
    if price.valid_from is not None and rate.last_updated is not None:
        rate = replace(rate, last_updated=max(rate.last_updated, from_millis(price.valid_from)))
    return SaidRate(rate, tuple(said.losses), price.next_change)


def _begun(said: TariffPrices, at: Millis, *, alone: bool) -> list[EnergyPrice]:
    """With beginnings. Where one price of a type has a period all get one: one without would go before it."""
    tariff = said.tariff
    prices = said.of(TariffParts(tariff, said.power_kw).always())
    kinds = {price.price_type for price in prices if price.period or not alone}
    begin, end = _beginning(tariff, at), None if alone else tariff.end_date_time
    return [
        replace(price, period=replace(price.period or OverallPeriod(None), start=begin, end=end))
        if price.price_type in kinds
        else price
        for price in prices
    ]


def _beginning(tariff: Tariff, at: Millis) -> datetime:
    return tariff.start_date_time or tariff.last_updated or from_millis(at)


def _next_edge(tariffs: Sequence[Tariff], at: Millis) -> Millis | None:
    edges = [to_millis(edge) for one in tariffs for edge in (one.start_date_time, one.end_date_time) if edge]
    return min((edge for edge in edges if edge > at), default=None)


def _rate(said: TariffPrices, offer: Offer, prices: Sequence[EnergyPrice], at: Millis) -> EnergyRate:
    tariff = said.tariff
    text = joined((), tuple((one.language, one.text) for one in tariff.tariff_alt_text))
    if not all(is_for_charging(element) for element in tariff.elements):
        said.lose("elements[].restrictions.reservation", "no prices for reservations: said in text")
        text = joined(text, texts_in(sentences.LANGUAGE, sentences.RESERVATIONS))
    if tariff.preauthorize_amount is not None:
        said.lose("preauthorize_amount", "no such field: left out", tariff.preauthorize_amount)
    idle = any(sentences.is_said(sentences.IDLE, price.additional_information) for price in prices)
    return EnergyRate(
        id=offer.rate_id,
        policy=offer.policy,
        currencies=(tariff.currency,),
        last_updated=tariff.last_updated or from_millis(at),
        prices=tuple(prices),
        name=_name(said),
        combined_with_parking=True if idle else None,
        maximum_fee=said.fee("max_price"),
        minimum_fee=said.fee("min_price"),
        additional_information=_cut(text, said),
        payment=offer.payment,
    )


def _cut(texts: Texts, said: TariffPrices) -> Texts:
    for language, text in texts:
        if len(text) > LONGEST_TEXT:
            said.lose("tariff_alt_text", f"at most {LONGEST_TEXT} characters: cut", language)
    return tuple((language, text[:LONGEST_TEXT]) for language, text in texts)


def _name(said: TariffPrices) -> Texts:
    kind = said.tariff.type
    if kind is None or kind in (TariffType.AD_HOC_PAYMENT, TariffType.REGULAR):
        return ()
    said.lose("type", "contract or ad hoc is all that a rate tells: said as its name", kind)
    return texts_in(sentences.LANGUAGE, kind.removeprefix("PROFILE_").capitalize())
