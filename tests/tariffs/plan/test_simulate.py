"""What a session costs by a plan, worked out by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.clock import parse_time
from app.settings import shipped
from app.tariffs.cost.facts import Phase, SessionFacts
from app.tariffs.plan.language import Plan
from app.tariffs.plan.reading import read_plan
from app.tariffs.plan.simulate import simulate

PLANS = shipped("config") / "plans"
MINUTE = 60_000


def plan(name: str) -> Plan:
    return read_plan(PLANS / f"{name}.yaml")


def session(start: str, charging: int, kwh: str, idle: int = 0) -> SessionFacts:
    at = parse_time(start)
    stop = at + charging * MINUTE
    phases = (Phase(at, stop, Decimal(kwh), True), Phase(stop, stop + idle * MINUTE, Decimal(0), False))
    return SessionFacts(at, stop + idle * MINUTE, phases)


def total(found: Plan, facts: SessionFacts, group: str | None = None) -> Decimal | None:
    cost = simulate(found, facts, found.time_zone, group)
    return cost.total.after_taxes if found.taxes.included else cost.total.before_taxes


@pytest.mark.parametrize(
    ("start", "charging", "idle", "euros"),
    [
        pytest.param("2027-01-04T09:00+01:00", 240, 0, "20.00", id="no fee within 240 minutes"),
        pytest.param("2027-01-04T09:00+01:00", 240, 60, "26.00", id="60 minutes of fee"),
        pytest.param("2027-01-04T09:00+01:00", 300, 0, "26.00", id="the fee runs while charging too"),
        pytest.param("2027-01-04T09:00+01:00", 240, 420, "32.00", id="at most 12 euros of fee"),
        pytest.param("2027-01-04T15:00+01:00", 240, 300, "26.00", id="nothing from 20:00 on"),
        pytest.param("2027-01-04T17:00+01:00", 240, 690, "23.00", id="goes on at 8:00 in the morning"),
    ],
)
def test_occupancy_after_240_minutes_except_at_night_and_capped(
    start: str, charging: int, idle: int, euros: str
) -> None:
    assert total(plan("city-occupancy"), session(start, charging, "40", idle)) == Decimal(euros)


@pytest.mark.parametrize(
    ("start", "group", "euros"),
    [
        pytest.param("2027-01-07T18:00+01:00", None, "8.40", id="winter peak on a Thursday: 10 × 0.79 + 0.50"),
        pytest.param("2027-04-01T18:00+02:00", None, "7.40", id="summer peak"),
        pytest.param("2027-01-09T18:00+01:00", None, "5.40", id="weekend"),
        pytest.param("2027-01-06T18:00+01:00", None, "5.40", id="Epiphany, a Wednesday and a holiday in Bavaria"),
        pytest.param("2027-01-07T12:00+01:00", None, "6.40", id="neither"),
        pytest.param("2027-01-07T19:30+01:00", None, "7.40", id="half in the peak"),
        pytest.param("2027-07-08T18:00+02:00", None, "6.70", id="after the change"),
        pytest.param("2027-06-30T23:50+02:00", None, "6.40", id="begun before the change"),
        pytest.param("2027-01-07T12:00+01:00", "contract", "4.90", id="contract"),
        pytest.param("2027-01-07T23:00+01:00", "contract", "3.90", id="contract at night"),
        pytest.param("2027-01-07T12:00+01:00", "gold", "4.41", id="10 percent off the energy of the contract"),
    ],
)
def test_peaks_seasons_holidays_changes_and_groups(start: str, group: str | None, euros: str) -> None:
    assert total(plan("peak-holidays"), session(start, 60, "10"), group) == Decimal(euros)


def test_energy_bands_are_marginal_and_started_100_wh_are_paid_whole() -> None:
    """20 × 0.49 + 5.1 × 0.45 + 0.29, with 25.03 kWh billed as 25.1."""
    assert total(plan("energy-bands"), session("2027-01-04T09:00+01:00", 120, "25.03")) == Decimal("12.39")


def test_the_price_follows_the_power_delivered() -> None:
    assert total(plan("energy-bands"), session("2027-01-04T09:00+01:00", 15, "30")) == Decimal("19.79")


def test_started_15_minutes_are_paid_whole_after_free_minutes() -> None:
    """50 minutes: 30 free, 20 paid and 10 more up to the hour, with 8.1 percent on top of 2.40."""
    cost = simulate(plan("started-blocks"), session("2027-01-04T09:00+01:00", 50, "9"), "Europe/Zurich")
    assert (cost.total.before_taxes, cost.total.after_taxes) == (Decimal("2.40"), Decimal("2.59"))


@pytest.mark.parametrize(("idle", "pounds"), [(10, "7.90"), (11, "8.10"), (85, "22.90"), (600, "22.90")])
def test_grace_after_charging_and_cap(idle: int, pounds: str) -> None:
    assert total(plan("idle-grace"), session("2027-01-04T09:00+00:00", 30, "10", idle)) == Decimal(pounds)


def test_taxes_of_the_place_are_not_known() -> None:
    cost = simulate(plan("north-america"), session("2027-01-04T12:00-06:00", 30, "10"), "America/Chicago")
    assert (cost.total.before_taxes, cost.total.after_taxes) == (Decimal("4.80"), None)


def test_the_hour_that_comes_twice_is_priced_by_the_clock_on_the_wall() -> None:
    """Clocks go back on 2027-11-07 at 2:00; from 8:30 to 9:30 local, half of it off-peak."""
    assert total(plan("north-america"), session("2027-11-07T08:30-06:00", 60, "10")) == Decimal("4.20")


def test_a_minimum_holds_for_the_whole_session() -> None:
    assert total(plan("energy-bands"), session("2027-01-04T09:00+01:00", 5, "0.1")) == Decimal("1.00")


def test_prices_outside_of_the_plan_are_refused() -> None:
    with pytest.raises(ValueError, match="not valid at 2028-01-01T00:00"):
        simulate(plan("peak-holidays"), session("2028-01-01T00:00+01:00", 5, "1"), "Europe/Berlin")
    with pytest.raises(ValueError, match="no group silver: known are gold"):
        simulate(plan("peak-holidays"), session("2027-01-04T00:00+01:00", 5, "1"), "Europe/Berlin", "silver")
    with pytest.raises(ValueError, match="no contract prices"):
        simulate(plan("idle-grace"), session("2027-01-04T00:00+01:00", 5, "1"), "Europe/London", "contract")
