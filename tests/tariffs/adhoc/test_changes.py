"""Since when a price is so, and when it will next be otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tariffs.adhoc.asking import one
from tests.tariffs.examples import ZONE, at, element

NEW_YORK = "America/New_York"
PEAK = {"start_time": "17:00", "end_time": "20:00"}
LIMITED = {"start_date_time": "2026-06-01T00:00:00Z", "end_date_time": "2027-01-01T00:00:00Z"}


def span(when: str, zone: str = ZONE, **restrictions: Any) -> tuple[int | None, int | None]:
    price = one(element("ENERGY", "0.7", **restrictions), element("ENERGY", "0.5"), when=when, zone=zone)
    return price.valid_from, price.next_change


@pytest.mark.parametrize(
    ("restrictions", "when", "since", "until"),
    [
        (PEAK, "2026-11-23T12:00", "2026-11-22T20:00", "2026-11-23T17:00"),
        (PEAK, "2026-11-23T17:00", "2026-11-23T17:00", "2026-11-23T20:00"),
        # From Friday evening to Monday evening.
        ({**PEAK, "day_of_week": ["MONDAY", "FRIDAY"]}, "2026-11-21T12:00", "2026-11-20T20:00", "2026-11-23T17:00"),
        ({"day_of_week": ["SUNDAY"]}, "2026-11-23T12:00", "2026-11-23T00:00", "2026-11-29T00:00"),
        ({"start_date": "2027-05-01", "end_date": "2027-05-03"}, "2026-11-23T12:00", None, "2027-05-01T00:00"),
        (
            {"start_date": "2027-05-01", "end_date": "2027-05-03"},
            "2027-05-02T12:00",
            "2027-05-01T00:00",
            "2027-05-03T00:00",
        ),
        ({"start_date": "2027-05-01", "end_date": "2027-05-03"}, "2028-05-02T12:00", "2027-05-03T00:00", None),
        ({"start_date": "2027-05-01", **PEAK}, "2026-11-23T12:00", None, "2027-05-01T17:00"),
        ({"end_date": "2026-05-01", **PEAK}, "2026-11-23T12:00", "2026-04-30T20:00", None),
        # The first weekday that counts comes days after the date from which it does.
        ({"start_date": "2026-11-30", "day_of_week": ["SUNDAY"]}, "2026-11-23T12:00", None, "2026-12-06T00:00"),
        ({"end_date": "2026-11-23", "day_of_week": ["MONDAY"]}, "2026-11-29T12:00", "2026-11-17T00:00", None),
        # The date itself changes nothing.
        ({"end_time": "00:00"}, "2026-11-23T12:00", None, None),
        ({"max_kwh": 10}, "2026-11-23T12:00", None, None),
    ],
)
def test_a_price_lasts_as_long_as_the_wall_clock_says_the_same(
    restrictions: dict[str, Any], when: str, since: str | None, until: str | None
) -> None:
    assert span(when, **restrictions) == (since and at(since), until and at(until))


@pytest.mark.parametrize(
    ("zone", "restrictions", "when", "since", "until"),
    [
        # 02:00 becomes 03:00: what begins at 02:30 begins then.
        (
            ZONE,
            {"start_time": "02:30", "end_time": "12:00"},
            "2026-03-29T01:00",
            "2026-03-28T12:00",
            "2026-03-29T03:00",
        ),
        (
            NEW_YORK,
            {"start_time": "02:30", "end_time": "12:00"},
            "2026-03-08T01:00",
            "2026-03-07T12:00",
            "2026-03-08T03:00",
        ),
        # 03:00 becomes 02:00: 02:30 comes twice, in Berlin at 00:30 and 01:30 UTC.
        (ZONE, {"end_time": "02:30"}, "2026-10-25T01:00", "2026-10-25T00:00", "2026-10-25T00:30+00:00"),
        (ZONE, {"end_time": "02:30"}, "2026-10-25T00:45+00:00", "2026-10-25T00:30+00:00", "2026-10-25T01:00+00:00"),
        (ZONE, {"end_time": "02:30"}, "2026-10-25T01:00+00:00", "2026-10-25T01:00+00:00", "2026-10-25T01:30+00:00"),
        # 02:00 becomes 01:00 in New York, at 06:00 UTC.
        (NEW_YORK, {"end_time": "01:30"}, "2026-11-01T06:15+00:00", "2026-11-01T06:00+00:00", "2026-11-01T06:30+00:00"),
        # The only hour of the week in which it holds is the one left out.
        (
            ZONE,
            {"start_time": "02:00", "end_time": "03:00", "day_of_week": ["SUNDAY"]},
            "2026-03-23T00:00",
            "2026-03-22T03:00",
            "2026-04-05T02:00",
        ),
        (
            ZONE,
            {"start_time": "02:00", "end_time": "03:00", "day_of_week": ["SUNDAY"]},
            "2026-04-04T00:00",
            "2026-03-22T03:00",
            "2026-04-05T02:00",
        ),
    ],
)
def test_on_the_days_on_which_clocks_are_moved(
    zone: str, restrictions: dict[str, Any], when: str, since: str, until: str
) -> None:
    assert span(when, zone, **restrictions) == (at(since, zone), at(until, zone))


def test_the_next_window_is_found_years_before_it_opens_for_the_first_time() -> None:
    assert span("2026-11-23T12:00", start_date="2031-01-01", day_of_week=["SUNDAY"])[1] == at("2031-01-05T00:00")


def test_a_window_that_costs_the_same_is_no_change_of_price() -> None:
    price = one(element("ENERGY", "0.5", **PEAK), element("ENERGY", "0.5"))
    assert (price.valid_from, price.next_change) == (None, None)


def test_a_price_lasts_no_longer_than_its_tariff() -> None:
    plain = one(element("ENERGY", "0.5"), **LIMITED)
    assert (plain.valid_from, plain.next_change) == (at("2026-06-01T00:00Z"), at("2027-01-01T00:00Z"))
    last = one(element("ENERGY", "0.7", **PEAK), element("ENERGY", "0.5"), when="2026-12-31T22:00", **LIMITED)
    assert (last.valid_from, last.next_change) == (at("2026-12-31T20:00"), at("2027-01-01T00:00Z"))


def test_the_night_in_which_an_occupancy_fee_does_not_run_is_a_change() -> None:
    fee = element("PARKING_TIME", "6", start_time="06:00", end_time="22:00")
    price = one(element("ENERGY", "0.5"), fee)
    assert (price.valid_from, price.next_change) == (at("2026-11-23T06:00"), at("2026-11-23T22:00"))


def test_a_window_that_the_connector_has_no_power_for_is_no_change() -> None:
    fast = element("ENERGY", "0.7", min_power=50, **PEAK)
    assert one(fast, element("ENERGY", "0.5"), kw=22).next_change is None
    assert one(fast, element("ENERGY", "0.5"), kw=150).next_change == at("2026-11-23T17:00")
