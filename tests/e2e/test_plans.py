"""A network whose prices are plans in a folder, from its files to what a reader of the feed gets."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.duties import open_registry
from app.model.batch import Kind
from app.registry.apply import Registry
from app.settings import load, shipped
from app.sources.base import Source, make_source
from tests.e2e.backend import pull
from tests.processes import free_port
from tests.shared import ROOT
from tests.web.network import Network, Reader, granian

INVENTORY = ROOT / "tests" / "data" / "file" / "inventory.csv"
CONFIG = """
operator: {{name: Stadtwerke}}
database: sqlite:///feed.db
store: {{directory: public}}
web: {{port: {port}, stream_port: {stream_port}}}
overlay: [facts.yaml]
sources:
  - {{name: files, type: file, country_code: DE, party_id: TST, inventory: inventory.csv, tariffs: plans}}
"""
FACTS = """
- for: {location: HAFEN, connector: "*"}
  set: {tariff_ids: [free]}
"""
CITY = ["city-peak-adhoc", "city-peak-adhoc-270701"]


@dataclass
class City:
    folder: Path
    source: Source
    registry: Registry
    reader: Reader

    def pull(self) -> None:
        for kind in (Kind.LOCATIONS, Kind.TARIFFS):
            pull(self.source, self.registry, kind)

    def edit(self, old: str, new: str) -> None:
        """The plan of the city, as its operator writes it anew."""
        file = self.folder / "plans" / "peak-holidays.yaml"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))
        self.pull()

    def tariffs(self) -> dict[str, Any]:
        return {tariff["id"]: tariff for tariff in self.reader.crawl("/open/ocpi/2.3.0/tariffs")}

    def named(self) -> dict[str, list[str]]:
        """EVSE → the tariffs at its first connector."""
        evses = [evse for location in self.reader.crawl("/open/ocpi/2.3.0/locations") for evse in location["evses"]]
        return {evse["evse_id"]: evse["connectors"][0].get("tariff_ids", []) for evse in evses}

    def price(self, id: str) -> Any:
        """Per kWh, where no other price holds."""
        components = [part for element in self.tariffs()[id]["elements"] for part in element["price_components"]]
        return [part["price"] for part in components if part["type"] == "ENERGY"][-1]


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    """Two charging points of the city's plan, and one that the overlay calls free of charge."""
    (tmp_path / "plans").mkdir()
    for name in ("peak-holidays.yaml", "free.yaml"):
        plan = (shipped("config") / "plans" / name).read_text()
        (tmp_path / "plans" / name).write_text(plan.replace("DE*ABC", "DE*TST"))
    shutil.copyfile(ROOT / "tests" / "data" / "ocpi" / "2.3.0" / "tariffs.json", tmp_path / "plans" / "tariffs.json")
    table = INVENTORY.read_text()
    (tmp_path / "inventory.csv").write_text(table.replace(";AC\n", ";city-peak\n").replace(";DC\n", ";City-Peak|DC\n"))
    (tmp_path / "facts.yaml").write_text(FACTS)
    config = tmp_path / "chargefeed.yaml"
    config.write_text(CONFIG.format(port=free_port(), stream_port=free_port()))
    settings = load(config)
    registry = open_registry(settings)
    source = make_source(settings.sources[0], registry.clock)
    with granian(Network(config, settings, registry, source)):
        city = City(tmp_path, source, registry, Reader(settings.web.url))
        city.pull()
        yield city
    registry.engine.dispose()


def test_the_public_tariffs_of_the_plans_are_listed_and_named(city: City) -> None:
    assert set(city.tariffs()) == {*CITY, "free", "AC", "DC"}
    assert city.named() == {"DE*TST*E0001": CITY, "DE*TST*E0002": [*CITY, "DC"], "DE*TST*E0003": ["free"]}
    (free,) = city.reader.data("/open/ocpi/2.1.1/locations/HAFEN")["evses"]
    assert free["connectors"][0]["tariff_id"] == "free"
    everything = "".join(
        city.reader.get(path).text
        for path in ("/open/ocpi/2.3.0/locations", "/open/ocpi/2.3.0/tariffs", "/open/changes?since=0")
    )
    assert "city-peak-contract" not in everything
    assert "city-peak-gold" not in everything


def test_a_defective_edit_keeps_the_price_and_a_mended_one_changes_it(city: City) -> None:
    assert city.price("city-peak-adhoc") == 0.59
    before = city.tariffs()
    city.edit("energy: 0.59", "energy: 0,59")
    assert city.tariffs() == before
    (state,) = [state for state in city.registry.source_states() if state.kind is Kind.TARIFFS]
    (problem,) = state.problems
    assert (problem["where"], problem["path"]) == ("peak-holidays.yaml:22", "ad_hoc.energy")
    assert "write a point, not a comma" in problem["what"]
    city.edit("energy: 0,59", "energy: 0.55")
    assert city.price("city-peak-adhoc") == 0.55
    (state,) = [state for state in city.registry.source_states() if state.kind is Kind.TARIFFS]
    assert state.problems == ()


def test_a_plan_that_is_defective_at_a_restart_keeps_its_tariffs(city: City) -> None:
    before = city.tariffs()
    city.source = make_source(city.source.settings, city.registry.clock)
    city.edit("currency: EUR", "currency: euros")
    assert city.tariffs() == before
    assert city.registry.held() == []


def test_a_change_that_is_announced_is_named_by_the_same_edit(city: City) -> None:
    city.edit("changes:\n", "changes:\n  - {from: 2027-03-01, ad_hoc: {energy: 0.60}, contract: {energy: 0.50}}\n")
    assert city.price("city-peak-adhoc-270301") == 0.6
    assert city.named()["DE*TST*E0001"] == [*CITY, "city-peak-adhoc-270301"]


def test_what_ocpi_cannot_say_is_listed_with_the_tariff(city: City) -> None:
    found = {(problem["record"], problem["path"]) for problem in city.registry.problems("files")}
    assert ("DE*TST/city-peak-adhoc", "elements[].restrictions") in found
