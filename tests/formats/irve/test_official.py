"""What we write is valid by the official schemas, and what the official validator says of a file we say, too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.errors import ConfigError
from app.formats.irve.check import LAYOUTS, Beside, check
from app.formats.irve.columns import DYNAMIC, STATIC
from app.formats.irve.sheet import read_sheet
from app.formats.irve.table_schema import TableSchema
from app.model.problem import Severity
from tests.formats.irve.examples import demo, document, location

NAMES = ("statique", "dynamique")


@pytest.fixture(scope="session")
def irve(shared_data: Path) -> Path:
    return shared_data / "irve"


def schema(irve: Path, name: str) -> TableSchema:
    return TableSchema((irve / name / f"schema-{name}.json").read_bytes(), name)


def official_verdict(irve: Path, name: str, file: Path) -> list[tuple[int, str, str]]:
    """What frictionless, which the portals run, says: (row, field, error)."""
    frictionless = pytest.importorskip("frictionless", reason="frictionless is not installed: deploy/test installs it")
    descriptor = json.loads((irve / name / f"schema-{name}.json").read_text())
    with frictionless.system.use_context(trusted=True):
        resource = frictionless.Resource(
            path=str(file), schema=frictionless.Schema.from_descriptor(descriptor), encoding="utf-8"
        )
        report = resource.validate()
    return [
        (error.row_number, error.field_name, error.type)
        for task in report.tasks
        for error in task.errors
        if hasattr(error, "row_number")
    ] + [(0, "", error.type) for task in report.tasks for error in task.errors if not hasattr(error, "row_number")]


@pytest.mark.parametrize("name", NAMES)
def test_the_demo_network_and_a_complete_location_are_valid(irve, tmp_path, name):
    bodies, given = demo()
    data = document(name, [*bodies, location()], given)
    sheet = read_sheet(data, LAYOUTS[f"irve-{name}"], name)
    assert len(sheet.lines) > 400
    assert list(schema(irve, name).violations(sheet)) == []
    (tmp_path / "file.csv").write_bytes(data)
    assert official_verdict(irve, name, tmp_path / "file.csv") == []


def test_no_point_of_the_demo_network_is_left_out_and_nothing_is_odd_about_it():
    bodies, given = demo()
    static, dynamic = document("statique", bodies, given), document("dynamique", bodies, given)
    planned = sum(evse.get("status") in ("PLANNED", "REMOVED") for body in bodies for evse in body["evses"])
    reports = [check(static, "irve-statique", None), check(dynamic, "irve-dynamique", None, Beside(static=static))]
    for report in reports:
        assert len(report.records) == sum(len(body["evses"]) for body in bodies) - planned
        assert [finding for record in report.records for finding in record.findings] == []
        assert report.findings == ()


@pytest.mark.parametrize("name", NAMES)
def test_each_case_gets_the_verdict_of_the_official_validator(irve, name):
    data = (irve / "cases" / f"mixed-{name}.csv").read_bytes()
    expected = cases(irve, name)
    report = check(data, f"irve-{name}", None)
    own = [
        (finding.line, finding.problem.path)
        for record in report.records
        for finding in record.findings
        if finding.problem.severity is Severity.REFUSED and finding.problem.rule.startswith("schema-irve")
    ]
    assert own == [(row, field) for row, field, _ in expected]
    sheet = read_sheet(data, LAYOUTS[f"irve-{name}"], name)
    assert [violation[:3] for violation in schema(irve, name).violations(sheet)] == expected


@pytest.mark.parametrize("name", NAMES)
def test_the_cases_are_what_the_official_validator_says_today(irve, name):
    assert official_verdict(irve, name, irve / "cases" / f"mixed-{name}.csv") == cases(irve, name)


def cases(irve: Path, name: str) -> list[tuple[int, str, str]]:
    rows: list[dict[str, Any]] = json.loads((irve / "cases" / "expected-errors.json").read_text())[f"mixed-{name}.csv"][
        "rows"
    ]
    return [(row["row"], error["field"], error["type"]) for row in rows for error in row["errors"]]


@pytest.mark.parametrize("layout", [STATIC, DYNAMIC])
def test_the_official_examples_and_real_rows_are_valid(irve, layout):
    files = [*(irve / layout.name).glob("*.csv"), *((irve / "real").glob("*.csv") if layout is STATIC else ())]
    for file in files:
        report = check(file.read_bytes(), f"irve-{layout.name}", None, Beside(schema(irve, layout.name)))
        refused = [
            finding
            for record in report.records
            for finding in record.findings
            if finding.problem.severity is Severity.REFUSED
        ]
        assert refused == [], file


def test_what_only_the_official_schema_refuses_is_found_by_it(irve):
    descriptor = json.loads((irve / "dynamique" / "schema-dynamique.json").read_text())
    descriptor["fields"][1]["constraints"]["enum"].remove("en_service")
    newer = TableSchema(json.dumps(descriptor).encode(), "newer")
    report = check(document("dynamique", [location()]), "irve-dynamique", None, Beside(newer))
    rules = {finding.problem.rule for record in report.records for finding in record.findings}
    assert rules == {"official schema: constraint-error"}


@pytest.mark.parametrize("descriptor", ["", "[]", '{"fields": [{"name": "a", "type": "yearmonth"}]}'])
def test_what_is_no_table_schema_says_where_to_get_one(descriptor):
    with pytest.raises(ConfigError, match=r"here: no Table Schema.*etalab/schema-irve"):
        TableSchema(descriptor.encode(), "here")
