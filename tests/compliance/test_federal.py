"""Whom the rules of America are about, what follows from other fields, and what is open."""

from __future__ import annotations

from typing import Any

import pytest

from app.compliance.catalogue import catalogue
from app.compliance.judging import RuleBook, judged
from app.compliance.rule import State
from app.tariffs.adhoc import PriceBook
from tests.compliance.sites import AT, Body, federal, federal_tariff, location, seen, site

RULES = {rule.code: rule for name in catalogue().regimes for rule in catalogue().rules(name)}
EVERY = [f"evses[{at}].federally_funded" for at in range(4)]


def states(code: str, changes: dict[str, Any], tariff: Body | None = None) -> list[tuple[State, str]]:
    tariffs = {"DAY": tariff or federal_tariff()}
    return [(one.state, one.what) for one in seen(RULES[code], site(location(changes, federal()), tariffs=tariffs))]


def regimes(changes: dict[str, Any]) -> set[str]:
    of = site(location(changes, federal()), tariffs={"DAY": federal_tariff()})
    found = judged(of.sourced, RuleBook([]), AT, PriceBook())
    return {answer.rule.regime for answer in found.answers} if found else set()


def test_a_port_that_no_federal_money_paid_for_is_not_asked() -> None:
    assert len(states("nevi-trailer", {})) == 3
    assert states("nevi-street", dict.fromkeys(EVERY, False) | {"address": None}) == []


def test_where_nobody_says_who_paid_what_is_missing_is_open() -> None:
    changes = dict.fromkeys(EVERY) | {"funding": None, "station_status": None, "state": "Bavaria"}
    ((state, what),) = states("nevi-station-status", changes)
    assert (state, what) == (State.UNDECIDED, "whether federal funds paid for it is not said: then it must be")
    assert states("nevi-state", changes)[0][0] is State.IMPLAUSIBLE


def test_funding_of_the_station_is_that_of_its_ports_unless_they_say_otherwise() -> None:
    assert len(states("nevi-trailer", dict.fromkeys(EVERY))) == 4


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, {"nevi", "california", "afdc"}),
        ({"state": "CA"}, {"nevi", "california", "afdc"}),
        ({"state": "WA"}, {"nevi", "washington", "afdc"}),
        ({"state": "Nevada"}, {"nevi", "afdc"}),
        ({"country": "PRI", "state": None}, {"nevi", "afdc"}),
        ({"country": "CAN", "state": "QC"}, {"canada", "afdc"}),
        ({"country": "MEX"}, set()),
    ],
)
def test_a_state_has_rules_of_its_own_however_it_is_written(changes: dict[str, Any], found: set[str]) -> None:
    assert regimes(changes) == found


def test_bays_say_whether_a_trailer_fits() -> None:
    assert (
        states("nevi-trailer", {"evses[2].federally_funded": False})
        == [(State.PRESENT, "its bays (drive_through, vehicle_types)")] * 2
    )
    assert states("nevi-trailer", {"parking_places[0].drive_through": None})[0][0] is State.MISSING


def test_a_plug_that_is_not_attached_is_none() -> None:
    assert (State.MISSING, "no CCS type 1 (attached) connector") in states(
        "nevi-plug", {"evses[1].connectors[0].format": "SOCKET"}
    )


@pytest.mark.parametrize(("watts", "state"), [(5_900, State.MISSING), (6_000, State.PRESENT)])
def test_level_2_has_a_floor_of_its_own(watts: int, state: State) -> None:
    changes = {"evses[3].federally_funded": True, "evses[3].connectors[0].max_electric_power": watts}
    assert states("nevi-least-power", changes)[3][0] is state


def test_what_is_free_needs_no_price_by_the_kwh_and_no_card() -> None:
    free = federal_tariff() | {"elements": [{"price_components": [{"type": "ENERGY", "price": 0, "step_size": 1}]}]}
    assert states("nevi-structure", {}, free)[0][0] is State.PRESENT
    assert states("nevi-start", {"start_by_phone": None}, free)[0][0] is State.UNDECIDED


def test_a_fee_for_staying_is_no_minute_of_electricity() -> None:
    assert {state for state, _ in states("california-unit", {})} == {State.PRESENT}
    both = federal_tariff()
    both["elements"].append({"price_components": [{"type": "TIME", "price": 6, "step_size": 1}]})
    assert (State.IMPLAUSIBLE, "DAY: minutes of charging are paid for") in states("california-unit", {}, both)


def test_limits_are_those_of_each_law() -> None:
    within = {code: RULES[code].within_s for code in ("nevi-port-status", "nevi-price", "nevi-street")}
    assert within == {"nevi-port-status": 15, "nevi-price": 15, "nevi-street": 86_400}
    assert RULES["california-price"].within_s == 60
    assert RULES["washington-price"].within_s is None


def test_every_rule_says_what_it_means_and_where_it_stands() -> None:
    for rule in RULES.values():
        assert rule.means.endswith("."), rule.code
        assert rule.link.startswith("https://"), rule.code
