"""The data of 23 CFR 680.116(c): every field, in its schema; what nobody says is null and a loss."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from app.formats.base import Context, Envelope, Publisher, format_named
from app.formats.nevi.stations import schema
from tests.formats.nevi.federal import AT, location, lost, read, rendered
from tests.publish.backend import demo_locations, demo_tariffs, dressed

PUBLISHER = Publisher(
    "Example", website="https://example.com", licence="https://example.com/l", url="https://f.example"
)


def station(changes: dict[str, Any] | None = None, **given: Any) -> dict[str, Any]:
    return orjson.loads(rendered("nevi", changes, **given).body or b"null")


def document(*stations: bytes) -> dict[str, Any]:
    form, envelope = format_named("nevi"), Envelope(AT, PUBLISHER, sequence=7)
    return orjson.loads(form.prefix(envelope) + form.separator.join(stations) + form.suffix(envelope))


def valid(found: dict[str, Any]) -> bool:
    Draft202012Validator.check_schema(schema())
    Draft202012Validator(schema(), format_checker=FormatChecker()).validate(found)
    return True


def test_a_whole_station_has_every_field_and_loses_none():
    found = rendered("nevi")
    assert valid(document(found.body or b""))
    said = station()
    assert [name for name, value in said.items() if value is None] == []
    assert lost(found) == {
        "directions": "23 CFR 680.116(c) has no such field: left out",
        "tariff.tax_included": "no such field before 2.3.0: said in tariff_alt_text",
    }


def test_ids_are_those_of_ev_chart():
    said = station()
    assert said["station_id"] == "CA-0001"
    assert [port["port_id"] for port in said["ports"]] == ["E1", "E2", "E3", "E4"]
    assert said["port_count"] == 4


def test_a_blank_in_a_station_id_is_a_loss_and_the_id_is_given():
    found = rendered("nevi", {"id": "CA 0001"})
    assert orjson.loads(found.body)["station_id"] == "CA 0001"
    assert "EV-ChART" in lost(found)["id"]


def test_the_address_is_as_the_usps_writes_it():
    said = station()
    assert (said["station_state"], said["station_zip"], said["station_zip_extended"]) == ("CA", "95814", "1234")
    assert (said["station_latitude"], said["station_longitude"]) == ("38.581572", "-121.494400")


def test_what_is_no_state_and_no_zip_is_null_and_a_loss():
    found = rendered("nevi", {"state": "Kalifornien", "postal_code": "K1A 0B1"})
    said = orjson.loads(found.body)
    assert (said["station_state"], said["station_zip"]) == (None, None)
    assert [loss.value for loss in found.losses if "USPS" in loss.reason] == ["Kalifornien", "K1A 0B1"]


def test_a_territory_is_its_own_state():
    assert station({"country": "PRI", "state": None})["station_state"] == "PR"


def test_a_long_address_is_given_whole_and_a_loss():
    found = rendered("nevi", {"address": "1" * 46})
    assert orjson.loads(found.body)["station_street"] == "1" * 46
    assert "45 characters" in lost(found)["address"]


@pytest.mark.parametrize(
    ("taken", "key", "paragraph"),
    [
        ("operator", "operator_name", "(c)(4)"),
        ("network_provider", "network_provider_name", "(c)(5)"),
        ("station_status", "station_status", "(c)(6)"),
        ("access_type", "access_type", "(c)(7)(i)"),
        ("opening_times", "access_hours", "(c)(7)(ii)"),
    ],
)
def test_what_nobody_says_is_null_and_a_loss(taken: str, key: str, paragraph: str):
    found = rendered("nevi", {taken: None})
    said = orjson.loads(found.body)
    assert said[key] is None
    assert valid(document(found.body))
    assert any(f"{key} is null (23 CFR 680.116{paragraph})" in loss.reason for loss in found.losses)


def test_connectors_that_221_lacks_are_named():
    first, _, third, _ = station()["ports"]
    assert first["connector_types"] == ["CCS", "J3400"]
    assert third["connector_types"] == ["MCS"]
    assert [one["standard"] for one in first["connectors"]] == ["IEC_62196_T1_COMBO", "SAE_J3400"]


def test_level_power_and_voltage_are_those_of_the_port():
    found = [(one["charging_level"], one["power_kw"], one["max_output_voltage"]) for one in station()["ports"]]
    assert found == [("DCFC", 300, 920), ("DCFC", 300, 1000), ("DCFC", 1000, 1250), ("AC_L2", 7.68, None)]


@pytest.mark.parametrize(("volts", "level"), [(120, "AC_L1"), (208, "AC_L2"), (150, None)])
def test_the_level_of_alternating_current_follows_from_its_voltage(volts: int, level: str | None):
    found = rendered("nevi", {"evses[3].connectors[0].max_voltage": volts})
    assert orjson.loads(found.body)["ports"][3]["charging_level"] == level
    assert ("evses[].connectors[].max_voltage" in lost(found)) == (level is None)


def test_a_bay_that_is_driven_through_with_a_trailer_is_accessible():
    assert [port["trailer_accessible"] for port in station()["ports"]] == [True, False, False, False]
    unknown = rendered("nevi", {"evses[2].trailer_accessible": None})
    assert orjson.loads(unknown.body)["ports"][2]["trailer_accessible"] is None
    assert "evses[].trailer_accessible" in lost(unknown)


def test_status_is_that_of_each_port_and_what_was_taken_away_is_no_port():
    said = station({"evses[1].status": "REMOVED"})
    assert [port["port_status"] for port in said["ports"]] == ["AVAILABLE", "OUTOFORDER", "AVAILABLE"]
    assert said["port_count"] == 3
    assert said["ports"][0]["port_status_since"] == "2026-11-23T11:00:00.000Z"


@pytest.mark.parametrize(("status", "said"), [("PLANNED", "planned"), ("REMOVED", "decommissioned"), ("UNKNOWN", None)])
def test_the_status_of_a_station_follows_where_all_of_its_ports_are_planned_or_gone(status: str, said: str | None):
    changes = {f"evses[{at}].status": status for at in range(4)}
    assert station({"station_status": None, **changes})["station_status"] == said


def test_the_price_of_now_stands_at_each_port_with_its_next_change():
    (price,) = station()["ports"][0]["price_real_time"]
    assert price["connector_ids"] == ["1", "2"]
    assert [(part["component"], part["amount"]) for part in price["components"]] == [
        ("energy", "0.48"),
        ("occupancy", "0.4"),
    ]
    assert (price["tariff_id"], price["next_change"]) == ("DAY", "2026-11-24T05:00:00.000Z")


def test_the_structure_is_a_tariff_of_221_and_sentences():
    said = station()
    (tariff,) = said["pricing_structure"]
    assert tariff["id"] == "DAY"
    assert "tax_included" not in tariff
    (words,) = said["pricing_structure_text"]
    assert "Energy: $0.48/kWh; $0.36/kWh from 9:00 PM to 9:00 AM." in words["text"]


def test_a_port_without_a_price_has_null_and_a_price_by_time_is_named():
    assert station(tariffs={})["ports"][0]["price_real_time"] is None
    by_time = read("tariff.json")
    by_time["elements"] = [{"price_components": [{"type": "TIME", "price": 6, "step_size": 1}]}]
    found = rendered("nevi", tariffs={"DAY": by_time})
    assert "680.116(a)(1)" in lost(found)["tariff.elements[].price_components[].type"]


def test_payment_is_said_in_ocpis_words_and_beyond():
    assert station()["payment_methods"] == [
        *("CREDIT_CARD_PAYABLE", "DEBIT_CARD_PAYABLE", "CONTACTLESS_CARD_SUPPORT", "PED_TERMINAL", "RFID_READER"),
        *("APP", "PHONE"),
    ]


def test_hours_are_ocpis_and_in_words():
    hours = {"twentyfourseven": False, "regular_hours": location()["evses"][:0]}
    days = [{"weekday": day, "period_begin": "08:00", "period_end": "20:30"} for day in range(1, 6)]
    days.append({"weekday": 6, "period_begin": "10:00", "period_end": "23:59"})
    said = station({"opening_times": hours | {"regular_hours": days}})
    assert said["access_hours"]["regular_hours"] == days
    assert said["access_hours_text"] == "Mon-Fri 8:00 AM-8:30 PM; Sat 10:00 AM-12:00 AM"
    assert station()["access_hours_text"] == "24 hours daily"


def test_the_envelope_names_publisher_licence_and_schema():
    found = document()
    assert valid(found)
    assert found["schema"] == "https://f.example/openapi.json#/components/schemas/NeviStations"
    assert (found["publisher"]["name"], found["licence"]) == ("Example", "https://example.com/l")
    assert (found["generated"], found["sequence"]) == ("2026-11-23T20:00:00.000Z", 7)


def test_the_demo_network_is_valid_and_a_funded_station_of_it_is_complete():
    stamped = {"last_updated": "2026-11-23T11:00:00Z"}
    form, context = format_named("nevi"), Context(AT, {body["id"]: stamped | body for body in demo_tariffs()})
    bodies = [dressed(body) for body in demo_locations(420) if body["country"] == "USA"]
    found = document(*(form.location(body, context).body or b"" for body in bodies))
    assert valid(found)
    funded = [one for one in found["stations"] if one["funding"]]
    assert funded
    for one in funded:
        assert [name for name, value in one.items() if value is None] == []
        assert all(port[name] is not None for port in one["ports"] for name in ("trailer_accessible", "charger_id"))
