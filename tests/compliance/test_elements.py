"""What follows from other fields, what is not decided, and what does not apply."""

from __future__ import annotations

from typing import Any

import pytest

from app.compliance.catalogue import catalogue
from app.compliance.rule import State
from tests.compliance.sites import location, read, seen, site

RULES = {rule.code: rule for rule in catalogue().rules("afir")}
BAY = {"id": "P1", "vehicle_types": ["PERSONAL_VEHICLE", "VAN"], "roofed": True, "lighting": True}
FREE = read("tariff.json") | {"elements": [{"price_components": [{"type": "ENERGY", "price": 0, "step_size": 1}]}]}


def found(code: str, changes: dict[str, Any], tariffs: dict[str, Any] | None = None) -> tuple[State, str, bool]:
    one = seen(RULES[f"afir-{code}"], site(location(changes), tariffs=tariffs))[0]
    return one.state, one.what, one.derived


@pytest.mark.parametrize(
    ("code", "changes", "from_what"),
    [
        ("a3", {"stations[0].simultaneous_points": None}, "number of EVSEs"),
        ("a16", {"stations[0].vehicle_classes": None, "parking_places": [BAY]}, "parking_places[].vehicle_types"),
        ("a18", {"stations[0].parking_space_count": None, "parking_places": [BAY]}, "number of parking_places"),
        (
            "a19",
            {"stations[0].disabled_parking_space_count": None, "evses[1].parking_restrictions": ["DISABLED"]},
            "EVSE.parking_restrictions has DISABLED",
        ),
        ("a20", {"stations[0].payment": None, "evses[1].capabilities": ["CHIP_CARD_SUPPORT"]}, "CHIP_CARD_SUPPORT"),
        ("a21", {"stations[0].payment": None, "evses[0].capabilities": ["CONTACTLESS_CARD_SUPPORT"]}, "CONTACTLESS"),
        (
            "a22",
            {
                "stations[0].payment": None,
                "evses[0].connectors[0].adhoc_offers": [{"tariff_id": "T1", "payment_means": ["WEBSITE"]}],
            },
            "Connector.adhoc_offers",
        ),
        ("a24", {"stations[0].contract_payment": None}, "providers are named"),
        ("b6", {"evses[0].connectors[0].max_electric_power": None}, "volts times amperes"),
        ("b7", {"service_providers": None, "stations[0].contract_payment": False}, "Station.contract_payment is no"),
        (
            "b8",
            {
                "evses[0].plug_and_charge": None,
                "evses[0].connectors[0].capabilities": ["ISO_15118_20_PLUG_AND_CHARGE"],
            },
            "Connector.capabilities",
        ),
        ("b9", {"evses[0].smart_recharging": None, "evses[0].capabilities": ["CHARGING_PROFILE_CAPABLE"]}, "PROFILE"),
    ],
)
def test_what_follows_from_other_fields_is_present_and_says_from_which(
    code: str, changes: dict[str, Any], from_what: str
) -> None:
    state, what, derived = found(code, changes)
    assert (state, derived) == (State.PRESENT, True)
    assert from_what in what


def test_facilities_may_be_said_in_part_and_follow_in_part() -> None:
    changes = {
        "stations[0].facilities": {"toilets": False, "rest": False},
        "parking_places": [BAY],
        "facilities": ["CAFE"],
    }
    assert found("a6", changes)[0] is State.PRESENT
    del changes["parking_places"]
    state, what, _ = found("a6", changes)
    assert (state, what) == (State.MISSING, "roofed, lit: neither yes nor no")


def test_no_proof_of_a_yes_is_no_proof_of_a_no() -> None:
    assert found("a20", {"stations[0].payment": None, "evses[0].capabilities": ["RFID_READER"]})[0] is State.MISSING
    assert found("b8", {"evses[0].plug_and_charge": None})[0] is State.MISSING


