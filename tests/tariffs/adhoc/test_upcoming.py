"""What is known ahead of the price of a connector."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.clock import Millis
from app.tariffs.adhoc import AdhocPrice, Component, adhoc_prices, upcoming
from tests.tariffs.adhoc.asking import NOON, Body, body, connector
from tests.tariffs.adhoc.test_properties import connectors
from tests.tariffs.examples import ZONE, at, element
from tests.tariffs.restricted import DATES

DAY: Millis = 86_400_000
SWITCH, GAP_ENDS = "2026-11-30T23:00:00Z", "2026-12-31T23:00:00Z"
OLD = body(element("ENERGY", "0.5"), id="old", end_date_time=SWITCH)
NEW = body(element("ENERGY", "0.6"), id="new", start_date_time=SWITCH)


def ahead(*tariffs: Body, until: str, when: str = NOON) -> list[tuple[Millis, list[Any]]]:
    """From when, and what a kWh costs then."""
    known = {tariff["id"]: tariff for tariff in tariffs}
    found = upcoming(connector(*tariffs), known, ZONE, at(when), at(until))
    return [(moment, [_energy(price) for price in prices]) for moment, prices in found]


def _energy(price: AdhocPrice) -> str:
    energy = price.first(Component.ENERGY)
    return str(energy.amount) if energy else ""


def test_the_price_now_comes_first_and_then_the_one_that_was_announced() -> None:
    assert ahead(OLD, NEW, until="2027-01-01T00:00") == [(at(NOON), ["0.5"]), (at(SWITCH), ["0.6"])]


def test_what_begins_at_the_end_of_the_time_asked_for_is_not_said() -> None:
    assert ahead(OLD, NEW, until="2026-12-01T00:00") == [(at(NOON), ["0.5"])]
    assert ahead(OLD, NEW, until=NOON) == []


def test_a_gap_between_tariffs_is_said_as_no_price() -> None:
    later = {**NEW, "start_date_time": GAP_ENDS}
    assert ahead(OLD, later, until="2027-01-02T00:00") == [
        (at(NOON), ["0.5"]),
        (at(SWITCH), []),
        (at(GAP_ENDS), ["0.6"]),
    ]


def test_windows_of_each_day_are_changes() -> None:
    evening = body(element("ENERGY", "0.7", start_time="17:00", end_time="20:00"), element("ENERGY", "0.5"))
    hours = [moment for moment, _ in ahead(evening, until="2026-11-24T20:01")]
    assert hours == [at(NOON), *(at(f"2026-11-{day}T{hour}:00") for day in (23, 24) for hour in (17, 20))]


@given(connectors(), DATES, st.integers(1, 10), st.data())
def test_between_the_moments_prices_are_those_of_that_time(
    asked: tuple[Body, dict[str, Body]], day: str, days: int, data: st.DataObject
) -> None:
    since = at(f"{day}T12:00")
    until = since + days * DAY
    found = upcoming(*asked, ZONE, since, until)
    moments = [moment for moment, _ in found]
    assert moments[0] == since
    assert moments == sorted(set(moments))
    for (moment, prices), ends in zip(found, [*moments[1:], until], strict=True):
        probe = data.draw(st.integers(moment, ends - 1))
        assert adhoc_prices(*asked, ZONE, probe) == prices
        assert adhoc_prices(*asked, ZONE, ends - 1) == prices
