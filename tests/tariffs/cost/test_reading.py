"""Session facts from OCPI records."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app.errors import PricingError
from app.model.enums import ReservationRestrictionType
from app.model.session import ChargingPeriod
from app.tariffs.cost import SessionFacts
from app.tariffs.cost.reading import from_periods, plain
from tests.tariffs.examples import at

NINE, TEN, ELEVEN = (at(f"2026-11-23T{hour:02}:00Z") for hour in (9, 10, 11))


def period(time: str, **dimensions: Any) -> ChargingPeriod:
    made = [{"type": name, "volume": Decimal(str(volume))} for name, volume in dimensions.items()]
    return ChargingPeriod.model_validate({"start_date_time": f"2026-11-23T{time}:00Z", "dimensions": made})


def spans(facts: SessionFacts) -> list[tuple[int, int, bool]]:
    minute = 60_000
    return [((one.since - NINE) // minute, (one.until - NINE) // minute, one.charging) for one in facts.phases]


def test_a_period_lasts_until_the_next_and_the_last_until_the_end() -> None:
    facts = from_periods(NINE, TEN, [period("09:00", ENERGY=8, TIME=0.75), period("09:45", PARKING_TIME=0.25)])
    assert spans(facts) == [(0, 45, True), (45, 60, False)]
    assert facts.kwh == 8
    assert facts.notes == ()


def test_a_period_that_charged_and_parked_is_split_by_its_times() -> None:
    facts = from_periods(NINE, TEN, [period("09:00", ENERGY=8, TIME=0.5, PARKING_TIME=0.5)])
    assert spans(facts) == [(0, 30, True), (30, 60, False)]
    assert [phase.kwh for phase in facts.phases] == [8, 0]


def test_a_period_without_times_is_charging() -> None:
    assert spans(from_periods(NINE, TEN, [period("09:00", MAX_CURRENT=16)])) == [(0, 60, True)]


def test_a_reservation_lies_before_the_session() -> None:
    facts = from_periods(NINE, ELEVEN, [period("09:00", RESERVATION_TIME=1), period("10:00", TIME=1, ENERGY=5)])
    assert facts.start == TEN
    assert facts.phases[0].reservation is ReservationRestrictionType.RESERVATION


def test_a_reservation_that_no_session_followed_has_expired() -> None:
    facts = from_periods(NINE, TEN, [period("09:00", RESERVATION_TIME=1)])
    assert facts.phases[0].reservation is ReservationRestrictionType.RESERVATION_EXPIRES
    assert facts.start == facts.end == TEN


def test_energy_that_no_period_tells_is_spread_over_the_charging_time() -> None:
    periods = [period("09:00", TIME=0.25), period("09:15", TIME=0.25), period("09:30", PARKING_TIME=0.5)]
    facts = from_periods(NINE, TEN, periods, Decimal(10))
    assert [phase.kwh for phase in facts.phases] == [5, 5, 0]
    assert any("spread" in note for note in facts.notes)


@pytest.mark.parametrize(
    ("dimensions", "current", "power"),
    [
        ({"CURRENT": 20, "MAX_CURRENT": 32}, 20, None),
        ({"MIN_CURRENT": 10, "MAX_CURRENT": 32}, 21, None),
        ({"MAX_CURRENT": 16}, 16, None),
        ({"POWER": 11, "ENERGY": 3}, None, 11),
        ({"MAX_POWER": 22, "ENERGY": 3}, None, None),
        ({"MAX_POWER": 22}, None, 22),
    ],
)
def test_current_and_power_are_the_mean_or_the_middle(
    dimensions: dict[str, Any], current: int | None, power: int | None
) -> None:
    (phase,) = from_periods(NINE, TEN, [period("09:00", **dimensions)]).phases
    assert (phase.current_a, phase.power_kw) == (current, power)


@pytest.mark.parametrize(
    ("periods", "kwh", "says"),
    [
        ([period("09:00", ENERGY=8)], 9, "add up to 8 kWh"),
        ([period("09:00", ENERGY=-1)], None, "given back"),
        ([period("09:00", TIME=3)], None, "differ from the clock"),
        ([period("09:30", TIME=0.5)], None, "begins after the session"),
        ([], 4, "no charging periods"),
        ([period("09:00", PARKING_TIME=1)], 4, "without charging time"),
    ],
)
def test_what_the_record_leaves_open_is_noted(periods: list[ChargingPeriod], kwh: int | None, says: str) -> None:
    facts = from_periods(NINE, TEN, periods, None if kwh is None else Decimal(kwh))
    assert any(says in note for note in facts.notes)


@pytest.mark.parametrize(
    ("start", "end", "periods"),
    [
        (TEN, NINE, []),
        (NINE, TEN, [period("09:30", TIME=1), period("09:00", TIME=1)]),
        (NINE, ELEVEN, [period("09:00", TIME=1), period("10:00", RESERVATION_TIME=1)]),
    ],
)
def test_times_that_contradict_each_other_are_refused(start: int, end: int, periods: list[ChargingPeriod]) -> None:
    with pytest.raises(PricingError):
        from_periods(start, end, periods)


def test_three_figures_make_a_session() -> None:
    facts = plain(NINE, Decimal(30), Decimal(45), parked_minutes=Decimal(15))
    assert spans(facts) == [(0, 45, True), (45, 60, False)]
    with pytest.raises(PricingError):
        plain(NINE, Decimal(-1), Decimal(45))
