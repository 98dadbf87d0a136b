"""OICP files of others, and our own, become locations and statuses; what is not taken is told by record and field."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from app.errors import SourceAnswerError
from app.formats.base import Context, format_named
from app.formats.oicp.read_data import DataFile, read_data
from app.formats.oicp.read_status import read_statuses
from app.model.location import Location
from app.model.problem import Severity
from tests.objects import DATA, location

FILES = DATA.parent / "oicp"
ODD = json.loads((FILES / "odd.json").read_text())
WRITER = format_named("oicp-evse-data")


def bodies(found: DataFile) -> list[dict[str, Any]]:
    return [parsed.record.body for raw in found.raws if (parsed := found.parse(raw)).record]


def problems(found: DataFile) -> list[str]:
    return [str(problem) for problem in found.problems] + [
        str(problem) for raw in found.raws for problem in found.parse(raw).problems
    ]


def written(body: dict[str, Any]) -> bytes:
    return b'{"EVSEData":[' + (WRITER.location(body, Context(0, {})).body or b"") + b"]}"


@pytest.fixture(scope="module")
def odd() -> DataFile:
    return read_data(orjson.dumps(ODD), "odd.json")


@pytest.fixture(scope="module")
def swiss(shared_data: Path) -> DataFile:
    data = (shared_data / "nap" / "ch" / "evse-data.sample.json").read_bytes()
    return read_data(data, "ch.json", country_code="CH", party_id="ENM")


def test_the_swiss_file_is_read_whole(swiss):
    found = bodies(swiss)
    assert swiss.whole
    assert sum(len(body["evses"]) for body in found) == 66
    assert len(found) == 38
    for body in found:
        Location.model_validate(body)
    assert not [problem for problem in swiss.problems if problem.severity is not Severity.NOTE]


def test_evses_of_one_address_are_one_location(swiss):
    first = bodies(swiss)[0]
    assert (first["id"], first["name"]) == ("CH*REPE020*01*1", "Albana Hotel & Suites Silvaplana SA")
    assert [evse["evse_id"] for evse in first["evses"]] == ["CH*REPE020*01*1", "CH*REPE020*01*2"]
    assert "stations" not in first, "its station ids are the EVSE ids again"


def test_evses_in_the_old_form_belong_to_the_owner_of_the_settings(swiss):
    assert {body["party_id"] for body in bodies(swiss)} == {"REP", "ENM"}


def test_the_swiss_statuses_are_read_whole(shared_data: Path):
    found = read_statuses((shared_data / "nap" / "ch" / "evse-status.sample.json").read_bytes(), "status.json")
    assert found.whole
    read = Counter(found.parse(row, {}).record.status for row in found.rows)
    assert read == {"AVAILABLE": 54, "CHARGING": 6, "OUTOFORDER": 5, "UNKNOWN": 1}


RECORDS = ODD["EVSEData"][0]["EVSEDataRecord"][:2]
OPERATOR = {"OperatorID": "CH*ABC", "OperatorName": "Beispielstrom"}


@pytest.mark.parametrize(
    "message",
    [
        {"ActionType": "fullLoad", "OperatorEvseData": {**OPERATOR, "EvseDataRecord": RECORDS}},
        {"EvseData": {"OperatorEvseData": [{**OPERATOR, "EvseDataRecord": RECORDS}]}},
        {"content": [{**OPERATOR, **record} for record in RECORDS], "number": 0},
        [{**OPERATOR, **record} for record in RECORDS],
    ],
    ids=["push", "pull 2.2", "pull 2.3", "list"],
)
def test_messages_of_oicp_hold_the_same(message, odd):
    found = read_data(orjson.dumps(message), "odd.json")
    assert found.whole
    assert bodies(found) == bodies(odd)


def test_a_record_is_read_as_its_writer_meant_it(odd):
    assert bodies(odd) == json.loads((FILES / "odd-read.json").read_text())


def test_defects_are_told_by_record_and_field(odd):
    assert not odd.whole
    assert sorted(problems(odd)) == (FILES / "odd-problems.txt").read_text().splitlines()


def test_a_test_station_is_not_published():
    found = read_data(orjson.dumps(ODD), "odd.json", country_code="CH", party_id="XYZ")
    assert {body["party_id"]: body["publish"] for body in bodies(found)} == {"ABC": True, "XYZ": False}


@pytest.mark.parametrize(
    ("ids", "location_id"),
    [
        ([("CH*ABC*E2", "", "CH*ABC*P9"), ("CH*ABC*E1", "", "CH*ABC*P9")], "CH*ABC*P9"),
        ([("CH*ABC*E2", "S1", ""), ("CH*ABC*E1", "S1", "")], "S1"),
        ([("CH*ABC*E2", "S1", ""), ("CH*ABC*E1", "S2", "")], "CH*ABC*E1"),
        ([("CH*ABC*E2", "", ""), ("CH*ABC*E1", "", "")], "CH*ABC*E1"),
    ],
)
def test_the_id_of_a_location_is_the_pool_s_the_station_s_or_the_first_evse_s(ids, location_id):
    base = {**RECORDS[1], "EvseID": ""}
    records = [
        {**base, "EvseID": evse, "ChargingStationId": station, "ChargingPoolID": pool} for evse, station, pool in ids
    ]
    found = read_data(orjson.dumps(records), "x")
    assert [raw.body["id"] for raw in found.raws] == [location_id]


@pytest.mark.parametrize("data", [b"<html>", b'{"EVSEData": [', b""])
def test_what_is_no_json_says_so(data):
    for read in (read_data, read_statuses):
        with pytest.raises(SourceAnswerError, match=r"oicp\.json: not JSON"):
            read(data, "oicp.json")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["NaN", "on", "DC"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["Google", "on", "Energy"]), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(RECORDS[0].keys() - {"EvseID"})), JSON))
def test_one_bad_record_never_loses_the_others(odd_values):
    bad = {**RECORDS[0], **odd_values, "EvseID": "CH*ABC*E9", "ChargingStationId": "S9"}
    try:
        data = orjson.dumps([bad, {**OPERATOR, **RECORDS[1]}])
    except orjson.JSONEncodeError:
        reject()
    found = read_data(data, "odd.json")
    read = [parsed.record.body for raw in found.raws if (parsed := found.parse(raw)).record]
    assert "CH*ABC*E2" in {evse["evse_id"] for body in read for evse in body.get("evses", ())}


def test_another_json_file_has_no_evses_and_is_not_taken_for_an_empty_network():
    for read in (read_data, read_statuses):
        found = read(b'{"error": "try again later"}', "oicp.json")
        assert not found.whole
        assert "names no EVSE" in str(found.problems[0])


def test_a_word_that_is_no_status_is_unknown_unless_the_settings_know_it():
    found = read_statuses(
        b'[{"EvseID": "CH*ABC*E1", "EvseStatus": "Out Of Service"}, {"EvseID": "CH*ABC*E2", "EvseStatus": "Busy"}]',
        "s.json",
    )
    right, wrong = (found.parse(row, {}) for row in found.rows)
    assert (right.record.status, right.problems) == ("OUTOFORDER", ())
    assert wrong.record.status == "UNKNOWN"
    assert str(wrong.problems[0]).startswith("s.json record 2 CH*ABC*E2 EvseStatus: no status of OICP")
    assert found.parse(found.rows[1], {"Busy": "CHARGING"}).record.status == "CHARGING"


def leaves(part: Any, path: str = "") -> set[tuple[str, str]]:
    """(path without indexes, value) of all there is."""
    if isinstance(part, dict):
        return {leaf for name, value in part.items() for leaf in leaves(value, f"{path}.{name}" if path else name)}
    if isinstance(part, list):
        return {leaf for value in part for leaf in leaves(value, f"{path}[]")}
    return {(path, str(part))}


LIVE = re.compile(r"(^|\.)(status|status_times|status_detail|last_updated|time_zone)\b")
"""In the status document, or of the feed itself."""
WRITTEN_OTHERWISE = re.compile(r"^help_phone$|^stations\[\]\.(evse_uids\[\]|name)$|^evses\[\]\.coordinates\.")
"""A number without blanks; uids are the EVSE ids; the station's name and the first EVSE's coordinates are the location's."""


