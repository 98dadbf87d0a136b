"""Conditions as periods and periods as conditions."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.clock import parse_time
from app.formats.datex2.calendar import UnreadablePeriod, conditions_of, periods_of
from app.formats.datex2.periods import Days, Period, SpecialDay
from app.tariffs.conditions import ALWAYS, Condition

BERLIN = ZoneInfo("Europe/Berlin")
AT = parse_time("2027-03-03T12:00:00Z")


def back(*conditions: Condition) -> list[Condition]:
    return [found for period in periods_of(conditions, BERLIN) for found in conditions_of(period, BERLIN, AT)]


@pytest.mark.parametrize(
    "conditions",
    [
        (Condition(hours=(480, 1200)),),
        (Condition(days=frozenset({0, 4}), hours=(1020, 1440)),),
        (Condition(dates=(date(2027, 3, 28), date(2027, 10, 31))),),
        (Condition(hours=(0, 360)), Condition(hours=(1320, 1440))),
        (Condition(days=frozenset({5}), hours=(0, 360)), Condition(days=frozenset({5}), hours=(1320, 1440))),
        (Condition(dates=(date.min, date(2027, 5, 1))), Condition(hours=(60, 120))),
    ],
)
def test_a_condition_is_the_same_after_it_was_a_period(conditions):
    assert set(back(*conditions)) == set(conditions)


def test_what_holds_always_needs_no_period():
    assert periods_of([Condition(hours=(0, 60)), ALWAYS], BERLIN) == ()


def test_the_last_second_is_the_end_of_the_day():
    period = Period(
        start=datetime(2027, 5, 1, tzinfo=BERLIN),
        end=datetime(2027, 5, 3, 23, 59, 59, tzinfo=BERLIN),
        hours=((72_000, 86_399),),
    )
    assert conditions_of(period, BERLIN, AT) == [
        Condition(hours=(1200, 1440), dates=(date(2027, 5, 1), date(2027, 5, 4)))
    ]


def test_parts_of_a_day_are_hours_of_that_day():
    period = Period(start=datetime(2027, 5, 1, 12, tzinfo=BERLIN), end=datetime(2027, 5, 3, 6, tzinfo=BERLIN))
    assert set(conditions_of(period, BERLIN, AT)) == {
        Condition(hours=(720, 1440), dates=(date(2027, 5, 1), date(2027, 5, 2))),
        Condition(dates=(date(2027, 5, 2), date(2027, 5, 3))),
        Condition(hours=(0, 360), dates=(date(2027, 5, 3), date(2027, 5, 4))),
    }


def test_what_has_ended_is_left_out():
    assert conditions_of(Period(end=datetime(2027, 3, 1, tzinfo=BERLIN)), BERLIN, AT) == []


def test_months_are_dates_of_this_year_and_the_next():
    found = conditions_of(Period(days=(Days(months=frozenset({12})),)), BERLIN, AT)
    assert [one.dates[0] for one in found] == [date(2027, 12, 1), date(2028, 12, 1), date(2029, 12, 1)]


def test_special_days_stand_for_no_dates():
    with pytest.raises(UnreadablePeriod, match="publicHoliday"):
        conditions_of(Period(special_days=(SpecialDay("publicHoliday", intersects=False),)), BERLIN, AT)
