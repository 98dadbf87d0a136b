"""`chargefeed validate` for DATEX II: the schemas' verdicts, what they cannot say, and by which object it is wrong."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from app.errors import ConfigError
from app.formats.datex2.check import check, detect
from app.formats.datex2.schemas import Schemas
from app.formats.report import Report, Verdict
from app.formats.validate import validate
from app.model.problem import Severity
from tests.formats.datex2.documents import FOLDER, SAMPLES, needs_samples

DATA = Path("tests/data/datex2")
TABLE, STATUS = (DATA / "table.xml").read_bytes(), (DATA / "status.json").read_bytes()
MANIFEST = SAMPLES / "manifest.json"


@cache
def schemas(folder: str = "") -> Schemas:
    files = (path for path in (FOLDER / folder).rglob("DATEXII_3_*") if path.suffix in (".xsd", ".json"))
    return Schemas({str(path): path.read_bytes() for path in files})


def outcomes() -> list[tuple[str, bool]]:
    """Samples, and whether any of the schemas takes them, as it was recorded."""
    known = json.loads(MANIFEST.read_text()) if MANIFEST.is_file() else {}
    return [
        (name, any(one["valid"] for one in told["validation"])) for name, told in known.items() if told["validation"]
    ]


def rules(report: Report) -> set[str]:
    return {finding.problem.rule for record in report.records for finding in record.findings}


def by_schema(report: Report) -> list[str]:
    findings = [*report.findings, *(one for record in report.records for one in record.findings)]
    return [one.problem.what for one in findings if one.problem.rule.startswith("schema ")]


@needs_samples
@pytest.mark.parametrize(("name", "valid"), outcomes())
def test_the_schemas_say_what_was_recorded(name, valid):
    assert (not by_schema(check((SAMPLES / name).read_bytes(), schemas()))) is valid


@needs_samples
def test_a_violation_names_line_object_and_schema():
    good = (SAMPLES / "authored-v3.7-afir" / "table.xml").read_bytes()
    report = check(good.replace(b"<aegi:currentType>dc<", b"<aegi:currentType>direct<", 1), schemas())
    [record] = report.records
    [finding] = [one for one in record.findings if one.problem.severity is Severity.REFUSED][:1]
    assert (record.id, record.verdict) == ("LOC1", Verdict.REFUSED)
    assert good.splitlines()[finding.line - 1].strip() == b"<aegi:currentType>dc</aegi:currentType>"
    assert (finding.problem.record, finding.problem.rule[-4:]) == ("DE*ABC*E0001*1", "v3.7")


@needs_samples
def test_a_violation_in_json_names_its_path():
    good = (SAMPLES / "authored-afir-01-00-00" / "table.json").read_text()
    report = check(good.replace('"totalMaximumPower": 300000', '"totalMaximumPower": "300 kW"').encode(), schemas())
    found = [one.problem for record in report.records for one in record.findings]
    assert [one.path.rpartition(".")[2] for one in found if one.rule.startswith("schema ")] == ["totalMaximumPower"]


@needs_samples
def test_without_the_schema_of_a_document_it_says_which_to_get():
    with pytest.raises(ConfigError, match="no schema among those given knows such a document"):
        check((SAMPLES / "authored-v3.7-afir" / "table.xml").read_bytes(), schemas("xsd/v3.5"))


def test_what_schemas_cannot_say():
    report = check(TABLE)
    assert {"chargefeed datex2-ad-hoc-price"} <= rules(report)
    assert {record.verdict for record in report.records} == {Verdict.REFUSED}, "no operator, no place, no id, twice"
    [repeated] = [one.problem for one in report.findings if one.problem.rule == "chargefeed datex2-unique-id"]
    assert (repeated.value, repeated.severity) == ("site MARKT", Severity.PARTLY)


def test_what_we_have_no_place_for_is_nobody_s_mistake():
    found = [one.problem.what for record in check(TABLE).records for one in record.findings]
    assert not any("no place in the model" in what for what in found)


def test_statuses_are_records_by_site():
    [record] = check(STATUS).records
    assert (record.part, record.id, record.verdict) == ("SiteStatus", "MARKT", Verdict.TAKEN)
    assert [one.problem.value for one in record.findings] == ["sleeping"]


def test_it_is_told_from_its_content():
    assert detect(TABLE)
    assert detect(STATUS)
    assert validate(TABLE).format == validate(STATUS, "datex2").format == "datex2"
    assert not detect(b'{"status_code": 1000, "data": []}')


def test_what_is_no_document_says_so():
    report = validate(b"<html>Login</html>", "datex2")
    assert (report.format, report.valid) == ("", False)
    assert "is no DATEX II document" in report.findings[0].problem.what