def unlisted(body: dict[str, Any]) -> set[tuple[str, str]]:
    """What is another after it was written and read again, and no loss says so."""
    rendered = WRITER.location(body, Context(0, {}))
    read = bodies(read_data(written(body), "own.json"))
    again = set().union(*(leaves(one) for one in read))
    lost = {loss.path for loss in rendered.losses}
    return {
        (path, value)
        for path, value in leaves(body) - again
        if not LIVE.search(path)
        and not WRITTEN_OTHERWISE.search(path)
        and not any(path == name or path.startswith((f"{name}.", f"{name}[")) for name in lost)
    }


def test_our_own_file_says_the_same_again_or_lists_what_it_loses():
    assert unlisted(location()) == set()


def test_the_demo_network_comes_back_or_lists_what_it_loses(demo):
    written_bodies = [
        body
        for body in demo[0]
        if not any("no record" in loss.reason for loss in WRITER.location(body, Context(0, demo[1])).losses)
    ]
    assert written_bodies
    for body in written_bodies[:20]:
        assert unlisted(body) == set()


SAME = (
    "Plugs",
    "AccessibilityLocation",
    "HotlinePhoneNumber",
    "IsOpen24Hours",
    "IsHubjectCompatible",
    "CalibrationLawDataAvailability",
    "DynamicInfoAvailable",
)


def test_what_is_read_is_written_again_as_it_was(swiss, shared_data: Path):
    """Of the Swiss records those that say all that OICP requires."""
    sample = json.loads((shared_data / "nap" / "ch" / "evse-data.sample.json").read_text())
    before = {record["EvseID"]: record for group in sample["EVSEData"] for record in group["EVSEDataRecord"]}
    groups = [group for body in bodies(swiss) for group in json.loads(written(body))["EVSEData"]]
    after = [record for group in groups for record in group["EVSEDataRecord"]]
    assert len(after) == 48
    for record in after:
        original = before[record["EvseID"]]
        assert [record[name] for name in SAME] == [original[name] for name in SAME]
        assert {**original["Address"], **record["Address"], "ParkingFacility": None} == original["Address"]
        [facility], [told] = record["ChargingFacilities"], original["ChargingFacilities"]
        assert (facility["PowerType"], facility["Power"]) == (told["powertype"], float(told["power"]))
