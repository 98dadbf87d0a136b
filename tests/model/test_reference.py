"""The model against the tables of OCPI: fields, types, lengths, cardinalities and enum values of each version."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from app.formats.ocpi.upgrade import former_names
from app.formats.ocpi.versions import DOWN
from app.model.location import Location
from app.model.shape import Field, fields
from app.model.tariff import Tariff

DATA = Path(__file__).parent.parent / "data" / "model"
FIELDS = list(csv.DictReader((DATA / "ocpi-fields.csv").open()))
ENUMS = list(csv.DictReader((DATA / "ocpi-enums.csv").open()))
NEWEST = [row for row in FIELDS if row["2.3.0"]]

# Countries, currencies, zones, clock times and degrees are checked by more than their length.
STRICTER = {
    ("Location", "country_code"): "ISO 3166-1 alpha-2",
    ("Tariff", "country_code"): "ISO 3166-1 alpha-2",
    ("Location", "country"): "ISO 3166-1 alpha-3",
    ("Location", "time_zone"): "IANA time zone names",
    ("Tariff", "currency"): "ISO 4217",
}
TYPES = {"bool": "boolean", "CiStr": "CiString", "str": "string", "URL": "string(255), an absolute URL"}


def classes():
    found, waiting = {}, [Location, Tariff]
    while waiting:
        model = waiting.pop()
        if model.__name__ not in found:
            found[model.__name__] = fields(model)
            waiting += [field.child for field in fields(model).values() if field.child]
    return found


CLASSES = classes()


def is_optional(field: Field) -> bool:
    return not field.required and not field.expected


@pytest.mark.parametrize("row", NEWEST, ids=lambda row: f"{row['class']}.{row['field']}")
def test_the_model_has_the_field_as_ocpi_2_3_0_defines_it(row):
    field = CLASSES[row["class"]][row["field"]]
    kind, cardinality = row["2.3.0"].rsplit(" ", 1)
    assert not field.extension
    assert field.many == (cardinality in "*+")
    assert is_optional(field) == (cardinality in "?*")
    assert ("at least 1" in field.rule) == (cardinality == "+") or kind in ("int", "int(1)", "int(5)", "number")
    rule = field.rule.removeprefix("list of ")
    if (row["class"], row["field"]) in STRICTER:
        assert rule == STRICTER[row["class"], row["field"]]
    elif kind[0].isupper() and kind not in TYPES and not kind.startswith(("CiStr", "DateTime")):
        assert kind in ((field.child.__name__,) if field.child else (field.enum,))
    else:
        base, length = re.fullmatch(r"(\w+)(?:\((\d+)\))?", kind).groups()
        assert rule.startswith(TYPES.get(base, base))
        if length and base != "int":
            assert f"({length})" in rule


def test_the_model_has_no_other_field_of_ocpi():
    # Of the Bookings and Payments extensions of 2.3.0.
    known = {(row["class"], row["field"]) for row in NEWEST} | {("TariffRestrictions", "booking")}
    ocpi_classes = {row["class"] for row in FIELDS}
    own = {
        (owner, name)
        for owner, owned in CLASSES.items()
        if owner in ocpi_classes
        for name, field in owned.items()
        if not field.extension
    }
    assert own - known == set()


@pytest.mark.parametrize("version", ["2.2.1", "2.1.1"])
@pytest.mark.parametrize("owner", sorted({row["class"] for row in NEWEST} - {"PriceLimit"}))
def test_the_difference_tables_leave_just_what_the_version_has(owner, version):
    renamed = former_names(version).get(owner, {})
    gone = {name for step in DOWN[version] for table in (step.fields, step.implied) for name in table.get(owner, ())}
    left = {
        renamed.get(name, name) for name, field in CLASSES[owner].items() if not field.extension and name not in gone
    }
    if any(owner == row["class"] and row[version] for row in FIELDS):
        assert left == {row["field"] for row in FIELDS if row["class"] == owner and row[version]}


@pytest.mark.parametrize("name", sorted({row["enum"] for row in ENUMS}))
def test_the_enum_has_the_values_of_2_3_0_and_is_open_where_ocpi_says_so(name):
    field = next(field for owned in CLASSES.values() for field in owned.values() if field.enum == name)
    rows = [row for row in ENUMS if row["enum"] == name]
    assert field.values == {row["value"] for row in rows if row["2.3.0"]}
    assert field.open == (rows[0]["kind"] == "OpenEnum")


@pytest.mark.parametrize("version", ["2.2.1", "2.1.1"])
@pytest.mark.parametrize("name", sorted({row["enum"] for row in ENUMS if row["2.1.1"]}))
def test_the_difference_tables_know_the_enum_values_of_the_version(name, version):
    rows = [row for row in ENUMS if row["enum"] == name and row["2.3.0"]]
    gone = {value for step in DOWN[version] for value in step.values.get(name, ())}
    left = {row["value"] for row in rows} - gone
    used_there = name not in ("TokenType",) or version != "2.1.1"
    if used_there:
        assert left == {row["value"] for row in rows if row[version]}
