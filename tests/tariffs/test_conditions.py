"""Conditions are sets of moments and volumes: what is made of two holds just when it should."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.model.tariff import TariffRestrictions
from app.tariffs.conditions import ALWAYS, TIMES, VOLUMES, Condition, reachable, summed, without_idle_end
from app.tariffs.windows import Situation, Window
from tests.tariffs.restricted import conditions, holds, restrictions, situations

AXES = st.sampled_from([TIMES, VOLUMES, (*TIMES, *VOLUMES), ("hours",), ("kwh", "power")])
PEAK = Condition(hours=(17 * 60, 20 * 60))
SATURDAY = Condition(days=frozenset({5}))
FIRST_KWH = Condition(kwh=(None, Decimal(10)))
LATER = Condition(kwh=(Decimal(10), None))
ONE, TWO, NOTHING = Decimal(1), Decimal(2), Decimal(0)


def condition(**said: Any) -> tuple[Condition, ...]:
    return Condition.of(TariffRestrictions.model_validate(said))


def test_no_restriction_holds_always() -> None:
    assert Condition.of(None) == condition() == (ALWAYS,)


def test_hours_past_midnight_are_cut_there_so_that_the_weekday_stays_clear() -> None:
    friday = frozenset({4})
    night = condition(day_of_week=["FRIDAY"], start_time="22:00", end_time="06:00")
    assert night == (Condition(days=friday, hours=(0, 360)), Condition(days=friday, hours=(1320, 1440)))


@pytest.mark.parametrize(
    "said", [{"start_time": "08:00", "end_time": "08:00"}, {"start_time": "00:00"}, {"end_time": "00:00"}]
)
def test_hours_that_end_when_they_begin_are_the_whole_day(said: dict[str, str]) -> None:
    assert condition(**said) == (ALWAYS,)


@pytest.mark.parametrize(
    "said",
    [
        {"start_date": "2026-04-02", "end_date": "2026-04-01"},
        {"start_date": "2026-04-01", "end_date": "2026-04-01"},
        {"min_kwh": 20, "max_kwh": 10},
        {"max_power": 0},
        {"min_duration": 60, "max_duration": 60},
    ],
)
def test_what_can_never_hold_is_no_condition(said: dict[str, Any]) -> None:
    assert condition(**said) == ()


def test_hours_days_and_dates_are_those_of_the_wall_clock() -> None:
    winter = Condition(days=frozenset({0}), hours=(540, 1080), dates=(date(2026, 11, 1), date(2026, 12, 1)))
    assert [
        winter.holds_at(datetime.fromisoformat(text))
        for text in ("2026-11-23T09:00", "2026-11-23T18:00", "2026-11-24T09:00", "2026-12-07T09:00")
    ] == [True, False, False, False]


def test_a_price_on_a_public_holiday_asks_for_no_weekday() -> None:
    christmas = (date(2026, 12, 25), date(2026, 12, 27))
    assert Condition(days=frozenset({0}), hours=(0, 60)).on(christmas) == Condition(hours=(0, 60), dates=christmas)


@given(restrictions(), situations())
def test_one_condition_holds_just_when_the_restrictions_do(said: TariffRestrictions, now: Situation) -> None:
    assert sum(holds(one, now) for one in Condition.of(said)) == Window.of(said).holds(now)


@given(conditions())
def test_restrictions_say_the_condition(one: Condition) -> None:
    assert condition(**one.restrictions() or {}) == (one,)


@given(conditions(), conditions(), situations())
def test_both_holds_when_each_does(one: Condition, other: Condition, now: Situation) -> None:
    common = one.both(other)
    assert (common is not None and holds(common, now)) == (holds(one, now) and holds(other, now))


@given(conditions(), conditions())
def test_two_conditions_meet_where_both_can_hold(one: Condition, other: Condition) -> None:
    assert one.meets(other) == other.meets(one) == (one.both(other) is not None)


@given(conditions(), conditions(), AXES, situations())
def test_minus_holds_where_one_does_and_the_other_does_not(
    one: Condition, other: Condition, axes: tuple[str, ...], now: Situation
) -> None:
    held = sum(holds(part, now) for part in one.minus(other, axes))
    assert held == (holds(one, now) and not holds(other.of_axes(axes), now))


@given(conditions(), conditions(), AXES)
def test_within_means_that_nothing_is_left_without_the_other(
    one: Condition, other: Condition, axes: tuple[str, ...]
) -> None:
    assert one.within(other, axes) == (one.minus(other, axes) == [])


@given(conditions(), conditions(), conditions(), situations())
def test_the_order_of_both_and_minus_does_not_matter(a: Condition, b: Condition, c: Condition, now: Situation) -> None:
    minus_first = [found for part in a.minus(c) if (found := part.both(b))]
    both_first = common.minus(c) if (common := a.both(b)) else []
    assert sum(holds(part, now) for part in minus_first) == sum(holds(part, now) for part in both_first)


@given(conditions(), situations())
def test_without_its_calendar_or_its_volumes_a_condition_holds_more_often(one: Condition, now: Situation) -> None:
    times, volumes = holds(one.of_axes(TIMES), now), holds(one.of_axes(VOLUMES), now)
    assert (times and volumes) == holds(one, now)
    assert times == one.holds_at(now.local)


def test_the_sum_of_two_prices_has_one_for_each_pair_that_can_hold() -> None:
    assert summed([(FIRST_KWH, ONE), (ALWAYS, NOTHING)], [(LATER, TWO), (ALWAYS, ONE)]) == [
        (FIRST_KWH, TWO),
        (LATER, TWO),
        (ALWAYS, ONE),
    ]


@pytest.mark.parametrize(
    ("rules", "kept"),
    [
        ([(PEAK, ONE), (ALWAYS, TWO), (SATURDAY, ONE)], 2),
        ([(PEAK, ONE), (PEAK, TWO), (SATURDAY, ONE)], 2),
        ([(PEAK, ONE), (SATURDAY, TWO)], 2),
    ],
)
def test_a_rule_that_comes_again_or_after_what_holds_always_is_never_reached(
    rules: list[tuple[Condition, Decimal]], kept: int
) -> None:
    assert len(reachable(rules)) == kept


def test_a_price_of_nothing_at_the_end_needs_no_element() -> None:
    rules = [(PEAK, ONE), (SATURDAY, NOTHING), (ALWAYS, NOTHING)]
    assert without_idle_end(rules) == [(PEAK, ONE)]
    assert without_idle_end(rules, whole=True) == rules
    assert without_idle_end([(ALWAYS, NOTHING)], whole=True) == []
