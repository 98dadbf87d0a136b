"""EVSE data and statuses: OICP 2.3 records in the envelope of the Swiss files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.formats.base import Context, Envelope, format_named
from app.model.enums import Status
from tests.objects import DATA, GONE, changed, location

EXPECTED = DATA.parent / "oicp"
DATA_FORMAT, STATUS_FORMAT = format_named("oicp-evse-data"), format_named("oicp-evse-status")
NOTHING = Context(0, {})
AROUND = Envelope(0)


def groups(body, form=DATA_FORMAT, tariffs=None) -> list[Any]:
    rendered = form.location(body, Context(0, tariffs or {}))
    return json.loads(b"[" + (rendered.body or b"") + b"]")


def records(body, tariffs=None) -> list[Any]:
    return [record for group in groups(body, tariffs=tariffs) for record in group["EVSEDataRecord"]]


def losses(body, form=DATA_FORMAT) -> set[tuple[str, str]]:
    return {(loss.path, loss.value) for loss in form.location(body, NOTHING).losses}


def missing(body) -> set[str]:
    return {loss.path for loss in DATA_FORMAT.location(body, NOTHING).losses if "no record" in loss.reason}


def document(*bodies, form=DATA_FORMAT) -> Any:
    fragments = [form.location(body, NOTHING).body for body in bodies]
    return json.loads(form.prefix(AROUND) + form.separator.join(fragments) + form.suffix(AROUND))


def test_a_full_location_is_a_record_for_each_evse():
    expected = json.loads((EXPECTED / "evse-data.json").read_text())
    assert document(location()) == expected


def test_what_is_not_said_is_listed():
    expected = (EXPECTED / "evse-data-losses.csv").read_text().splitlines()
    assert sorted({path for path, _ in losses(location())}) == expected


def test_records_are_valid_by_the_official_description(faults):
    for record in records(location()):
        assert faults("EvseDataRecord", record) == []


def test_the_demo_network_is_valid_and_complete_where_it_says_enough(demo, faults):
    """Stations without a help line, and those whose plugs OICP lacks, are all that is left out."""
    bodies, tariffs = demo
    said = 0
    for body in bodies:
        rendered = DATA_FORMAT.location(body, Context(0, tariffs))
        assert {loss.path for loss in rendered.losses if "no record" in loss.reason} <= {
            "help_phone",
            "evses[].connectors",
        }
        for group in json.loads(b"[" + (rendered.body or b"") + b"]"):
            said += len(group["EVSEDataRecord"])
            for record in group["EVSEDataRecord"]:
                assert faults("EvseDataRecord", record) == []
            assert faults("OperatorID", group["OperatorID"]) == []
    assert said > 100


@pytest.mark.parametrize(("form", "sample"), [(DATA_FORMAT, "evse-data"), (STATUS_FORMAT, "evse-status")])
def test_the_envelope_is_that_of_the_swiss_files(shared_data: Path, form, sample):
    swiss = json.loads((shared_data / "nap" / "ch" / f"{sample}.sample.json").read_text())
    ours = document(location(), form=form)
    assert ours.keys() == swiss.keys()
    [(name, ours)], [(_, swiss)] = ours.items(), swiss.items()
    assert ours[0].keys() == swiss[0].keys()
    records = next(key for key, value in swiss[0].items() if isinstance(value, list))
    if name == "EVSEStatuses":
        assert ours[0][records][0].keys() == swiss[0][records][0].keys()
    else:
        told = {key for record in swiss[0][records] for key, value in record.items() if value is not None}
        assert told - ours[0][records][0].keys() == {"deltaType"}


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("help_phone", GONE, "help_phone"),
        ("help_phone", "030 123456", "help_phone"),
        ("postal_code", GONE, "postal_code"),
        ("house_number", GONE, "house_number"),
        ("house_number", "1 to 39, back yard", "house_number"),
        ("street", "X", "street"),
        ("operator", GONE, "operator.name"),
        ("opening_times", GONE, "opening_times"),
        ("evses[0].evse_id", GONE, "evses[].evse_id"),
        ("evses[0].evse_id", "DE-ABC-E1", "evses[].evse_id"),
        ("evses[0].connectors[0].standard", "MCS", "evses[].connectors"),
        ("evses[0].connectors[0].max_electric_power", 1_200_000, "evses[].connectors"),
    ],
)
def test_what_oicp_requires_is_never_made_up(path, value, field):
    body = changed(location(), path, value)
    assert field in missing(body)
    assert "DE*ABC*E1" not in {record["EvseID"] for record in records(body)}


def test_how_to_start_and_to_pay_is_never_made_up():
    body = changed(location(), "stations", GONE)
    assert missing(body) == {"evses[].capabilities", "stations[].payment"}
    assert [record["EvseID"] for record in records(body)] == ["DE*ABC*E1"]


def test_a_location_without_any_record_is_left_out_whole():
    rendered = DATA_FORMAT.location(changed(location(), "help_phone", GONE), NOTHING)
    assert rendered.body is None
    assert rendered.losses


def test_street_and_number_are_taken_apart_as_the_country_writes_them():
    for address, street, number in json.loads((EXPECTED / "addresses.json").read_text()):
        body = changed(changed(location(), "street", GONE), "house_number", GONE) | {"address": address}
        found = [(record["Address"]["Street"], record["Address"]["HouseNum"]) for record in records(body)]
        assert found[:1] == ([(street, number)] if number else [])


def test_a_name_stands_in_each_official_language_of_the_country():
    body = changed(location(), "stations[0].name", GONE) | {"country": "CHE"}
    said = records(body)[0]["ChargingStationNames"]
    assert said == [{"lang": language, "value": "Musterplatz"} for language in ("de", "fr", "it")]


def test_control_characters_become_blanks_and_long_texts_are_cut():
    body = changed(location(), "stations[0].name", "A\u0000B\n\tC\U0001f50c " + "x" * 200)
    said = records(body)[0]["ChargingStationNames"][0]["value"]
    assert said.startswith("A B C\U0001f50c x")
    assert len(said) == 150
    assert ("name", body["stations"][0]["name"]) in losses(body)


@pytest.mark.parametrize(
    ("told", "said"), [("+49 (0)30 / 12-34.56", "+4930123456"), ("0041 81 423 70 70", "+41814237070")]
)
def test_a_help_line_is_said_internationally(told, said):
    assert records(location() | {"help_phone": told})[0]["HotlinePhoneNumber"] == said


def test_a_week_of_equal_days_is_one_entry():
    hours = [{"weekday": day, "period_begin": "06:00", "period_end": "22:00"} for day in range(1, 8)]
    body = location() | {"opening_times": {"twentyfourseven": False, "regular_hours": hours}}
    record = records(body)[0]
    assert record["OpeningTimes"] == [{"Period": [{"begin": "06:00", "end": "22:00"}], "on": "Everyday"}]
    assert record["IsOpen24Hours"] is False


def test_free_charging_is_no_payment_and_nothing_else():
    free = {"elements": [{"price_components": [{"type": "ENERGY", "price": 0, "step_size": 1}]}]}
    said = records(location(), tariffs={"adhoc": free})
    assert [record["PaymentOptions"] for record in said] == [["No Payment"], ["Direct", "Contract"]]


def test_places_for_some_are_restricted():
    body = changed(location(), "evses[0].parking_restrictions", ["CUSTOMERS"])
    assert [record["Accessibility"] for record in records(body)] == ["Restricted access", "Free publicly accessible"]


def test_a_pool_id_is_said_only_where_the_location_has_one():
    assert "ChargingPoolID" not in records(location())[0]
    assert records(location() | {"id": "DE*ABC*P12"})[0]["ChargingPoolID"] == "DE*ABC*P12"


def test_evses_of_two_operators_stand_under_theirs():
    body = changed(location(), "evses[1].evse_id", "+41*123*4*5")
    assert [group["OperatorID"] for group in groups(body)] == ["DE*ABC", "+41*123"]
    assert ("party_id", "DE*ABC") in losses(body)


@pytest.mark.parametrize("status", [*Status])
def test_every_status_has_a_word_or_no_record(status, faults):
    body = changed(location(), "evses[0].status", status.value)
    said = {
        record["EvseID"]: record["EVSEStatus"]
        for group in groups(body, STATUS_FORMAT)
        for record in group["EVSEStatusRecord"]
    }
    words = json.loads((EXPECTED / "statuses.json").read_text())
    assert said.get("DE*ABC*E1") == words[status.value]
    message = {
        "OperatorID": "DE*ABC",
        "EvseStatusRecord": [{"EvseID": key, "EvseStatus": word} for key, word in said.items()],
    }
    assert faults("eRoamingPushEvseStatus", {"ActionType": "fullLoad", "OperatorEvseStatus": message}) == []


def test_statuses_that_oicp_cannot_tell_apart_are_losses():
    body = changed(location(), "evses[0].status", "BLOCKED")
    assert ("evses[].status", "BLOCKED") in losses(body, STATUS_FORMAT)


def test_evses_without_an_id_of_oicp_have_no_status():
    body = changed(location(), "evses[0].evse_id", "nonsense")
    assert ("evses[].evse_id", "nonsense") in losses(body, STATUS_FORMAT)
    assert len(groups(body, STATUS_FORMAT)[0]["EVSEStatusRecord"]) == 1


def test_planned_and_removed_evses_have_no_data():
    body = changed(changed(location(), "evses[0].status", "REMOVED"), "evses[1].status", "PLANNED")
    assert DATA_FORMAT.location(body, NOTHING).body is None
    assert STATUS_FORMAT.location(body, NOTHING).body is None


def test_a_document_of_nothing_is_an_empty_list():
    assert document() == {"EVSEData": []}
