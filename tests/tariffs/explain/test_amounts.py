"""Every amount that can be charged is told, and no other; whether the plan is told or the elements."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from babel import Locale
from hypothesis import HealthCheck, given, settings

from app.model.money import Price
from app.model.tariff import Tariff
from app.tariffs.adhoc.parts import components, price_of
from app.tariffs.explain import LANGUAGES, explain, in_short, words
from app.tariffs.flatten.tariffs import flatten
from app.tariffs.plan.language import Plan
from app.tariffs.rates import rates_of, reachable
from tests.price_plans import plans
from tests.tariffs.explain.told import planned, written

EUROPE = Locale.parse("en_150")
AMOUNT = re.compile(r"-?[\d.,]+\xa0(?:[€¥]|JP¥|KWD|CA\$|US\$|£|CHF)")
SETTINGS = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}


def amount(value: Decimal, currency: str) -> str:
    return words.money(EUROPE, words.shown(value)[0], currency)


def told(text: str) -> set[str]:
    """Without what is named in parentheses to be exact."""
    return set(AMOUNT.findall(re.sub(r"\([^)]*\)", "", text)))


def charged(tariff: Tariff) -> set[str]:
    """From the elements alone: of each component what can be the first to hold, an occupancy fee apart."""
    prices: list[Price] = []
    for _, _, rates in components(tariff, rates_of(tariff)):
        prices += [price_of(tariff, rate.component) for rate in reachable(rates)]
    return {amount((price.gross() or price).amount, price.currency) for price in prices if price.amount}


def limits(tariff: Tariff) -> set[str]:
    """None where nothing is charged: a maximum never counts then."""
    if not charged(tariff) and not tariff.min_price:
        return set()
    bases = [limit for limit in (tariff.min_price, tariff.max_price) if limit]
    found = [one.before_taxes if one.after_taxes is None else one.after_taxes for one in bases]
    return {amount(value, tariff.currency) for value in found if value}


def cap(tariff: Tariff) -> set[str]:
    fee = tariff.occupancy
    if fee is None or fee.cap is None:
        return set()
    vat = next((part.vat for element in tariff.elements for part in element.price_components), None)
    price = price_of(
        tariff, tariff.elements[0].price_components[0].model_copy(update={"price": fee.cap, "vat": vat, "type": "FLAT"})
    )
    return {amount((price.gross() or price).amount, tariff.currency)}


def check(tariff: Tariff) -> None:
    expected = charged(tariff) | limits(tariff)
    plain = tariff.model_copy(update={"plan": None})
    for one in (tariff, plain):
        assert told(in_short(one, "en-150")) == expected | cap(one)
        assert told(" ".join(explain(one, "en-150"))) == expected | cap(one)
    without = plain.model_copy(update={"occupancy": None})
    assert told(in_short(without, "en-150")) == charged(without) | limits(tariff)


@settings(max_examples=40, **SETTINGS)
@given(plan=plans())
def test_what_any_plan_charges_is_told_and_nothing_else(plan: Plan) -> None:
    for one in flatten(plan):
        check(Tariff.model_validate(one.tariff))


@pytest.mark.slow
@settings(max_examples=3000, **SETTINGS)
@given(plan=plans())
def test_what_any_plan_charges_is_told_and_nothing_else_at_length(plan: Plan) -> None:
    for one in flatten(plan):
        check(Tariff.model_validate(one.tariff))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_leaves_an_amount_out(language: str) -> None:
    for tariff in (*planned(), *written()):
        count = len(re.findall(r"\d[\d.,]*", in_short(tariff, "en-150")))
        assert len(re.findall(r"\d[\d.,]*", in_short(tariff, language))) >= count - 2, tariff.id
