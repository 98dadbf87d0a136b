from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.model.money import PRICE_DECIMALS, Price, TaxBasis, Unit, with_tax, without_tax

AMOUNTS = st.decimals(min_value=0, max_value=1000, places=2)
RATES = st.sampled_from([Decimal(rate) for rate in ("5.5", "7", "19", "20", "21", "25")])


@given(gross=AMOUNTS, vat=RATES)
def test_a_net_price_of_four_decimals_gives_the_gross_price_back_to_the_cent(gross, vat):
    net = round(without_tax(gross, vat), PRICE_DECIMALS)
    assert round(with_tax(net, vat), 2) == gross


@given(amount=AMOUNTS)
def test_per_hour_and_per_minute_are_the_same_price(amount):
    per_minute = Price(amount, "EUR", Unit.MINUTE, TaxBasis.GROSS)
    per_hour = per_minute.per(Unit.HOUR)
    assert per_hour.amount == amount * 60
    assert per_hour.per(Unit.MINUTE) == per_minute


def test_a_price_per_kwh_is_none_per_hour():
    with pytest.raises(ValueError, match="per kWh cannot be said per h"):
        Price(Decimal("0.5"), "EUR", Unit.KWH, TaxBasis.NET).per(Unit.HOUR)


def test_taxes_are_added_and_taken_away_only_where_the_rate_is_known():
    net = Price(Decimal(100), "EUR", Unit.SESSION, TaxBasis.NET, Decimal(19))
    gross = net.gross()
    assert gross == Price(Decimal(119), "EUR", Unit.SESSION, TaxBasis.GROSS, Decimal(19))
    assert gross.net() == net
    assert gross.gross() is gross
    unknown = Price(Decimal(100), "USD", Unit.SESSION, TaxBasis.NET)
    assert unknown.gross() is None
    assert unknown.net() is unknown
    untaxed = Price(Decimal(1), "USD", Unit.SESSION, TaxBasis.UNTAXED)
    assert untaxed.gross() is untaxed.net() is untaxed
