"""What is found in the tariffs of others: the specification's, and the shapes in which German operators state their prices."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.formats.ocpi.parse import read_tariff
from app.formats.ocpi.versions import V230, VERSIONS
from app.model.finding import Finding
from app.model.tariff import Tariff
from app.tariffs.lint import About, lint_tariff, lint_written
from tests.tariffs.lint.cases import AT, FOLDER, body, read

FAST = About(power_kw=Decimal(150), commissioned_on=date(2025, 1, 1))
GERMAN: list[dict[str, Any]] = read("german")


def findings(written: Any, version: str) -> list[Finding]:
    parsed = read_tariff(written, version, country_code="DE", party_id="ALL")
    found = lint_written(written, "key", parsed.problems)
    return found + (lint_tariff(Tariff.model_validate(parsed.record.body), FAST, AT) if parsed.record else [])


@pytest.mark.parametrize("case", GERMAN, ids=[case["what"] for case in GERMAN])
def test_german_price_shapes(case: dict[str, Any]) -> None:
    written = {**body(case["tariff"]), "last_updated": "2026-01-01T00:00:00Z"}
    assert [[one.grade.value, one.rule, one.path] for one in findings(written, V230)] == case["finds"]


def test_examples_of_the_specification(shared_data: Path) -> None:
    """`expected` is written down line by line, so that a rule that says more or less than before is seen."""
    files = [
        path for version in VERSIONS for path in sorted((shared_data / "ocpi-examples" / version).glob("tariff*.json"))
    ]
    lines = [
        f"{path.parent.name}/{path.stem}\t{one.grade.value}\t{one.rule}\t{one.path}\t{one.what}"
        for path in files
        for one in findings(json.loads(path.read_text()), path.parent.name)
    ]
    assert lines == (FOLDER / "ocpi-examples.tsv").read_text().splitlines()
