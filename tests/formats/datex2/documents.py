"""Official and real documents of DATEX II: the rates in them, and documents around rates, for the schemas to judge."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator, Registry
from lxml import etree

from app.formats.datex2.encoding import GERMAN_JSON, V37_JSON, Encoding
from tests.shared import data_folder

FOLDER = data_folder() / "datex2"
SAMPLES = FOLDER / "samples"
AEGI = "{http://datex2.eu/schema/3/afirEnergyInfrastructure}"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"no shared test data in {SAMPLES}")
_BASE = "http://datex2.eu/schema/3/"
_TABLES = {GERMAN_JSON: "authored-afir-01-00-00", V37_JSON: "authored-v3.7-afir"}
_SCHEMAS = {
    GERMAN_JSON: ("afir-01-00-00/static", "afir-01-00-00/dynamic"),
    V37_JSON: ("v3.7-derived", "v3.7-derived"),
}


def load(path: Path) -> Any:
    """Numbers exact."""
    return json.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)


def objects(body: Any, mark: str, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object that has the member `mark`, with its place."""
    if isinstance(body, dict):
        if mark in body:
            yield path, body
        for name, value in body.items():
            yield from objects(value, mark, f"{path}.{name}" if path else name)
    elif isinstance(body, list):
        for index, value in enumerate(body):
            yield from objects(value, mark, f"{path}[{index}]")


def files(mark: str) -> list[str]:
    """The JSON samples in which an object has the member `mark`."""
    found = sorted(SAMPLES.glob("*/*.json"))
    return [f"{path.parent.name}/{path.name}" for path in found if f'"{mark}"' in path.read_text(encoding="utf-8-sig")]


def errors_in_table(rates: list[dict[str, Any]], encoding: Encoding) -> list[str]:
    """What the schema says of a table whose first point has these rates."""
    document = load(SAMPLES / _TABLES[encoding] / "table.json")
    holder = next(owner for _, owner in objects(document, "energyRate"))
    holder["energyRate"] = rates
    return errors_in(document, f"{_SCHEMAS[encoding][0]}/DATEXII_3_D2Payload.json")


def errors_in_status(updates: list[dict[str, Any]], encoding: Encoding) -> list[str]:
    document = load(SAMPLES / _TABLES[encoding] / "status-snapshot.json")
    holder = next(owner for _, owner in objects(document, "energyRateUpdate"))
    holder["energyRateUpdate"] = updates
    return errors_in(document, f"{_SCHEMAS[encoding][1]}/DATEXII_3_MessageContainer.json")


def assert_valid_xml(file: str, element: etree._Element) -> None:
    """The sample with its first element of that name replaced by this one, against the XSD of 3.7."""
    document = deepcopy(etree.parse(SAMPLES / "authored-v3.7-afir" / file))
    old = next(document.iter(element.tag))
    old.getparent().replace(old, element)
    _xsd().assertValid(document)


def errors_in(document: Any, schema: str) -> list[str]:
    plain = json.loads(json.dumps(document, default=float))
    return [f"{error.instance_path}: {error.message}" for error in _validator(schema).iter_errors(plain)]


@cache
def _validator(schema: str) -> Draft202012Validator:
    path = FOLDER / "jsonschema" / schema
    resources = [(f"{_BASE}{one.name}", json.loads(one.read_text("utf-8-sig"))) for one in path.parent.glob("*.json")]
    return Draft202012Validator({"$ref": f"{_BASE}{path.name}"}, registry=Registry(resources), validate_formats=True)


@cache
def _xsd() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(FOLDER / "xsd" / "v3.7" / "DATEXII_3_MessageContainer.xsd"))
