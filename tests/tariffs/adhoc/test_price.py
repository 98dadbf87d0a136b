"""One figure to compare prices by."""

from __future__ import annotations

from decimal import Decimal

from app.tariffs.adhoc import compared
from tests.tariffs.adhoc.asking import NOON, one
from tests.tariffs.examples import ZONE, at, element


def test_thirty_kwh_in_thirty_minutes_cost_what_a_session_would() -> None:
    kinds = {"ENERGY": "0.5", "TIME": "6", "FLAT": "1", "PARKING_TIME": "60"}
    price = one(*(element(kind, amount, vat="19") for kind, amount in kinds.items()))
    total = compared(price, ZONE, at(NOON)).total
    assert (total.before_taxes, total.after_taxes) == (Decimal("19.00"), Decimal("22.61"))


def test_it_is_that_of_a_session_which_begins_then() -> None:
    price = one(element("ENERGY", "1", start_time="12:15", end_time="20:00"), element("ENERGY", "0.5"))
    found = [compared(price, ZONE, at(when)).total.before_taxes for when in (NOON, "2026-11-23T12:15")]
    assert found == [Decimal("22.50"), Decimal("30.00")]


def test_where_taxes_are_not_known_it_is_told_before_them_only() -> None:
    total = compared(one(element("ENERGY", "0.5")), ZONE, at(NOON)).total
    assert (total.before_taxes, total.after_taxes) == (Decimal("15.00"), None)
