"""Tables and statuses as they come: odd envelopes and namespaces, bad sites, bad files."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import SourceAnswerError
from app.formats.datex2.read_document import read_document
from app.model.problem import Severity
from tests.formats.datex2.reading import inventory, statuses

DATA = Path("tests/data/datex2")
TABLE, STATUS = (DATA / "table.xml").read_bytes(), (DATA / "status.json").read_bytes()
ENTITY = b'<!DOCTYPE x [<!ENTITY name SYSTEM "file:///etc/hostname">]>'


@pytest.fixture
def found():
    return inventory(TABLE)


def told(problems, severity):
    return [(one.record, one.path, one.what) for one in problems if one.severity is severity]


def test_a_publication_without_a_payload_and_with_wrong_namespaces_is_read(found):
    assert [body["id"] for body in found.locations] == ["MARKT"]


def test_one_bad_site_does_not_lose_the_others(found):
    refused = told(found.problems, Severity.REFUSED)
    assert ("", "", "has no id: left out") in refused
    assert ("MARKT", "id", "has the id of another, table site 1, which counts: left out") in refused
    assert {path for record, path, _ in refused if record == "DE*ABC/NOWHERE"} >= {"address", "city", "coordinates"}


def test_the_operator_is_whom_the_points_name(found):
    body = found.locations[0]
    assert (body["country_code"], body["party_id"]) == ("DE", "ABC")


def test_texts_are_those_of_the_publication_s_language(found):
    assert found.locations[0]["name"] == "Marktplatz"
    assert ("MARKT", "name", "in several languages: one is kept") in told(found.problems, Severity.NOTE)


def test_what_has_no_place_in_the_model_is_told_with_its_value(found):
    [problem] = [one for one in found.problems if one.path == "roofHeight"]
    assert (problem.severity, problem.value, problem.record) == (Severity.NOTE, "4", "MARKT")


def test_what_is_unreadable_is_left_out_alone(found):
    assert ("MARKT", "energyInfrastructureStation.totalMaximumPower", "no number: left out") in told(
        found.problems, Severity.PARTLY
    )
    assert "max_power_kw" not in found.locations[0]["stations"][0]


def test_kilowatts_in_the_place_of_watts_are_suspected(found):
    assert any(one.what == "less than 1 kW: maybe meant in kW" for one in found.problems)


def test_hours_past_midnight_go_on_the_next_day(found):
    assert found.locations[0]["opening_times"] == {
        "twentyfourseven": False,
        "regular_hours": [
            {"weekday": 7, "period_begin": "20:00", "period_end": "23:59"},
            {"weekday": 1, "period_begin": "00:00", "period_end": "02:00"},
        ],
        "exceptional_closings": [
            {"period_begin": "2026-12-23T23:00:00.000Z", "period_end": "2026-12-25T23:00:00.000Z"}
        ],
    }


def test_ids_that_cannot_be_unique_get_their_station_s(found):
    assert [one["uid"] for one in found.locations[0]["evses"]] == ["MARKT-1*1"]
    assert [line.evse for line in statuses(STATUS).lines] == ["MARKT-1*1", "DE*ABC*E2"]


def test_a_site_that_names_no_operator_belongs_to_whom_the_settings_say():
    nobody = TABLE.replace(b"DE*ABC*E1", b"one").replace(b"DE*ABC*E2", b"two")
    assert inventory(nobody).locations[0]["party_id"] == "ABC"
    alone = inventory(nobody, country_code=None, party_id=None)
    assert not any(body["id"] == "MARKT" and "evses" in body for body in alone.locations)
    assert ("MARKT", "", "names no operator: left out") in told(alone.problems, Severity.REFUSED)


def test_statuses_have_their_times_and_faults():
    found = statuses(STATUS)
    faulty, other = (found.parse(line).record for line in found.lines)
    assert (faulty.status, faulty.detail, faulty.origin) == ("OUTOFORDER", {"fault_code": "F-7"}, "backend")
    assert faulty.occurred_at == 1_794_290_340_000
    assert (other.status, other.occurred_at, other.origin) == ("UNKNOWN", None, "observed"), "without offset: any time"
    assert found.complete


def test_a_word_that_is_no_status_is_told():
    found = statuses(STATUS)
    [problem] = found.parse(found.lines[1]).problems
    assert (problem.value, problem.record) == ("sleeping", "DE*ABC*E2")


def test_a_delta_is_not_complete():
    assert not statuses(STATUS.replace(b"snapshotPull", b"deltaPush")).complete


def test_a_price_of_the_statuses_is_newer():
    [tariff] = inventory(TABLE, updates=statuses(STATUS).updates).tariffs.values()
    assert tariff["elements"][0]["price_components"][0]["price"] == 0.39


def test_a_byte_order_mark_is_no_obstacle():
    assert inventory(b"\xef\xbb\xbf" + TABLE).locations
    assert statuses(b"\xef\xbb\xbf" + STATUS).lines


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"<html>Maintenance</html>", "is no DATEX II document"),
        (b"", "is no DATEX II document"),
        (TABLE[:-20], "is no well-formed XML"),
        (STATUS[:-20], "is neither XML nor JSON"),
        (
            TABLE.replace(
                b"<aegi:energyInfrastructureTablePublication", ENTITY + b"<aegi:energyInfrastructureTablePublication", 1
            ),
            "declares a DTD",
        ),
    ],
    ids=["page", "empty", "cut XML", "cut JSON", "entities"],
)
def test_what_is_no_document_is_refused_whole(data, what):
    with pytest.raises(SourceAnswerError, match=what):
        read_document(data, "file")


def test_a_table_is_no_status_publication_and_the_other_way_round():
    with pytest.raises(SourceAnswerError, match="holds sites and no statuses"):
        statuses(TABLE)
    with pytest.raises(SourceAnswerError, match="holds statuses and no sites"):
        inventory(STATUS)
