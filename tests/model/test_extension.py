from __future__ import annotations

import csv
from pathlib import Path

from app.model.extension import extension_fields

FIELDS = Path(__file__).parent.parent / "data" / "model" / "extension-fields.csv"


def test_every_extension_field_is_in_the_table_and_nothing_else_is():
    """The public promise: a field that goes or is renamed shows here first."""
    promised = {row["path"]: row["rule"] for row in csv.DictReader(FIELDS.open())}
    assert {field.path: field.rule for field in extension_fields()} == promised


def test_the_table_says_what_each_field_means():
    tops = [field for field in extension_fields() if field.meaning]
    assert {field.path for field in tops} >= {
        "stations",
        "evses[].charger_id",
        "operator.legal_name",
        "tariff.occupancy",
    }
    assert all(field.values for field in extension_fields() if field.rule.startswith("enum"))
