from __future__ import annotations

import json

import pytest

from app.errors import ConfigError
from app.formats.report import Verdict
from app.formats.validate import validate
from tests.objects import GONE, changed, location, tariff
from tests.shared import data_folder


def dumped(value) -> bytes:
    return json.dumps(value, indent=1).encode()


def envelope(*data):
    return {"data": list(data), "status_code": 1000, "timestamp": "2026-11-23T12:00:00Z"}


@pytest.mark.parametrize(
    "document", [location(), [location()], envelope(location()), {**envelope(), "data": location()}]
)
def test_one_object_a_list_and_an_envelope_are_checked_alike(document):
    report = validate(dumped(document))
    assert report.valid
    assert report.format == "ocpi-2.3.0"
    assert [(record.part, record.id, record.verdict) for record in report.records] == [
        ("Location", "DE*ABC/LOC-1", Verdict.TAKEN)
    ]


def test_each_problem_has_its_line_field_rule_value_and_remedy():
    text = dumped(envelope(location(), changed(location(), "evses[1].status", "FAULTED")))
    (first, second) = validate(text).records
    assert first.line == 3
    (finding,) = (found for found in second.findings if "status" in found.problem.path)
    assert '"FAULTED"' in text.decode().split("\n")[finding.line - 1]
    assert finding.problem.path == "evses[1].status"
    assert finding.problem.rule == "OCPI 2.3.0 EVSE.status: enum Status"
    assert finding.problem.value == "FAULTED"
    assert finding.problem.remedy.startswith("Use one of AVAILABLE")
    assert second.verdict is Verdict.PARTLY


def test_it_is_decided_per_record():
    report = validate(dumped([location(), {**changed(location(), "address", GONE), "id": "2"}, "no object"]))
    assert [record.verdict for record in report.records] == [Verdict.TAKEN, Verdict.REFUSED, Verdict.REFUSED]
    assert not report.valid
    assert report.count(Verdict.REFUSED) == 2


def test_an_id_that_occurs_twice_is_noted():
    report = validate(dumped([location(), {**location(), "id": "loc-1"}]))
    notes = [finding.problem.what for record in report.records for finding in record.findings]
    assert notes == ["the id occurs more than once"] * 2


def test_unknown_fields_are_noted_with_the_field_that_was_meant():
    body = changed(location(), "evses[0].floor", "1")
    (record,) = validate(dumped(body)).records
    ((finding),) = record.findings
    assert (finding.problem.path, finding.problem.remedy) == ("evses[0].floor", "Did you mean floor_level?")


@pytest.mark.parametrize(
    ("body", "version"),
    [
        (location(), "2.3.0"),
        (tariff(), "2.3.0"),
        ({"country_code": "DE", "id": "1", "elements": [], "min_price": {"excl_vat": 1}}, "2.2.1"),
        ({"country_code": "DE", "id": "1", "publish": True}, "2.2.1"),
        ({"id": "1", "type": "ON_STREET", "evses": []}, "2.1.1"),
        ({"country_code": "DE", "id": "1", "type": "stray", "evses": []}, "2.2.1"),
        ({"id": "1", "evses": [{"uid": "1", "connectors": [{"id": "1", "voltage": 230}]}]}, "2.1.1"),
        ({"id": "1", "currency": "EUR", "elements": []}, "2.1.1"),
    ],
)
def test_the_version_is_told_from_the_fields(body, version):
    assert validate(dumped(body)).format == f"ocpi-{version}"


def test_the_version_may_be_said():
    report = validate(dumped(location()), "ocpi-2.2.1")
    assert report.format == "ocpi-2.2.1"
    foreign = {finding.problem.path for finding in report.records[0].findings}
    assert {"parking_places", "help_phone", "stations"} <= foreign, "2.2.1 has none of these"


def test_a_format_that_cannot_be_checked_is_refused():
    with pytest.raises(ConfigError, match=r"cannot check 'morse'.*ocpi-2\.2\.1"):
        validate(b"{}", "morse")


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({"status": "CHARGING", "last_updated": "2026-01-01T00:00:00Z"}, "EVSE"),
        ({"name": "Neu", "last_updated": "2026-01-01T00:00:00Z"}, "Location"),
        ({"twentyfourseven": True}, "Hours"),
        ({"is_green_energy": True}, "EnergyMix"),
        ({"language": "en", "text": "Hello"}, "DisplayText"),
        ({"energy_mix": {"is_green_energy": True}}, "Location"),
    ],
)
def test_parts_and_changes_are_known_and_checked(body, part):
    (record,) = validate(dumped(body)).records
    assert (record.part, record.verdict) == (part, Verdict.TAKEN)


def test_losses_in_older_versions_are_listed_with_the_number_of_records():
    report = validate(dumped([location(), {**location(), "id": "2"}]))
    assert list(report.losses) == ["ocpi-2.2.1", "ocpi-2.1.1"]
    help_phone = [number for loss, number in report.losses["ocpi-2.2.1"].items() if loss.path == "help_phone"]
    assert help_phone == [2]
    assert any(loss.path == "state" for loss in report.losses["ocpi-2.1.1"])


def test_times_out_of_order_are_noted():
    body = changed(location(), "evses[0].connectors[0].last_updated", "2026-11-30T00:00:00Z")
    (record,) = validate(dumped(body)).records
    assert [finding.problem.what for finding in record.findings] == ["newer than its EVSE"]


def test_text_that_was_cut_off_is_found_at_its_line():
    report = validate(dumped(envelope(location()))[:-200])
    assert not report.valid
    (finding,) = report.findings
    assert finding.line > 100
    assert "no JSON" in finding.problem.what
    assert "cut off" in finding.problem.remedy


@pytest.mark.parametrize("page", [b"<!DOCTYPE html><html><body>Login</body></html>", b"  <html>"])
def test_a_page_is_known_as_such(page):
    (finding,) = validate(page).findings
    assert "HTML" in finding.problem.what


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"{", b"nul", b'{"a":1}x'])
def test_what_is_no_json_is_told_and_nothing_raised(data):
    report = validate(data)
    assert not report.valid
    assert report.records == ()


@pytest.mark.parametrize("data", [b"[]", b"{}", b"3", b"null", b'"x"', b'{"data":null,"status_code":1000}', b"[[1]]"])
def test_json_that_is_no_ocpi_raises_nothing(data):
    validate(data)


def test_an_answer_that_is_an_error_is_told():
    report = validate(dumped({"status_code": 3000, "status_message": "Sorry", "timestamp": "2026-11-23T12:00:00Z"}))
    assert [finding.problem.value for finding in report.findings] == ["3000 Sorry"]
    assert not report.valid


def test_what_an_envelope_lacks_is_noted():
    report = validate(dumped({"data": [location()]}))
    assert {finding.problem.path for finding in report.findings} == {"status_code", "timestamp"}
    assert report.valid


def test_a_byte_order_mark_does_no_harm():
    assert validate(b"\xef\xbb\xbf" + dumped(location())).valid


def test_the_british_files_are_told_their_defects(shared_data):
    folder = data_folder() / "nap" / "gb"
    locations = validate((folder / "pcpr-chargy-locations.sample.json").read_bytes())
    assert [(finding.line, finding.problem.path) for finding in locations.records[0].findings] == [
        (21, "evses[0].evse_id"),
        (22, "evses[0].status"),
    ]
    tariffs = validate((folder / "pcpr-chargy-tariffs.sample.json").read_bytes())
    assert tariffs.valid
    assert [finding.line for record in tariffs.records for finding in record.findings] == [7, 25]
