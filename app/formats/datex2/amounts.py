"""Amounts of an energy rate as OCPI says them: per kWh, hour or session, with four decimals, all on one tax basis.

Senders write net prices that were gross ones (0.66386555 at 19 % is 0.79) and minutes that were hours (0.005333 is 0.32 an
hour). So the basis is taken on which every price of the rate has four decimals and gives what was written when it is turned
back; the one that was stated goes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal

from app.formats.datex2.rates import EnergyPrice, PriceType
from app.model.enums import TaxIncluded
from app.model.money import PRICE_DECIMALS, with_tax, without_tax
from app.model.tariff import PriceLimit
from app.tariffs.plan.language import Taxes
from app.tariffs.plan.taxes import limit_of

_FOUR = Decimal(1).scaleb(-PRICE_DECIMALS)
_SURE_DECIMALS = 12
"""What stands behind is what a division left."""
_HOUR = Decimal(60)


class Amounts:
    """Of the prices of one rate. `stated` is the basis that the sender told, or was taken to mean: with taxes."""

    def __init__(self, prices: Sequence[EnergyPrice]) -> None:
        self._tells_tax = any(price.tax_rate is not None for price in prices)
        self.rates = {price.tax_rate for price in prices}
        net = bool(prices) and all(price.tax_included is False for price in prices)
        untaxed = self.rates == {Decimal(0)} and all(price.tax_included for price in prices)
        self.stated = TaxIncluded.NOT_APPLICABLE if untaxed else TaxIncluded.NO if net else TaxIncluded.YES
        self.included = next(
            (one for one in self._candidates() if all(self._fits(p, one) for p in prices)), self.stated
        )

    def of(self, price: EnergyPrice) -> tuple[Decimal, bool]:
        """The price per kWh, hour or session, and whether that is exactly what was meant."""
        return _four(self._said(price, price.value, self.included) * _units(price)), self._fits(price, self.included)

    def money(self, price: EnergyPrice, amount: Decimal) -> Decimal:
        """A cap of the price."""
        return _four(self._said(price, amount, self.included))

    def vat(self, price: EnergyPrice) -> Decimal | None:
        return None if self.included is TaxIncluded.NOT_APPLICABLE else price.tax_rate

    def limit(self, fee: Decimal | None, *, most: bool = False) -> PriceLimit | None:
        rate = next(iter(self.rates)) if len(self.rates) == 1 else None
        included = self.stated is not TaxIncluded.NO
        if self.stated is TaxIncluded.NOT_APPLICABLE:
            taxes = Taxes(none=True)
        elif rate is None:
            taxes = Taxes(included=included, sales_tax="local")
        else:
            taxes = Taxes(included=included, vat=rate)
        return limit_of(None if fee is None else _four(fee), taxes, most=most)

    def _candidates(self) -> tuple[TaxIncluded, ...]:
        if self.stated is TaxIncluded.NOT_APPLICABLE:
            return (self.stated,)
        return (self.stated, TaxIncluded.NO if self.stated is TaxIncluded.YES else TaxIncluded.YES)

    def _fits(self, price: EnergyPrice, basis: TaxIncluded) -> bool:
        if not self._can_be_said(price, basis):
            return False
        rounded = _four(self._said(price, price.value, basis) * _units(price)) / _units(price)
        again = self._turned_back(price, rounded, basis)
        exponent = price.value.as_tuple().exponent
        decimals = min(-exponent if isinstance(exponent, int) else 0, _SURE_DECIMALS)
        return abs(again - price.value) < Decimal(1).scaleb(-decimals) if decimals else again == price.value

    def _can_be_said(self, price: EnergyPrice, basis: TaxIncluded) -> bool:
        return self._is_on(price, basis) or price.tax_rate is not None or self._tells_tax

    def _is_on(self, price: EnergyPrice, basis: TaxIncluded) -> bool:
        return basis is TaxIncluded.NOT_APPLICABLE or (price.tax_included is False) == (basis is TaxIncluded.NO)

    def _said(self, price: EnergyPrice, amount: Decimal, basis: TaxIncluded) -> Decimal:
        if self._is_on(price, basis) or price.tax_rate is None:
            return amount
        return with_tax(amount, price.tax_rate) if basis is TaxIncluded.YES else without_tax(amount, price.tax_rate)

    def _turned_back(self, price: EnergyPrice, amount: Decimal, basis: TaxIncluded) -> Decimal:
        if self._is_on(price, basis) or price.tax_rate is None:
            return amount
        return without_tax(amount, price.tax_rate) if basis is TaxIncluded.YES else with_tax(amount, price.tax_rate)


def _units(price: EnergyPrice) -> Decimal:
    return _HOUR if price.price_type is PriceType.PER_MINUTE else Decimal(1)


def _four(amount: Decimal) -> Decimal:
    return amount.quantize(_FOUR, ROUND_HALF_EVEN)
