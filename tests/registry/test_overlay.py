from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pytest

from app.clock import ManualClock, parse_time
from app.errors import ConfigError
from app.model.batch import Kind
from app.registry import overlay_files
from app.registry.apply import Registry
from app.registry.overlay import Overlay
from app.registry.overlay_files import OverlayFiles, load_overlay
from app.sources.demo.source import DemoSettings, DemoSource
from tests.registry import backend

DATA = Path(__file__).parent.parent / "data" / "registry"
FILES = [DATA / "overlay.yaml", DATA / "overlay.csv"]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_795_000_000_000)


@pytest.fixture
def filled(tmp_path, clock):
    """A database with a small demo network, as its URL."""
    url = f"sqlite:///{tmp_path}/feed.db"
    registry = Registry.open(url, clock=clock)
    source = DemoSource(DemoSettings(name="demo", type="demo", countries=["DE"], locations=20), clock)
    for kind in (Kind.TARIFFS, Kind.LOCATIONS):
        for batch in source.fetch(kind, None, full=True):
            registry.apply(batch)
    return url


def location(registry, id):
    with registry.feed().read() as feed:
        return feed.find(Kind.LOCATIONS, "DE", "DEM", id).body


def head(registry):
    with registry.feed().read() as feed:
        return feed.head()


def opened(url, clock, paths=FILES):
    return Registry.open(url, clock=clock, overlay=OverlayFiles(paths, {}))


def test_each_defect_of_a_file_is_named_with_its_line_and_the_rest_is_taken():
    overlay = load_overlay(FILES, {})
    said = [(Path(problem.where).name, problem.what.split(":")[0]) for problem in overlay.problems]
    assert ("overlay.yaml:1", "unknown field `housenumber`") in said
    assert ("overlay.yaml:6", "no calendar day such as 2026-01-31") in said
    assert ("overlay.yaml:8", "an entry needs `for` and `set`") in said
    assert len(overlay.facts) == 5


def test_a_file_that_is_no_list_is_refused_with_its_name(tmp_path):
    (tmp_path / "overlay.yaml").write_text("for: {party: X}\n")
    with pytest.raises(ConfigError, match="list of entries"):
        load_overlay([tmp_path / "overlay.yaml"], {})


def test_facts_fill_gaps_replace_where_told_and_leave_the_rest(filled, clock):
    before = location(Registry.open(filled, clock=clock), "DE000001")
    registry = opened(filled, clock)
    clock.advance(seconds=60)
    registry.refresh_overlay()
    after = location(registry, "DE000001")
    assert after["name"] == "Overridden"
    assert after["help_phone"] == before["help_phone"], "a source said so: only an override replaces it"
    assert after["two_wheels_only"] is False
    assert after["operator"] == {**before["operator"], "legal_name": "Example GmbH"}
    assert (
        location(registry, "DE000003")["operator"]["legal_name"] != "Betreiber AG"
        or "legal_name" not in before["operator"]
    )
    assert location(registry, "DE000002")["evses"][0]["charger_id"]


def test_the_same_overlay_writes_nothing_twice_and_its_end_takes_the_facts_away(filled, clock):
    plain = location(Registry.open(filled, clock=clock), "DE000001")
    opened(filled, clock).refresh_overlay()
    seen = head(opened(filled, clock))
    again = opened(filled, clock)
    again.refresh_overlay()
    assert head(again) == seen
    clock.advance(seconds=60)
    without = opened(filled, clock, [])
    without.refresh_overlay()
    body = location(without, "DE000001")
    assert body["last_updated"] > plain["last_updated"]
    assert {**body, "last_updated": None} == {**plain, "last_updated": None}


def test_an_overlay_that_names_nothing_is_no_work(filled, clock):
    registry = Registry.open(filled, clock=clock, overlay=Overlay)
    seen = head(registry)
    assert registry.refresh_overlay() == ()
    assert head(registry) == seen


def test_a_nested_object_without_its_required_fields_is_left_out_and_reported(filled, clock):
    registry = opened(filled, clock)
    problems = registry.refresh_overlay()
    lacking = [problem for problem in problems if "needs name" in problem.what]
    owners = [location(registry, f"DE00000{n}").get("owner", {"name": ""}) for n in range(1, 10)]
    assert all("name" in owner for owner in owners)
    assert lacking or all(owner.get("legal_name") for owner in owners)


def test_an_edited_file_is_read_again_and_a_broken_one_leaves_the_last(tmp_path, monkeypatch):
    monkeypatch.setattr(overlay_files, "LOOK_EVERY_S", 0.0)
    path = tmp_path / "overlay.yaml"
    path.write_text("- set: {help_phone: '+49 30 1'}\n")
    files = OverlayFiles([path], {})
    before = files().fingerprint
    path.write_text("- set: {help_phone: '+49 30 22'}\n")
    edited = files().fingerprint
    assert edited != before
    path.write_text("- set: {help_phone: '+49\n")
    assert files().fingerprint == edited


