"""Restrictions at an instant, by the wall clock of the location."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clock import from_millis
from app.model.tariff import TariffRestrictions
from app.tariffs.windows import Situation, Window, clock_changes
from tests.tariffs.examples import at

BERLIN = ZoneInfo("Europe/Berlin")


def window(**restrictions: Any) -> Window:
    return Window.of(TariffRestrictions.model_validate(restrictions))


def situation(local: str = "2026-11-23T12:00", **known: Any) -> Situation:
    return Situation(from_millis(at(local)).astimezone(BERLIN), **known)


@pytest.mark.parametrize(
    ("restrictions", "local", "holds"),
    [
        ({"start_time": "09:00", "end_time": "18:00"}, "2026-11-23T09:00", True),
        ({"start_time": "09:00", "end_time": "18:00"}, "2026-11-23T18:00", False),
        ({"start_time": "20:00"}, "2026-11-23T23:59", True),
        ({"start_time": "20:00"}, "2026-11-24T00:00", False),
        ({"start_time": "20:00", "end_time": "00:00"}, "2026-11-23T23:59", True),
        ({"end_time": "06:00"}, "2026-11-23T00:00", True),
        ({"start_time": "20:00", "end_time": "06:00"}, "2026-11-24T05:59", True),
        ({"start_time": "20:00", "end_time": "06:00"}, "2026-11-24T06:00", False),
        ({"start_time": "08:00", "end_time": "08:00"}, "2026-11-24T03:00", True),
        ({"start_date": "2026-12-24", "end_date": "2026-12-27"}, "2026-12-24T00:00", True),
        ({"start_date": "2026-12-24", "end_date": "2026-12-27"}, "2026-12-23T23:59", False),
        ({"start_date": "2026-12-24", "end_date": "2026-12-27"}, "2026-12-27T00:00", False),
        ({"day_of_week": ["MONDAY"]}, "2026-11-23T23:59", True),
        ({"day_of_week": ["MONDAY"]}, "2026-11-24T00:00", False),
        # Friday night of a window over midnight ends with Friday (ocpi-tariffs#64).
        ({"day_of_week": ["FRIDAY"], "start_time": "20:00", "end_time": "06:00"}, "2026-11-28T05:00", False),
        ({"day_of_week": ["FRIDAY"], "start_time": "20:00", "end_time": "06:00"}, "2026-11-27T05:00", True),
        # A daily window inside a range of dates, not one span (ocpi#499).
        ({"start_date": "2026-11-01", "end_date": "2026-12-01", "start_time": "09:00"}, "2026-11-23T08:00", False),
    ],
)
def test_times_days_and_dates_hold_by_the_local_clock(restrictions: dict[str, Any], local: str, holds: bool) -> None:
    assert window(**restrictions).holds(situation(local)) is holds


@pytest.mark.parametrize("name", ["kwh", "current", "power", "duration"])
def test_minimum_is_inclusive_and_maximum_exclusive(name: str) -> None:
    known = {"kwh": "kwh", "current": "current_a", "power": "power_kw", "duration": "seconds"}[name]
    band = window(**{f"min_{name}": 10, f"max_{name}": 20})
    held = [band.holds(situation(**{known: Fraction(value)})) for value in (9, 10, 19, 20)]
    assert held == [False, True, True, False]


def test_what_is_not_known_is_read_as_the_lowest() -> None:
    assert window(max_current=32).holds(situation())
    assert not window(min_current=32).holds(situation())
    assert window(min_current=0).holds(situation())
    assert not window(max_current=0).holds(situation())


def test_a_reservation_is_priced_by_its_own_elements_and_by_no_other() -> None:
    reserved = situation(reservation="RESERVATION")
    assert window(reservation="RESERVATION").holds(reserved)
    assert not window(reservation="RESERVATION").holds(situation())
    assert not window().holds(reserved)


def test_a_booking_is_no_session() -> None:
    assert not window(booking="BOOKING").holds(situation())


def test_a_window_in_the_hour_that_is_left_out_never_opens() -> None:
    night = window(start_time="02:00", end_time="03:00")
    since, until = at("2026-03-29T00:00"), at("2026-03-29T06:00")
    moments = [since, *clock_changes([night], BERLIN, since, until)]
    assert not any(night.holds_at(from_millis(moment).astimezone(BERLIN)) for moment in moments)


def test_a_window_in_the_hour_that_comes_twice_opens_twice() -> None:
    half = window(start_time="02:15", end_time="02:45")
    since, until = at("2026-10-25T00:00"), at("2026-10-25T06:00")
    moments = [since, *clock_changes([half], BERLIN, since, until), until]
    open_for = [
        (following - moment) // 60_000
        for moment, following in pairwise(moments)
        if half.holds_at(from_millis(moment).astimezone(BERLIN))
    ]
    assert sum(open_for) == 60


def test_the_clock_put_forward_opens_the_window_that_has_begun_by_then() -> None:
    # 02:00 becomes 03:00: a window from 02:30 opens at that moment.
    late = window(start_time="02:30", end_time="12:00")
    since, until = at("2026-03-29T00:00"), at("2026-03-29T06:00")
    opens = next(
        moment
        for moment in clock_changes([late], BERLIN, since, until)
        if late.holds_at(from_millis(moment).astimezone(BERLIN))
    )
    assert opens == at("2026-03-29T01:00Z")


ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])
TIMES = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))


@given(ZONES, TIMES, TIMES, st.sampled_from([[], ["SUNDAY"], ["MONDAY", "SATURDAY"]]), st.integers(0, 365 * 24))
def test_between_two_changes_a_window_stays_as_it_is(
    zone: str, start: str, end: str, days: list[str], hour: int
) -> None:
    place = ZoneInfo(zone)
    asked = window(start_time=start, end_time=end, day_of_week=days)
    since = at("2026-01-01T00:00Z") + hour * 3_600_000
    until = since + 30 * 3_600_000
    bounds = [since, *clock_changes([asked], place, since, until), until]
    for begin, following in pairwise(bounds):
        probes = {begin, (begin + following) // 2, max(begin, following - 60_000), following - 1}
        assert len({asked.holds_at(from_millis(probe).astimezone(place)) for probe in probes}) == 1
