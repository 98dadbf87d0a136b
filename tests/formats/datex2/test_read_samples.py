"""Official, authored and real documents: what is read of each, what is told, and that nothing else is lost.

What a sample gives stands in tests/data/datex2/read, one file each; `python -m tests.formats.datex2.test_read_samples` writes
them anew, to be looked at before they are kept.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from app.model.identifiers import compare_key
from app.model.problem import Severity
from tests.formats.datex2.documents import needs_samples
from tests.formats.datex2.publications import document, rendered
from tests.formats.datex2.reading import (
    Inventory,
    inventory,
    leaves,
    sample,
    samples,
    statuses,
    told_of,
    told_of_statuses,
)

pytestmark = needs_samples
GOLDEN = Path("tests/data/datex2/read")
TABLES, STATUSES = samples("Table"), samples("Status")
COUNTS = {
    "real-world/be-energyvision-table.v3.7-afir-shape.xml": (1, 1, 1, 0),
    "real-world/de-enbw-static.v3.6-afir-01-00-00.json": (6, 14, 30, 30),
    "real-world/de-glsmobility-static.v3.7-afir.json": (5, 19, 30, 11),
    "real-world/de-gpjoule-table.afir-01-00-00-shape.json": (1, 1, 1, 1),
    "real-world/es-dgt-table.v3-egi-excerpt.xml": (1, 1, 2, 0),
    "real-world/fi-fintraffic-table.v3.6-egi.json": (1, 2, 2, 0),
}
"""Sites, stations, points, tariffs."""
OF_OFFERS = {"stations.payment.contactless"}
"""Offers with ways to pay of their own are written with these alone."""

ROUNDED = "tariffs.elements.price_components.price"
"""XML of v3.7 has two decimals: what has more is said as a text beside a price of no type."""


def golden(name: str) -> Path:
    return GOLDEN / f"{name.replace('/', '.')}.json"


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_read_as_it_was(name):
    assert _plain(told_of(inventory(sample(name), "sample"))) == json.loads(golden(name).read_text())


@pytest.mark.parametrize("name", STATUSES)
def test_statuses_are_read_as_they_were(name):
    assert _plain(told_of_statuses(statuses(sample(name), "sample"))) == json.loads(golden(name).read_text())


@pytest.mark.parametrize("name", COUNTS)
def test_nothing_of_a_real_table_is_refused(name):
    found = told_of(inventory(sample(name)))
    assert (found["locations"], found["stations"], found["evses"], found["tariff_count"]) == COUNTS[name]
    assert not found["refused"]


@pytest.mark.parametrize("name", COUNTS)
def test_real_tables_have_notes_alone(name):
    assert {one.severity for one in inventory(sample(name)).problems} == {Severity.NOTE}


def test_xml_and_json_of_one_content_are_read_alike():
    for folder in ("authored-v3.7-afir", "authored-v3.6-egi"):
        xml, json_ = (inventory(sample(f"{folder}/table.{end}")) for end in ("xml", "json"))
        assert (xml.locations, xml.tariffs) == (json_.locations, json_.tariffs)


@pytest.mark.parametrize("target", ["datex2-v3.7-afir-table-json", "datex2-v3.7-afir-table-xml"])
@pytest.mark.parametrize("name", TABLES)
def test_what_was_read_is_written_and_read_again_or_a_loss(name, target):
    once = inventory(sample(name))
    known = {id_: {**body, "last_updated": "2026-01-01T00:00:00Z"} for id_, body in once.tariffs.items()}
    again = inventory(document(target, once.locations, known))
    lost = {loss.path.replace("[]", "") for body in once.locations for loss in rendered(target, body, known).losses}
    missing = {path for path, _ in (_facts(once.locations) - _facts(again.locations))} - OF_OFFERS
    assert missing <= lost
    assert _prices(again) == _prices(once) or ROUNDED in lost


def test_newer_prices_come_from_the_statuses():
    folder = "authored-v3.7-afir"
    updates = statuses(sample(f"{folder}/status-snapshot.xml")).updates
    before, after = inventory(sample(f"{folder}/table.xml")), inventory(sample(f"{folder}/table.xml"), updates=updates)
    assert [_energy(found.tariffs["rate-DC-adhoc"]) for found in (before, after)] == [0.59, 0.57]
    assert before.locations == after.locations


def _energy(tariff: dict[str, Any]) -> float:
    parts = [part for element in tariff["elements"] for part in element["price_components"]]
    return next(part["price"] for part in parts if part["type"] == "ENERGY")


def _prices(found: Inventory) -> list[tuple[str, str, list[str]]]:
    """What each connector costs, whatever its tariffs are called: a rate in two offers is written as two."""
    tariffs = {
        id_: json.dumps([body["currency"], body["elements"]], default=str) for id_, body in found.tariffs.items()
    }
    return [
        (evse["uid"], connector["id"], sorted({tariffs[id_] for id_ in connector["tariff_ids"]}))
        for body in found.locations
        for evse in body["evses"]
        for connector in evse["connectors"]
        if "tariff_ids" in connector
    ]


def _facts(locations: list[dict[str, Any]]) -> Counter[tuple[str, Any]]:
    """Without ids of tariffs, with EVSE ids however they are written, and what stations inherit with each of them."""
    found: Counter[tuple[str, Any]] = Counter()
    for body in locations:
        inherited = {name: body[name] for name in ("opening_times", "help_phone") if name in body}
        stations = [{**inherited, **station} for station in body["stations"]]
        rest = {name: value for name, value in body.items() if name not in inherited}
        for path, value in leaves({**rest, "stations": stations}):
            if "tariff_id" not in path:
                found[path, compare_key(value) if path == "evses.evse_id" else value] += 1
    return found


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


def _write() -> None:
    for name in TABLES:
        _keep(name, told_of(inventory(sample(name), "sample")))
    for name in STATUSES:
        _keep(name, told_of_statuses(statuses(sample(name), "sample")))


def _keep(name: str, told: dict[str, Any]) -> None:
    golden(name).write_text(json.dumps(_plain(told), indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    _write()
