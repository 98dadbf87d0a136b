"""The examples of the specification and the British sample: all are read, and all defects are known by name."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.formats.base import Context
from app.formats.ocpi.detect import class_of
from app.formats.ocpi.downgrade import downgrade
from app.formats.ocpi.parse import (
    PARTS,
    read_location,
    read_part,
    read_tariff,
    salvage_location,
    salvage_part,
    salvage_tariff,
)
from app.formats.ocpi.versions import VERSIONS
from app.model.canonical import full_body
from tests.shared import data_folder

EXAMPLES = data_folder() / "ocpi-examples"
FILES = [f"{version}/{path.name}" for version in VERSIONS for path in sorted((EXAMPLES / version).glob("*.json"))]
PAIRS = [
    file.removeprefix("2.3.0/") for file in FILES if file.startswith("2.3.0/") and file.replace("3.0", "2.1") in FILES
]
NOWHERE = Context(at=0, tariffs={})

STEP = "elements[0].price_components[0].step_size: a step of 0, read as 1"
NO_TIME = "last_updated: required field last_updated is missing"
CONNECTOR = "connectors[0].{}: required field {} is missing: Connector left out"
NO_CONNECTOR = "connectors: 0 entries, at least 1 required: connectors left out"
DEFECTS = {
    "2.1.1/location_example.json": ["evses[0].evse_id: - instead of * as separator (2 times)"],
    "2.1.1/location_put_example_add_evse.json": [
        CONNECTOR.format("power_type", "power_type"),
        CONNECTOR.format("voltage", "voltage"),
        CONNECTOR.format("amperage", "amperage"),
        "floor_level: no text: read as -1",
        "physical_reference: no text: read as 3",
        NO_CONNECTOR,
    ],
    **{
        f"{version}/location_put_example_add_evse.json": [
            CONNECTOR.format("power_type", "power_type"),
            CONNECTOR.format("max_voltage", "max_voltage"),
            CONNECTOR.format("max_amperage", "max_amperage"),
            "physical_reference: no text: read as 3",
            NO_CONNECTOR,
        ]
        for version in ("2.2.1", "2.3.0")
    },
    **{f"{version}/tariff_put_example.json": [NO_TIME] for version in VERSIONS},
    **{f"{version}/tariff_5_free_of_charge.json": [STEP] for version in VERSIONS},
}
DIFFERENT = {"location_example.json": "its authors changed parking_type between the versions"}


def example(file: str) -> dict[str, Any]:
    return json.loads((EXAMPLES / file).read_text(), parse_float=Decimal)


def read(file: str) -> tuple[Any, list[str]]:
    """What is taken of an example, and the problems as `path: what`."""
    version, name = file.split("/")
    body = json.loads((EXAMPLES / file).read_text())
    owner = {"country_code": "BE", "party_id": "BEC"}
    if name.startswith("location_example"):
        parsed = read_location(body, version, **owner)
        taken, problems = parsed.record, parsed.problems
    elif name.startswith("tariff"):
        parsed = read_tariff(body, version, country_code="DE", party_id="ALL")
        taken, problems = parsed.record, parsed.problems
    else:
        part = read_part(body, class_of(body), version)
        taken, problems = part.body, part.problems
    return taken, [f"{problem.path}: {problem.what}" for problem in problems]


def test_the_examples_are_there(shared_data: Path):
    assert len(FILES) > 50
    assert len(PAIRS) > 20


@pytest.mark.parametrize("file", FILES)
def test_an_example_is_read_and_its_defects_are_known(file):
    taken, problems = read(file)
    assert taken
    assert problems == DEFECTS.get(file, [])


@pytest.mark.parametrize("name", PAIRS)
def test_the_2_3_0_example_becomes_the_2_2_1_example(name):
    body, expected = example(f"2.3.0/{name}"), example(f"2.2.1/{name}")
    part = class_of(body)
    salvage = {"Location": salvage_location, "Tariff": salvage_tariff}.get(part)
    if salvage and "id" in body:
        found = salvage(body, "2.3.0", country_code=None, party_id=None)
        converted, _ = downgrade(full_body(found.model), PARTS[part], "2.2.1", NOWHERE)
    else:
        if "put_example_add_evse" in name:  # what is sound of it, in both versions
            expected = read_part(expected, part, "2.2.1").body
        found = salvage_part(body, part, "2.3.0", whole=False)
        converted, _ = downgrade(full_body(found.model), PARTS[part], "2.2.1", NOWHERE)
    if name in DIFFERENT:
        assert comparable(converted) != comparable(expected)
        expected["parking_type"] = body["parking_type"]
    assert comparable(converted) == comparable(expected)


def comparable(value: Any) -> Any:
    """By value: numbers exact, times to the second."""
    if isinstance(value, dict):
        return {name: comparable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [comparable(item) for item in value]
    if isinstance(value, float | int) and not isinstance(value, bool):
        return Decimal(str(value))
    if isinstance(value, str) and value.endswith(".000Z"):
        return value.replace(".000Z", "Z")
    return value


def british(kind: str) -> list[dict[str, Any]]:
    return json.loads((data_folder() / "nap" / "gb" / f"pcpr-chargy-{kind}.sample.json").read_text())["data"]


def test_the_british_location_is_read_with_its_defects(shared_data: Path):
    (body,) = british("locations")
    parsed = read_location(body, "2.2.1", country_code=None, party_id=None, where="item 0")
    assert [(problem.path, problem.what, problem.value) for problem in parsed.problems] == [
        ("evses[0].status", "not a value of the enum: read as UNKNOWN", "WORKING"),
        ("evses[0].evse_id", "a separator right after E", "GB*CGY*E*00022"),
    ]
    assert {problem.record for problem in parsed.problems} == {"GB*CGY/98632dfb-6751-45ec-b3a0-9066b749fdfa"}
    assert {problem.where for problem in parsed.problems} == {"item 0"}
    assert [(status.evse, status.status) for status in parsed.record.statuses] == [
        ("7537c966-4204-480b-b886-b36da876a856", "UNKNOWN")
    ]
    assert parsed.record.body["coordinates"] == {"latitude": "51.578497", "longitude": "-0.064141"}
    assert parsed.record.body["evses"][0]["connectors"][0]["tariff_ids"] == ["0bad02ae-65c3-4a43-b48c-6ebdc9708872"]


def test_the_british_tariffs_are_read_with_their_defects(shared_data: Path):
    parsed = [read_tariff(body, "2.2.1", country_code=None, party_id=None) for body in british("tariffs")]
    found = [[(problem.path, problem.what, problem.value) for problem in item.problems] for item in parsed]
    odd = "not a currency of the operator's country"
    assert found == [[("currency", odd, "EUR")], [("currency", odd, "USD")]]
    assert [item.record.body["tax_included"] for item in parsed] == ["NO", "NO"]
