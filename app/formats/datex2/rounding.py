"""Amounts as an encoding can write them: rounded, with the exact one in text, and not at all where that would be misleading."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from app.formats.datex2 import sentences
from app.formats.datex2.encoding import Encoding
from app.formats.datex2.rates import EnergyPrice, EnergyRate, PriceType, joined, texts_in
from app.model.loss import Loss

_MISLEADING = Decimal("0.01")
_UNITS = {PriceType.PER_KWH: "per kWh", PriceType.PER_MINUTE: "per minute", PriceType.PER_KG: "per kg"}
_EXACT_ENOUGH = 4
"""Decimals up to which a rounded amount needs no exact one beside it in text."""


def rounded_price(price: EnergyPrice, currency: str, encoding: Encoding) -> tuple[EnergyPrice, tuple[Loss, ...]]:
    """A price that changes by more than 1 % is said in text, as of type `other`."""
    value, cap = _rounded(price.value, encoding), None if price.cap is None else _rounded(price.cap, encoding)
    losses = []
    if cap != price.cap:
        losses.append(_loss("occupancy.cap", price.cap, encoding))
    if value == price.value:
        return replace(price, value=value, cap=cap), tuple(losses)
    losses.append(_loss("elements[].price_components[].price", price.value, encoding))
    said = replace(price, value=value, cap=cap)
    if encoding.decimals <= _EXACT_ENOUGH:
        text = sentences.exact(price.value, currency, _UNITS.get(price.price_type, "per session"))
        said = replace(
            said, additional_information=joined(price.additional_information, texts_in(sentences.LANGUAGE, text))
        )
    if abs(value - price.value) > abs(price.value) * _MISLEADING:
        said = replace(said, price_type=PriceType.OTHER)
    return said, tuple(losses)


def rounded_rate(rate: EnergyRate, encoding: Encoding) -> tuple[EnergyRate, tuple[Loss, ...]]:
    currency = next(iter(rate.currencies), "")
    prices = [rounded_price(price, currency, encoding) for price in rate.prices]
    losses = [loss for _, of_price in prices for loss in of_price]
    fees = (rate.maximum_fee, rate.minimum_fee)
    maximum, minimum = (None if fee is None else _rounded(fee, encoding) for fee in fees)
    limits = (("max_price", rate.maximum_fee, maximum), ("min_price", rate.minimum_fee, minimum))
    losses += [_loss(name, fee, encoding) for name, fee, said in limits if said != fee]
    said = replace(rate, prices=tuple(price for price, _ in prices), maximum_fee=maximum, minimum_fee=minimum)
    return said, tuple(dict.fromkeys(losses))


def _rounded(amount: Decimal, encoding: Encoding) -> Decimal:
    shortened = amount.quantize(Decimal(1).scaleb(-encoding.decimals), ROUND_HALF_UP)
    return amount if shortened == amount else shortened


def _loss(path: str, amount: Decimal | None, encoding: Encoding) -> Loss:
    return Loss(path, f"{encoding.name} has {encoding.decimals} decimals: rounded", str(amount))
