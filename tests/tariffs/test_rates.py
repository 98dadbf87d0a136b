"""A tariff by dimension, and the same as prices of which never two hold at once."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.model.enums import TariffDimensionType
from app.model.tariff import Tariff
from app.tariffs.conditions import ALWAYS, TIMES, Condition
from app.tariffs.rates import Exclusive, Rate, exclusive, is_covered, occasion_of, rates_of, reachable
from app.tariffs.windows import Situation, Window
from tests.tariffs.examples import element, priced, tariff
from tests.tariffs.restricted import CALENDAR, HOURS, VOLUMES, conditions, elements, holds, situations

ENERGY, FLAT = TariffDimensionType.ENERGY, TariffDimensionType.FLAT
PEAK = {"start_time": "17:00", "end_time": "20:00"}
WEEKLY = {**HOURS, "day_of_week": CALENDAR["day_of_week"]}
BY_ENERGY = elements(kinds=st.just("ENERGY"))


def energy(*made: dict[str, Any]) -> tuple[Rate, ...]:
    return rates_of(priced(*made)).get(ENERGY, ())


def parts(*made: dict[str, Any]) -> list[Exclusive]:
    return exclusive(energy(*made))


def first_match(tariff: Tariff, now: Situation) -> int | None:
    """Index of the element that prices energy, as the specification has it."""
    matching = (i for i, one in enumerate(tariff.elements) if Window.of(one.restrictions).holds(now))
    return next(matching, None)


def test_rates_come_by_dimension_in_the_order_of_the_elements() -> None:
    found = rates_of(priced(element("ENERGY", "0.5", **PEAK), element("FLAT", "1"), element("ENERGY", "0.4")))
    assert {dimension: [rate.element for rate in rates] for dimension, rates in found.items()} == {
        ENERGY: [0, 2],
        FLAT: [1],
    }


@pytest.mark.parametrize("only", [{"reservation": "RESERVATION"}, {"booking": "BOOKING"}])
def test_what_reservations_and_bookings_cost_is_left_out(only: dict[str, str]) -> None:
    assert rates_of(priced(element("FLAT", "5", **only), element("ENERGY", "0.4"))).keys() == {ENERGY}


def test_an_element_that_can_never_hold_has_no_rate() -> None:
    assert energy(element("ENERGY", "1", min_kwh=20, max_kwh=10), element("ENERGY", "0.4"))[0].element == 1


def test_a_window_past_midnight_is_one_rate_for_each_day() -> None:
    assert [rate.when.hours for rate in energy(element("ENERGY", "1", start_time="22:00", end_time="06:00"))] == [
        (0, 360),
        (1320, 1440),
    ]


@pytest.mark.parametrize(
    ("made", "kept"),
    [
        ([element("ENERGY", "0.4"), element("ENERGY", "1", **PEAK)], [0]),
        ([element("ENERGY", "1", **PEAK), element("ENERGY", "0.4")], [0, 1]),
        # Two halves of the day, or of the energy, leave nothing for a third.
        (
            [
                element("ENERGY", "1", end_time="12:00"),
                element("ENERGY", "2", start_time="12:00"),
                element("ENERGY", "3"),
            ],
            [0, 1],
        ),
        ([element("ENERGY", "1", max_kwh=10), element("ENERGY", "2", min_kwh=10), element("ENERGY", "3")], [0, 1]),
        (
            [
                element("ENERGY", "1", end_date="2026-04-01"),
                element("ENERGY", "2", start_date="2026-04-01"),
                element("ENERGY", "3"),
            ],
            [0, 1],
        ),
        ([element("ENERGY", "1", max_kwh=10), element("ENERGY", "2", min_kwh=11), element("ENERGY", "3")], [0, 1, 2]),
    ],
)
def test_a_rate_before_which_others_always_hold_is_never_reached(made: list[dict[str, Any]], kept: list[int]) -> None:
    assert [rate.element for rate in reachable(energy(*made))] == kept


def test_a_price_by_exception_says_the_calendar_of_the_exception() -> None:
    peak, rest = parts(element("ENERGY", "1", **PEAK), element("ENERGY", "0.4"))
    assert (peak.when.hours, peak.excepted) == ((1020, 1200), ())
    assert rest.when == ALWAYS
    assert [one.hours for one in rest.excepted] == [(1020, 1200)]
    assert [one.hours for one in rest.conditions()] == [(0, 1020), (1200, 1440)]


def test_bands_of_energy_exclude_each_other_by_their_bounds() -> None:
    first, later = parts(element("ENERGY", "1", max_kwh=10), element("ENERGY", "0.4"))
    assert (first.when.kwh, later.when.kwh) == ((None, Decimal(10)), (Decimal(10), None))
    assert not later.excepted


def test_a_year_of_dated_prices_is_made_exclusive_in_little_time() -> None:
    days = [(date(2026, 1, 1) + timedelta(day)).isoformat() for day in range(366)]
    dated = [
        element("ENERGY", str(index), start_date=begin, end_date=end)
        for index, (begin, end) in enumerate(pairwise(days), 1)
    ]
    found = parts(*dated, element("ENERGY", "0.4"))
    assert len(found) == len(dated) + 1
    assert len(found[-1].conditions()) == 2
    assert len(reachable(energy(*dated, element("ENERGY", "0.4")))) == len(found)


@given(BY_ENERGY, situations())
def test_exclusive_rates_price_every_situation_as_the_first_match_does(
    made: list[dict[str, Any]], now: Situation
) -> None:
    expected = first_match(priced(*made), now)
    said = [
        part.rate.element
        for part in parts(*made)
        if holds(part.when, now) and not any(holds(one, now) for one in part.excepted)
    ]
    as_boxes = [part.rate.element for part in parts(*made) for one in part.conditions() if holds(one, now)]
    assert said == as_boxes == ([] if expected is None else [expected])


@given(BY_ENERGY)
def test_exceptions_are_of_the_calendar_and_within_the_condition(made: list[dict[str, Any]]) -> None:
    for part in parts(*made):
        assert part.conditions()
        assert all(one == one.of_axes(TIMES) and one.within(part.when, TIMES) for one in part.excepted)


@given(BY_ENERGY, situations())
def test_dropping_what_is_never_reached_changes_no_price(made: list[dict[str, Any]], now: Situation) -> None:
    kept = [rate.element for rate in reachable(energy(*made)) if holds(rate.when, now)]
    expected = first_match(priced(*made), now)
    assert kept[:1] == ([] if expected is None else [expected])


@given(st.lists(conditions(), max_size=4), conditions(), situations())
def test_where_a_condition_is_covered_one_of_the_others_holds(
    others: list[Condition], condition: Condition, now: Situation
) -> None:
    if is_covered(condition, others) and holds(condition, now):
        assert any(holds(other, now) for other in others)


@given(st.lists(conditions({**WEEKLY, **VOLUMES}), max_size=4), conditions({**WEEKLY, **VOLUMES}))
def test_where_it_is_not_there_is_a_situation_in_which_none_does(others: list[Condition], condition: Condition) -> None:
    left = [condition]
    for other in others:
        left = [rest for one in left for rest in one.minus(other)]
    assert is_covered(condition, others) == (not left)


def prices(*made: dict[str, Any]) -> list[str]:
    rates = rates_of(priced(*made))
    return [str(rate.component.price) for of_one in rates.values() for rate in reachable(of_one)]


def test_days_and_a_band_hide_what_comes_after_together() -> None:
    week = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"]
    parts = (
        element("TIME", "1", max_current=32),
        element("TIME", "2", min_current=32, day_of_week=week),
        element("TIME", "3", min_current=32, day_of_week=["SATURDAY", "SUNDAY"]),
    )
    assert prices(*parts, element("TIME", "4")) == ["1", "2", "3"]
    assert prices(*parts[:2], element("TIME", "4")) == ["1", "2", "4"]


def test_dates_that_end_leave_the_price_after_them() -> None:
    dated = [element("ENERGY", "0.3", start_date="2027-01-01", end_date="2028-01-01")]
    assert prices(*dated, element("ENERGY", "0.5")) == ["0.3", "0.5"]
    dated += [element("ENERGY", "0.4", start_date="2028-01-01"), element("ENERGY", "0.2", end_date="2027-01-01")]
    assert prices(*dated, element("ENERGY", "0.5")) == ["0.3", "0.4", "0.2"]


def test_what_a_reservation_costs_is_asked_for_apart() -> None:
    found = tariff("expiry-fee")
    occasions = [occasion_of(one) for one in found.elements]
    assert {None, "RESERVATION_EXPIRES"} <= set(occasions)
    assert rates_of(found)[TariffDimensionType.ENERGY]
    (rate,) = rates_of(found, "RESERVATION_EXPIRES")[TariffDimensionType.FLAT]
    assert occasions[rate.element] == "RESERVATION_EXPIRES"
