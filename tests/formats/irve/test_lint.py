"""Rules beyond the schemas: each finds what it is for, and nothing in a sound file."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from app.clock import from_millis
from app.formats.irve.check import Beside, check
from app.formats.irve.lint_row import RULES, is_luhn
from app.formats.report import Report
from app.model.problem import Severity
from tests.formats.irve.examples import AT, DATA, altered, document, location, rows

NOW = from_millis(AT) + timedelta(days=1)


def cases(name: str) -> list[Any]:
    return [
        pytest.param(case, id=f"{case['rule']}-{case['cells']}")
        for case in json.loads((DATA / f"lint-{name}.json").read_text())
    ]


def codes(report: Report) -> dict[str, str]:
    """Of rules beyond the schema → what they say."""
    found = [finding.problem for record in report.records for finding in record.findings]
    return {problem.rule.removeprefix("chargefeed irve-"): problem.what for problem in found}


def static(**cells: str) -> Report:
    return check(altered(rows("statique", location())[0], **({"nbre_pdc": "1"} | cells)).encode(), "irve-statique", NOW)


def dynamic(**cells: str) -> Report:
    data = altered(rows("dynamique", location())[0], **cells).encode()
    return check(data, "irve-dynamique", NOW, Beside(static=document("statique", [location()])))


def test_there_is_nothing_to_say_about_a_sound_row():
    assert codes(static()) == codes(dynamic()) == {}


@pytest.mark.parametrize("case", cases("statique"))
def test_a_rule_of_the_static_file_finds_what_the_schema_accepts(case):
    found = codes(static(**case["cells"]))
    assert case.get("what", "") in found[case["rule"]]
    assert not any(rule.startswith("schema-irve") for rule in found)


@pytest.mark.parametrize("case", cases("dynamique"))
def test_a_rule_of_the_dynamic_file_finds_what_the_schema_accepts(case):
    assert case.get("what", "") in codes(dynamic(**case["cells"]))[case["rule"]]


def test_every_rule_has_a_case():
    named = {json_case["rule"] for json_case in json.loads((DATA / "lint-statique.json").read_text())}
    assert {rule.__name__.strip("_").replace("_", "-") for rule in RULES} <= named


def of_two_rows(**second: str) -> Report:
    row = rows("statique", location())[0]
    text = (
        altered(row)
        + altered(row, **({"id_pdc_itinerance": "FRABCE219", "id_pdc_local": "P9"} | second)).split("\r\n")[1]
    )
    return check(text.encode(), "irve-statique", NOW)


def test_rows_of_one_station_say_the_same_of_it():
    assert codes(of_two_rows()) == {}
    report = of_two_rows(adresse_station="2 cour de la Gare 21000 Dijon", horaires="24/7")
    findings = {finding.problem.path: finding for record in report.records for finding in record.findings}
    assert set(findings) == {"adresse_station", "horaires"}
    assert {finding.line for finding in findings.values()} == {3}
    assert findings["horaires"].problem.severity is Severity.PARTLY
    assert "line 2" in findings["horaires"].problem.what


def test_a_place_has_one_address():
    found = codes(of_two_rows(id_station_itinerance="FRABCP22", adresse_station="2 cour de la Gare 21000 Dijon"))
    assert "same coordinates" in found["same-place"]


def test_a_point_has_one_row():
    assert "line 2" in codes(of_two_rows(id_pdc_itinerance="FRABCE211"))["repeated"]


def test_a_point_of_the_dynamic_file_has_one_row():
    row = rows("dynamique", location())[0]
    text = altered(row) + altered(row, occupation_pdc="libre").split("\r\n")[1]
    assert "line 3, which counts" in codes(check(text.encode(), "irve-dynamique", NOW))["repeated"]


@pytest.mark.parametrize(("siren", "sound"), [("130025265", True), ("853300010", True), ("853300011", False)])
def test_the_check_digit_of_a_siren(siren, sound):
    assert is_luhn(siren) is sound