def test_a_contract_tariff_that_the_public_sees_shows_that_contracts_work() -> None:
    contract = read("tariff.json") | {"id": "T2", "type": "REGULAR", "audience": "public"}
    changes = {"stations[0].contract_payment": None, "service_providers": None}
    named = changes | {"evses[0].connectors[0].tariff_ids": ["T1", "T2"]}
    tariffs = {"T1": read("tariff.json"), "T2": contract}
    assert found("a24", named, tariffs) == (State.PRESENT, "a public contract tariff", True)
    assert found("a24", changes, tariffs)[0] is State.MISSING


def test_bays_for_cars_alone_need_no_limits() -> None:
    cars = BAY | {"vehicle_types": ["PERSONAL_VEHICLE"]}
    assert found("a17", {"size_restriction": None, "parking_places": [cars]})[0] is State.UNDECIDED
    assert found("a17", {"size_restriction": None, "parking_places": [BAY]})[0] is State.MISSING
    assert (
        found("a17", {"size_restriction": None, "parking_places": [BAY | {"max_vehicle_height": 200}]})[0]
        is State.PRESENT
    )


def test_the_bays_of_a_station_are_those_its_points_name() -> None:
    other = {"id": "S2", "evse_uids": ["E2"]}
    changes = {
        "stations[0].evse_uids": ["E1"],
        "stations[0].parking_space_count": None,
        "parking_places": [BAY, BAY | {"id": "P2"}],
        "evses[0].parking": [{"parking_id": "p1"}],
    }
    body = location(changes)
    body["stations"].append(other)
    states = [one.state for one in seen(RULES["afir-a18"], site(body))]
    assert states == [State.PRESENT, State.MISSING]


@pytest.mark.parametrize("code", ["a20", "a21", "a22", "a23"])
def test_how_to_pay_is_not_decided_where_nothing_is_paid(code: str) -> None:
    state, what, _ = found(code, {"stations[0].payment": None}, {"T1": FREE})
    assert state is State.UNDECIDED
    assert "nothing is paid here" in what
    assert found(code, {"stations[0].payment": None})[0] is State.MISSING


@pytest.mark.parametrize("code", ["f1", "f2"])
def test_the_status_of_a_free_point_is_not_decided_where_it_is_unknown(code: str) -> None:
    unknown = {"evses[0].status": "UNKNOWN", "evses[0].status_detail": {"reason": "stale"}}
    state, what, _ = found(code, unknown, {"T1": FREE})
    assert state is State.UNDECIDED
    assert what.startswith("unknown (stale)")
    assert found(code, unknown)[0] is State.MISSING


def test_a_price_of_nothing_is_a_price_and_none_is_none() -> None:
    assert found("f3", {}, {"T1": FREE})[0] is State.PRESENT
    assert found("f3", {}, {})[0] is State.MISSING
    with_minimum = FREE | {"min_price": {"before_taxes": 1}}
    assert found("a20", {"stations[0].payment": None}, {"T1": with_minimum})[0] is State.MISSING


def test_a_point_that_does_not_work_has_no_availability() -> None:
    changes = {"evses[0].status": "OUTOFORDER", "evses[1].status": "INOPERATIVE"}
    assert seen(RULES["afir-f2"], site(location(changes))) == []
    assert [one.state for one in seen(RULES["afir-f1"], site(location(changes)))] == [State.PRESENT, State.PRESENT]


def test_points_that_are_planned_or_gone_are_not_asked() -> None:
    changes = {"evses[0].status": "REMOVED", "evses[0].evse_id": None}
    of = site(location(changes))
    assert len(seen(RULES["afir-b1"], of)) == 1
    assert found("a3", changes)[1] == "2 points usable at once of 1"


def test_a_station_says_what_its_location_does_not() -> None:
    changes = {"help_phone": None, "stations[0].help_phone": "+49 361123456"}
    (one,) = seen(RULES["afir-a5"], site(location(changes)))
    assert one.path == "stations[S1].help_phone"


def test_every_point_of_an_assumed_station_is_asked_too() -> None:
    of = site(location({"stations": None}))
    assert [one.path for one in of.stations] == ["stations[L1]"]
    assert [one.path for one in of.evses] == ["evses[E1]", "evses[E2]"]
