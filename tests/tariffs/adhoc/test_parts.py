"""What a driver without a contract is shown of a tariff: parts in the order of Art. 5(4), occupancy recognised as such."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app.model.money import TaxBasis, Unit
from app.tariffs.adhoc import AdhocPrice, Component
from app.tariffs.conditions import ALWAYS, Condition
from tests.tariffs.adhoc.asking import one
from tests.tariffs.examples import element

FOUR_HOURS = Condition(seconds=(Decimal(14_400), None))
ENERGY, TIME, SESSION, OCCUPANCY = Component


def said(price: AdhocPrice, component: Component) -> list[tuple[str, bool | None]]:
    return [(str(part.price.amount), part.charging) for part in price.of(component)]


def test_parts_come_per_kwh_per_minute_per_session_then_occupancy() -> None:
    kinds = ("PARKING_TIME", "FLAT", "TIME", "ENERGY")
    price = one(*(element(kind, "6") for kind in kinds[:1]), *(element(kind, "3") for kind in kinds[1:]))
    assert [part.component for part in price.parts] == [ENERGY, TIME, SESSION, OCCUPANCY]
    assert [part.price.unit for part in price.parts] == [Unit.KWH, Unit.MINUTE, Unit.SESSION, Unit.MINUTE]


def test_time_is_priced_per_minute_with_the_tariffs_currency_and_taxes() -> None:
    price = one(element("TIME", "6", vat="19"), tax_included="YES").first(TIME)
    assert price
    assert (price.amount, price.currency, price.basis, price.vat) == (Decimal("0.1"), "EUR", TaxBasis.GROSS, 19)


def test_parking_time_is_an_occupancy_fee_that_runs_while_the_car_does_not_charge() -> None:
    price = one(element("TIME", "3"), element("PARKING_TIME", "6"))
    assert said(price, TIME) == [("0.05", True)]
    assert said(price, OCCUPANCY) == [("0.1", False)]


def test_the_same_price_of_both_times_from_some_minute_on_is_an_occupancy_fee_that_runs_all_the_while() -> None:
    price = one(*(element(kind, "6", min_duration=14_400) for kind in ("TIME", "PARKING_TIME")))
    (fee,) = price.parts
    assert (fee.component, fee.charging, fee.when) == (OCCUPANCY, None, FOUR_HOURS)


def test_the_same_price_of_both_times_from_the_beginning_is_a_price_per_minute() -> None:
    price = one(*(element(kind, "6") for kind in ("TIME", "PARKING_TIME")))
    assert said(price, TIME) == [("0.1", None)]
    assert said(price, OCCUPANCY) == []


def test_a_declared_fee_is_told_apart_from_the_price_of_charging_time_that_it_comes_on_top_of() -> None:
    terms = {"per_min": 0.1, "grace_min": 240, "from": "SESSION_START"}
    both = [element("TIME", "9", min_duration=14_400), element("PARKING_TIME", "6", min_duration=14_400)]
    price = one(*both, element("TIME", "3"), occupancy=terms)
    assert said(price, TIME) == [("0.05", True)] * 2
    assert said(price, OCCUPANCY) == [("0.1", None)]


def test_a_declared_fee_alone_leaves_no_price_of_charging_time() -> None:
    terms = {"per_min": 0.1, "from": "SESSION_START"}
    price = one(*(element(kind, "6") for kind in ("TIME", "PARKING_TIME")), occupancy=terms)
    assert said(price, TIME) == []
    assert said(price, OCCUPANCY) == [("0.1", None)]


@pytest.mark.parametrize(("when", "now"), [("2026-11-23T21:59", True), ("2026-11-23T22:00", False)])
def test_an_occupancy_fee_is_said_at_night_too_as_one_that_does_not_run_now(when: str, now: bool) -> None:
    price = one(element("PARKING_TIME", "6", start_time="06:00", end_time="22:00"), when=when)
    (fee,) = price.parts
    assert (fee.now, fee.when) == (now, Condition(hours=(360, 1320)))
    assert (price.first(OCCUPANCY) is not None) is now


def test_a_price_of_other_hours_is_not_said() -> None:
    night, day = element("ENERGY", "0.3", end_time="06:00"), element("ENERGY", "0.5")
    assert said(one(night, day), ENERGY) == [("0.5", None)]
    assert said(one(night, day, when="2026-11-23T05:59"), ENERGY) == [("0.3", None)]


@pytest.mark.parametrize(
    ("kw", "parts"),
    [
        (11, [("0.2", (None, None))]),
        (22, [("0.2", (None, Decimal(16))), ("0.35", (None, None))]),
        (150, [("0.2", (None, Decimal(16))), ("0.35", (None, Decimal(32))), ("0.5", (None, None))]),
    ],
)
def test_bands_of_power_go_as_far_as_the_connector(kw: float, parts: list[tuple[str, Any]]) -> None:
    bands = [element("ENERGY", "0.2", max_power=16), element("ENERGY", "0.35", max_power=32), element("ENERGY", "0.5")]
    price = one(*bands, kw=kw)
    assert [(str(part.price.amount), part.when.power) for part in price.parts] == parts
    first = price.first(ENERGY)
    assert first
    assert str(first.amount) == parts[-1][0]


def test_a_band_of_power_that_the_connector_cannot_reach_is_not_said() -> None:
    fast = element("ENERGY", "0.7", min_power=50)
    assert said(one(fast, element("ENERGY", "0.5"), kw=22), ENERGY) == [("0.5", None)]


def test_bands_of_energy_all_belong_to_the_session_and_the_first_is_where_it_begins() -> None:
    price = one(element("ENERGY", "0", max_kwh=5), element("ENERGY", "0.5"))
    assert [part.when for part in price.parts] == [Condition(kwh=(None, Decimal(5))), ALWAYS]
    first = price.first(ENERGY)
    assert first
    assert first.amount == 0


def test_from_some_minute_on_is_not_where_a_session_begins() -> None:
    assert one(element("TIME", "6", min_duration=14_400)).first(TIME) is None


def test_a_part_before_which_another_always_holds_is_not_said() -> None:
    assert said(one(element("ENERGY", "0.5"), element("ENERGY", "0.6", max_kwh=5)), ENERGY) == [("0.5", None)]


def test_blocks_are_said_and_a_block_of_zero_is_as_the_meter_counts() -> None:
    price = one(element("ENERGY", "0.5", 0), element("TIME", "6", 900))
    assert [part.block for part in price.parts] == [1, 900]


def test_what_a_reservation_costs_is_no_part() -> None:
    price = one(element("TIME", "6", reservation="RESERVATION"), element("ENERGY", "0.5"))
    assert [part.component for part in price.parts] == [ENERGY]
