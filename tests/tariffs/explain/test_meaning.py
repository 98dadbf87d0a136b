"""What is said means what the elements price: at any moment, energy, time and power the same amount."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.model.tariff import Tariff
from app.tariffs.adhoc.parts import components, price_of
from app.tariffs.conditions import Bounds, Condition
from app.tariffs.explain.of_tariff import SUBJECTS, said_of
from app.tariffs.explain.said import Charge, Item, Season, When
from app.tariffs.flatten.tariffs import flatten
from app.tariffs.plan.language import Plan
from app.tariffs.plan.public_holidays import is_holiday
from app.tariffs.rates import Rate, rates_of
from tests.price_plans import ZONE, plans
from tests.tariffs.explain.told import written

SETTINGS = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
LEAP_YEAR = 2024


@dataclass(frozen=True)
class Moment:
    local: datetime
    kwh: Decimal
    seconds: Decimal
    power: Decimal
    current: Decimal = Decimal(40)


moments = st.builds(
    Moment,
    st.integers(0, 365 * 24 * 12 - 1).map(lambda five: datetime(2027, 1, 1) + timedelta(minutes=5 * five)),  # noqa: DTZ001
    st.integers(0, 65).map(Decimal),
    st.integers(0, 405).map(lambda minute: Decimal(minute * 60)),
    st.integers(0, 205).map(Decimal),
)


def within(bounds: Bounds, value: Decimal) -> bool:
    low, high = bounds
    return (low is None or value >= low) and (high is None or value < high)


def volumes_hold(one: When | Condition, now: Moment) -> bool:
    return all(within(getattr(one, name), getattr(now, name)) for name in ("kwh", "seconds", "power", "current"))


def season_holds(season: Season, now: Moment) -> bool:
    on = now.local.date().replace(year=LEAP_YEAR)
    if season.first <= season.last:
        return season.first <= on <= season.last
    return on >= season.first or on <= season.last


def holds(when: When, now: Moment, *, planned: bool) -> bool:
    """Read as a person would, who knows that on public holidays just those named count."""
    on, minute = now.local.date(), now.local.hour * 60 + now.local.minute
    holiday = planned and is_holiday("DE", "BY", on)
    if when.days is not None and not (when.holidays if holiday else on.weekday() in when.days):
        return False
    spans = [begin <= minute < end if begin < end else minute >= begin or minute < end for begin, end in when.hours]
    dates = [begin <= on < end for begin, end in when.dates]
    in_season = when.season is None or season_holds(when.season, now)
    return (any(spans) or not spans) and (any(dates) or not dates) and in_season and volumes_hold(when, now)


def is_free_volume(charge: Charge) -> bool:
    """That the first kWh or minutes are free goes before all else, and is understood so."""
    first = {When(kwh=(None, when.kwh[1]), seconds=(None, when.seconds[1])) for when in charge.when}
    return not charge.price.amount and first == set(charge.when)


def said(item: Item, now: Moment, *, planned: bool) -> Decimal:
    found = [one for one in item.exceptions if any(holds(when, now, planned=planned) for when in one.when)]
    if not item.ordered and not (found and is_free_volume(found[0])):
        assert len({one.price.amount for one in found}) < 2, item
    if found:
        return found[0].price.amount
    assert not item.complete, item
    return item.base.price.amount if item.base else Decimal(0)


def priced(tariff: Tariff, rates: list[Rate], now: Moment) -> Decimal:
    fits = (rate for rate in rates if rate.when.holds_at(now.local) and volumes_hold(rate.when, now))
    return next((price_of(tariff, rate.component).amount for rate in fits), Decimal(0))


def check(tariff: Tariff, now: Moment) -> None:
    expected = {
        SUBJECTS[component, charging]: priced(tariff, rates, now)
        for component, charging, rates in components(tariff, rates_of(tariff))
    }
    for one in (tariff, tariff.model_copy(update={"plan": None})):
        items = {item.subject: item for item in said_of(one).items if not item.terms}
        for subject, amount in expected.items():
            if subject in items:
                told = said(items[subject], now, planned=one.plan is not None)
                assert round(told, 10) == round(amount, 10), (subject, one.plan)
            elif tariff.occupancy is None:
                assert not amount, subject


def valid(tariff: Tariff, now: Moment) -> bool:
    if not tariff.start_date_time or not tariff.end_date_time:
        return True
    return tariff.start_date_time <= now.local.replace(tzinfo=ZoneInfo(ZONE)) < tariff.end_date_time


@settings(max_examples=60, **SETTINGS)
@given(plan=plans(), at=st.lists(moments, min_size=5, max_size=5))
def test_any_plan_is_said_as_it_is_published(plan: Plan, at: list[Moment]) -> None:
    for one in flatten(plan):
        tariff = Tariff.model_validate(one.tariff)
        for now in at:
            if valid(tariff, now):
                check(tariff, now)


@pytest.mark.slow
@settings(max_examples=1000, **SETTINGS)
@given(plan=plans(), at=st.lists(moments, min_size=10, max_size=10))
def test_any_plan_is_said_as_it_is_published_at_length(plan: Plan, at: list[Moment]) -> None:
    for one in flatten(plan):
        tariff = Tariff.model_validate(one.tariff)
        for now in at:
            if valid(tariff, now):
                check(tariff, now)


@settings(max_examples=60, **SETTINGS)
@given(now=moments)
@example(now=Moment(datetime(2027, 1, 5, 18), kwh=Decimal(3), seconds=Decimal(0), power=Decimal(0)))  # noqa: DTZ001
def test_elements_are_said_as_they_price(now: Moment) -> None:
    for tariff in written():
        check(tariff, now)
