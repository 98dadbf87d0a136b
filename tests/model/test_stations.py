"""Which EVSEs form a station."""

from __future__ import annotations

from typing import Any

import pytest

from app.model.stations import StationRule, grouped, stations_of

EVSES = [
    {"uid": "1", "evse_id": "DE*ABC*E100*1", "physical_reference": "A", "charger_id": "X"},
    {"uid": "2", "evse_id": "DE*ABC*E100*2", "physical_reference": "B", "charger_id": "X"},
    {"uid": "3", "evse_id": "DE*ABC*E200*1", "physical_reference": "A"},
]


def place(**fields: Any) -> dict[str, Any]:
    return {"id": "L1", "evses": EVSES, **fields}


@pytest.mark.parametrize(
    ("rule", "stations"),
    [
        (StationRule.EVSE_ID, {"DE*ABC*E100": ["1", "2"], "DE*ABC*E200": ["3"]}),
        (StationRule.PHYSICAL_REFERENCE, {"A": ["1", "3"], "B": ["2"]}),
        (StationRule.CHARGER_ID, {"X": ["1", "2"]}),
        (StationRule.LOCATION, {"L1": ["1", "2", "3"]}),
    ],
)
def test_a_rule_groups_evses_that_say_the_same(rule: StationRule, stations: dict[str, list[str]]) -> None:
    assert {one["id"]: one["evse_uids"] for one in grouped(place(), rule)["stations"]} == stations


def test_what_a_source_says_is_kept() -> None:
    said = place(stations=[{"id": "S", "evse_uids": ["1"]}])
    assert grouped(said, StationRule.EVSE_ID) is said


def test_evses_in_no_station_form_one_that_is_flagged_as_assumed() -> None:
    assert stations_of(place()) == [{"id": "L1", "evse_uids": ["1", "2", "3"], "assumed": True}]
    said = {"id": "l1", "evse_uids": ["1"]}
    assert stations_of(place(stations=[said])) == [said, {"id": "L1-0", "evse_uids": ["2", "3"], "assumed": True}]
    assert stations_of({"id": "L1"}) == []


def test_a_station_of_all_is_not_joined_by_another() -> None:
    said = place(stations=[{"id": "S", "evse_uids": ["1", "2", "3"]}])
    assert stations_of(said) == said["stations"]
