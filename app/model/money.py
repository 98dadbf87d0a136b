"""Prices: exact amounts that know their currency, what they are for, and whether taxes are in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from babel.numbers import get_currency_precision

PRICE_DECIMALS = 4
"""OCPI writes numbers with four decimals."""
_HUNDRED = Decimal(100)
# Babel counts the digits that people use; where cents are no longer coined, cards and invoices still have them.
_UNCOINED = ("AFN", "ALL", "IRR", "KPW", "LAK", "LBP", "MGA", "MMK", "RSD", "SLL", "SOS", "SYP", "YER")
_ISO_4217 = dict.fromkeys(_UNCOINED, 2) | {"IQD": 3}


class Unit(StrEnum):
    KWH = "kWh"
    MINUTE = "min"
    HOUR = "h"
    SESSION = "session"


class TaxBasis(StrEnum):
    NET = "net"
    """Taxes come on top."""
    GROSS = "gross"
    """Taxes are in it."""
    UNTAXED = "untaxed"
    """No taxes apply."""


_MINUTES = {Unit.MINUTE: Decimal(1), Unit.HOUR: Decimal(60)}


@dataclass(frozen=True, slots=True)
class Price:
    amount: Decimal
    currency: str
    unit: Unit
    basis: TaxBasis
    vat: Decimal | None = None
    """Percent; None: not known, or none."""

    def per(self, unit: Unit) -> Price:
        """The same price per minute or per hour. Raises ValueError where the units do not measure the same."""
        if unit == self.unit:
            return self
        if unit not in _MINUTES or self.unit not in _MINUTES:
            raise ValueError(f"a price per {self.unit} cannot be said per {unit}")
        return replace(self, amount=self.amount * _MINUTES[unit] / _MINUTES[self.unit], unit=unit)

    def gross(self) -> Price | None:
        """With taxes; None where the rate is not known."""
        if self.basis is not TaxBasis.NET:
            return self
        if self.vat is None:
            return None
        return replace(self, amount=with_tax(self.amount, self.vat), basis=TaxBasis.GROSS)

    def net(self) -> Price | None:
        """Without taxes; None where the rate is not known."""
        if self.basis is not TaxBasis.GROSS:
            return self
        if self.vat is None:
            return None
        return replace(self, amount=without_tax(self.amount, self.vat), basis=TaxBasis.NET)


def with_tax(net: Decimal, percent: Decimal) -> Decimal:
    return net * (1 + percent / _HUNDRED)


def without_tax(gross: Decimal, percent: Decimal) -> Decimal:
    """Not rounded."""
    return gross / (1 + percent / _HUNDRED)


def minor_digits(currency: str) -> int:
    """Decimals of the currency's minor unit (ISO 4217): 2 for EUR, 0 for JPY, 3 for KWD."""
    return _ISO_4217.get(currency, get_currency_precision(currency))
