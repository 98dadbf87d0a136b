"""What the taxes of a plan are called in OCPI, and a limit on both tax bases."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from app.model.enums import TaxIncluded
from app.model.money import with_tax, without_tax
from app.model.tariff import PriceLimit
from app.tariffs.plan.language import Taxes

_FOUR = Decimal("0.0001")


def tax_included(taxes: Taxes) -> TaxIncluded:
    if taxes.none:
        return TaxIncluded.NOT_APPLICABLE
    return TaxIncluded.YES if taxes.included else TaxIncluded.NO


def limit_of(amount: Decimal | None, taxes: Taxes, *, most: bool = False) -> PriceLimit | None:
    """A minimum, or with `most` a maximum; OCPI applies it on each tax basis, with four decimals.

    Where the tax rate is not known, a limit with taxes binds on that basis alone: before taxes, a maximum is as high and a
    minimum is 0 (OCPI 2.3.0 Tariffs, PriceLimit).
    """
    if amount is None:
        return None
    if taxes.vat is not None:
        if taxes.included:
            return PriceLimit(before_taxes=_four(without_tax(amount, taxes.vat)), after_taxes=amount)
        return PriceLimit(before_taxes=amount, after_taxes=_four(with_tax(amount, taxes.vat)))
    if taxes.none:
        return PriceLimit(before_taxes=amount, after_taxes=amount)
    if taxes.included:
        return PriceLimit(before_taxes=amount if most else Decimal(0), after_taxes=amount)
    return PriceLimit(before_taxes=amount)


def _four(amount: Decimal) -> Decimal:
    return amount.quantize(_FOUR, ROUND_HALF_EVEN)
