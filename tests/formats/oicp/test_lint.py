"""What Hubject scores: each rule is broken once, and nothing else is said then."""

from __future__ import annotations

from typing import Any

import pytest

from app.formats.oicp.evse_record import site_records
from app.formats.oicp.lint import COMPLETENESS, CORRECTNESS, lint_record
from tests.objects import changed, location

AC: dict[str, Any] = {"PowerType": "AC_3_PHASE", "Power": 22, "Voltage": 230, "Amperage": 32}
DC: dict[str, Any] = {"PowerType": "DC", "Power": 150}
CABLE, COMBO, TESLA = "Type 2 Connector (Cable Attached)", "CCS Combo 2 Plug (Cable Attached)", "Tesla Connector"


@pytest.fixture
def record() -> dict[str, Any]:
    made = site_records(location(), {}).records[0]
    return {**made, "Plugs": [CABLE, COMBO], "ChargingFacilities": [AC, DC]}


def found(record: dict[str, Any], rule: str = CORRECTNESS) -> list[tuple[str, str]]:
    return [(problem.path, problem.what) for problem in lint_record(record) if problem.rule == rule]


def test_a_sound_record_has_nothing_to_correct(record):
    assert found(record) == []


@pytest.mark.parametrize(
    ("plug", "facility", "path", "told"),
    [
        (CABLE, {**AC, "Voltage": 400}, "Voltage", "400 V is no voltage from line to neutral"),
        (CABLE, {**AC, "Power": 11}, "Power", "11 kW, and 230 V times 32 A make 22.1 kW"),
        (CABLE, {**AC, "PowerType": "AC_1_PHASE"}, "Power", "22 kW, and 230 V times 32 A make 7.4 kW"),
        (CABLE, {"PowerType": "AC_3_PHASE", "Power": 50}, "Power", "50 kW from Type 2 Connector (Cable Attached)"),
        (CABLE, DC, "PowerType", "DC from Type 2 Connector (Cable Attached)"),
        (COMBO, AC, "PowerType", "AC_3_PHASE from CCS Combo 2 Plug (Cable Attached)"),
        ("Type F Schuko", {"PowerType": "AC_1_PHASE", "Power": 11}, "Power", "11 kW from Type F Schuko"),
    ],
)
def test_power_plug_and_voltage_fit(record, plug, facility, path, told):
    record = {**record, "Plugs": [plug], "ChargingFacilities": [facility]}
    assert found(record) == [(f"ChargingFacilities[0].{path}", told)]


@pytest.mark.parametrize("facility", [AC, DC])
def test_a_tesla_connector_may_be_either(record, facility):
    assert found({**record, "Plugs": [TESLA], "ChargingFacilities": [facility]}) == []


@pytest.mark.parametrize(
    ("field", "value"), [("HouseNum", "0"), ("HouseNum", "."), ("PostalCode", "00000"), ("Street", "--")]
)
def test_an_address_stands_for_something(record, field, value):
    record = {**record, "Address": {**record["Address"], field: value}}
    assert found(record) == [(f"Address.{field}", f"{value!r} stands for nothing")]


def test_coordinates_lie_in_the_country(record):
    where = {"DecimalDegree": {"Longitude": "52.520000", "Latitude": "13.400000"}}
    assert [path for path, _ in found({**record, "GeoCoordinates": where})] == ["GeoCoordinates"]


def test_optional_fields_that_nobody_says_are_listed_with_what_to_fill_in():
    (bare,) = site_records(changed(location(), "images", []), {}).records[:1]
    (problem,) = [one for one in lint_record({**bare, "ChargingStationImage": None}) if one.rule == COMPLETENESS]
    assert "ChargingStationImage" in problem.what
    assert "images" in problem.remedy
    assert problem.record == bare["EvseID"]