def test_facts_of_a_station_make_the_assumed_one_where_no_source_says_any(tmp_path):
    (tmp_path / "overlay.yaml").write_text("- for: {location: L1, station: '*'}\n  set: {contract_payment: true}\n")
    overlay = load_overlay([tmp_path / "overlay.yaml"], {})
    body = {"country_code": "DE", "party_id": "ABC", "id": "L1", "evses": [{"uid": "E1"}]}
    laid = overlay.over(body)
    assert laid.body["stations"] == [{"id": "L1", "evse_uids": ["E1"], "assumed": True, "contract_payment": True}]
    assert list(laid.provenance) == ["stations[L1].contract_payment"]
    assert "stations" not in body


@pytest.fixture(params=["csv", "xlsx"])
def cells(request, tmp_path):
    """The table of cells as the file that a person keeps."""
    path = DATA / "overlay-cells.csv"
    if request.param == "csv":
        return path
    book = openpyxl.Workbook()
    for row in csv.reader(line for line in path.read_text().splitlines() if not line.startswith("#")):
        book.active.append([int(cell) if cell.isdigit() else cell or None for cell in row])
    book.create_sheet("notes").append(["for people"])
    book.save(tmp_path / "overlay-cells.xlsx")
    return tmp_path / "overlay-cells.xlsx"


def test_a_table_is_csv_or_xlsx_with_remarks_and_short_writings(cells):
    overlay = load_overlay([cells], {})
    location, station, evse = (fact.body for fact in overlay.facts)
    assert location["opening_times"]["regular_hours"][-1] == {
        "weekday": 6,
        "period_begin": "10:00",
        "period_end": "18:00",
    }
    assert location["service_providers"] == [{"name": "Drive One", "provider_id": "DE*EXD"}, {"name": "Roam Two"}]
    assert location["operator"]["registration_ids"] == [
        {"scheme": "SIREN", "id": "130025265"},
        {"scheme": "BNETZA", "id": "1234"},
    ]
    assert [text["text"] for text in location["directions"]] == ["Hinter dem Haus: links", "Behind the house"]
    assert station == {"max_power_kw": 22.5, "parking_space_count": 4, "payment": {"card_reader": True}}
    assert evse == {"smart_recharging": ["REMOTE_CONTROL", "BIDIRECTIONAL"]}
    assert [(fact.level, fact.where.rpartition(":")[2]) for fact in overlay.facts] == [
        (level, str(line + (2 if cells.suffix == ".csv" else 0)))
        for level, line in (("location", 2), ("station", 3), ("evse", 4))
    ]


def test_an_unknown_field_inside_an_object_is_named_too(cells):
    (problem,) = load_overlay([cells], {}).problems
    assert problem.what == "unknown field `legalname`"
    assert problem.remedy == "did you mean `legal_name`?"


@pytest.mark.parametrize("known_before", [True, False], ids=["filled later", "filled as it comes"])
def test_an_evse_id_of_the_overlay_is_the_one_that_statuses_find(tmp_path, clock, known_before):
    cells = tmp_path / "ids.yaml"
    cells.write_text("- for: {evse: E1}\n  set: {evse_id: DE*ABC*E77}\n")
    url, place = f"sqlite:///{tmp_path}/feed.db", backend.location("A", backend.evse("E1", evse_id=None))
    registry = opened(url, clock, [] if known_before else [cells])
    registry.apply(backend.locations_batch("backend", clock.now(), [place]))
    if known_before:
        registry = opened(url, clock, [cells])
        registry.refresh_overlay()
    applied = registry.apply(backend.statuses_batch("backend", clock.now(), [("DE-ABC-E77", "CHARGING")]))
    assert applied.problems == ()
    with registry.feed().read() as feed:
        (point,) = feed.find(Kind.LOCATIONS, "DE", "ABC", "A").body["evses"]
    assert (point["evse_id"], point["status"]) == ("DE*ABC*E77", "CHARGING")


def test_a_price_list_joins_to_connectors_that_name_no_tariff_each_line_from_its_time_on(tmp_path, clock):
    registry = opened(f"sqlite:///{tmp_path}/feed.db", clock, [DATA / "prices.csv"])
    source = backend.Backend(registry, clock)
    own = backend.evse("E12", backend.connector(tariff_ids=["own"]))
    source.locations(backend.location("L1", backend.evse("E11"), own, backend.evse("E2")))
    source.tariffs(*(backend.tariff(id) for id in ("day", "night", "own")))

    def named():
        with registry.feed().read() as feed:
            points = feed.find(Kind.LOCATIONS, "DE", "ABC", "L1").body["evses"]
        return [point["connectors"][0].get("tariff_ids") for point in points]

    assert named() == [["day"], ["own"], None]
    clock.set(parse_time("2026-11-30T22:59:00Z"))
    registry.refresh_overlay()
    assert named() == [["day"], ["own"], None]
    clock.advance(seconds=60)
    registry.refresh_overlay()
    assert named() == [["day"], ["own"], ["night"]]
    clock.advance(seconds=3600)
    [problem] = registry.refresh_overlay()
    assert named() == [["night"], ["own"], ["night"]]
    assert (Path(problem.where).name, problem.what) == ("prices.csv:6", "from is no time: tomorrow")
