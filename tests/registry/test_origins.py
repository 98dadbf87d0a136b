"""Who said what is published, read back."""

from __future__ import annotations

from pathlib import Path

from app.clock import ManualClock
from app.registry.apply import Registry
from app.registry.origins import sourced_locations
from app.registry.overlay_files import load_overlay
from app.registry.projection import View
from tests.registry.backend import Backend, connector, evse, location, tariff


def test_facts_statuses_and_prices_have_their_source(backend: Backend, other: Backend, registry: Registry) -> None:
    backend.tariffs(tariff("T1"), tariff("T2", type="REGULAR"))
    backend.locations(location("L1", evse("E1", connector(tariff_ids=["T1", "T2"])), evse("E2", status=None)))
    backend.locations(location("HIDDEN", evse("E3"), publish=False), complete=False)
    other.statuses(("E1", "CHARGING"))
    (found,) = sourced_locations(registry.engine)
    assert found.object.body["id"] == "L1"
    assert found.source == "abc"
    assert found.statuses == {"E1": "other"}
    assert found.prices == {"t1": "abc"}, "a contract tariff is not public"
    assert found.overlaid == {}


def test_what_the_overlay_fills_names_its_file_and_line(registry: Registry, clock: ManualClock, tmp_path: Path) -> None:
    (tmp_path / "facts.csv").write_text("party,location,help_phone\nDE*ABC,L1,+49 361123456\n")
    overlay = load_overlay([tmp_path / "facts.csv"], {})
    filled = Registry(registry.engine, clock, overlay=lambda: overlay)
    Backend(filled, clock).locations(location("L1", evse("E1")), location("L2", evse("E2")))
    found = {one.object.id: one.overlaid for one in sourced_locations(registry.engine)}
    assert found == {"L1": {"help_phone": f"{tmp_path}/facts.csv:2"}, "L2": {}}


def test_a_view_leaves_out_others(backend: Backend, registry: Registry) -> None:
    backend.locations(
        location("L1", evse("E1")),
        location("L2", evse("E2"), country="FRA"),
        location("L3", evse("E3"), party_id="XYZ"),
    )
    seen = [
        [one.object.id for one in sourced_locations(registry.engine, view)]
        for view in (View(countries=frozenset({"FRA"})), View(parties=frozenset({"DE*XYZ"})))
    ]
    assert seen == [["L2"], ["L3"]]
