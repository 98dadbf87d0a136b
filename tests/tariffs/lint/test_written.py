"""How tariffs are written; and that what the public linter `ocpi-tariffs` checks is found here too."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from app.formats.ocpi.parse import read_tariff
from app.formats.ocpi.versions import V221, V230
from app.model.finding import Finding, Grade
from app.model.tariff import Tariff
from app.tariffs.lint import RULES, lint_tariff, lint_written
from tests.objects import GONE, changed
from tests.tariffs.lint.cases import AT, FOLDER, body

with (FOLDER / "ocpi-tariffs.csv").open() as table:
    COVERED = list(csv.DictReader(table))
BASE = FOLDER / "ocpi-tariffs.json"


def all_findings(written: Any, version: str = V221) -> list[Finding]:
    parsed = read_tariff(written, version, country_code=None, party_id=None)
    found = lint_written(written, "key", parsed.problems)
    return found + (lint_tariff(Tariff.model_validate(parsed.record.body), at=AT) if parsed.record else [])


def test_the_example_that_all_others_change_is_without_findings() -> None:
    assert all_findings(json.loads(BASE.read_text())) == []


@pytest.mark.parametrize("row", COVERED, ids=[row["theirs"] for row in COVERED])
def test_what_the_public_linter_warns_of_is_found(row: dict[str, str]) -> None:
    value = json.loads(row["value"]) if row["value"] else GONE
    found = all_findings(changed(json.loads(BASE.read_text()), row["path"], value))
    assert row["ours"] in RULES
    assert row["ours"] in {finding.rule for finding in found}


def test_null_and_nothing_are_named_with_their_place() -> None:
    written = {
        "id": None,
        "elements": [{"restrictions": {}, "price_components": [{"vat": None}]}],
        "tariff_alt_text": [],
    }
    assert [(finding.rule, finding.path) for finding in lint_written(written, "key")] == [
        ("ocpi-null", "id"),
        ("ocpi-null", "elements[0].price_components[0].vat"),
        ("ocpi-empty", "elements[0].restrictions"),
        ("ocpi-empty", "tariff_alt_text"),
    ]


def test_a_tariff_that_says_all_it_has_is_written_well() -> None:
    written = json.loads(json.dumps(body({"elements": [{"ENERGY": 0.5}]})))
    assert lint_written(written, "key") == []


def test_what_reading_repairs_is_a_warning() -> None:
    (found,) = all_findings(changed(json.loads(BASE.read_text()), "elements[0].restrictions.end_time", "24:00"))
    assert (found.rule, found.grade) == ("ocpi-schema-note", Grade.WARNING)
    assert found.what.startswith("24:00 is read as 00:00, the end of the day")


def test_what_reading_refuses_is_a_breach() -> None:
    path = "elements[1].price_components[0].type"
    (found,) = all_findings(changed(json.loads(BASE.read_text()), path, "PARKING"))
    assert (found.rule, found.grade, found.path) == ("ocpi-schema", Grade.BREACH, path)
    assert found.remedy.startswith("Use one of ENERGY")


def test_energy_of_a_reservation_is_a_breach() -> None:
    written = body(
        {"elements": [{"ENERGY": 0.5, "when": {"reservation": "RESERVATION"}}], "last_updated": "2026-01-01T00:00:00Z"}
    )
    (found,) = all_findings(written, V230)
    assert (found.rule, found.grade) == ("ocpi-schema", Grade.BREACH)
    assert "a reservation cannot cost ENERGY" in found.what


def test_british_sample(shared_data: Path) -> None:
    answer = json.loads((shared_data / "nap/gb/pcpr-chargy-tariffs.sample.json").read_text())
    found = [finding for tariff in answer["data"] for finding in all_findings(tariff)]
    assert [(finding.rule, finding.grade.value, finding.what) for finding in found] == [
        row
        for currency, price in (("EUR", "0.5505"), ("USD", "0.4167"))
        for row in (
            (
                "ocpi-schema-note",
                "warning",
                f"not a currency of the operator's country ({currency}) [ISO 4217: GB uses GBP]",
            ),
            ("uk-11-currency", "breach", f"priced in {currency}"),
            ("uk-11-total", "warning", "the price is without VAT, and the rate is not said"),
            ("ocpi-tax-unknown", "warning", f"{price} {currency} per kWh is net; what it is gross is not said"),
        )
    ]
