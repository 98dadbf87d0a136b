"""The two files as a source: read when they change, confirmed when they do not, refused when they are no such files."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.errors import SourceError
from app.model.batch import Kind
from app.settings import load
from app.sources.base import source_class
from app.sources.oicp import OicpSettings, OicpSource
from tests.sources.pulled import pull


def test_it_is_known_by_its_type():
    assert source_class("oicp") is OicpSource


def test_evse_data_is_the_inventory(source, place):
    pulled = pull(source(data=f"{place}evse-data.json"))
    assert pulled.ids == ["S1"]
    assert pulled.last.complete
    assert list(pulled.last.unchanged) == ["de*abc/s1"]
    record = pulled.batches[0].parse(pulled.records[0]).record
    assert [evse["evse_id"] for evse in record.body["evses"]] == ["DE*ABC*E1", "DE*ABC*E2"]


def test_evse_statuses_are_the_statuses(source, place):
    pulled = pull(source(status=f"{place}evse-status.json", status_map={"Occupied": "BLOCKED"}), Kind.STATUSES)
    assert pulled.last.complete
    read = [pulled.last.parse(row).record for row in pulled.records]
    assert {record.evse: record.status for record in read} == {"DE*ABC*E1": "AVAILABLE", "DE*ABC*E2": "BLOCKED"}


def test_it_is_asked_just_for_what_it_has(source, folder):
    assert source(data=str(folder / "evse-data.json")).kinds == {Kind.LOCATIONS}
    assert source(data="a", status="b").kinds == {Kind.LOCATIONS, Kind.STATUSES}
    assert source(data="a", status="b", roles=["status"]).kinds == {Kind.STATUSES}


def test_what_did_not_change_is_not_read_again(source, place):
    hub = source(data=f"{place}evse-data.json")
    cursor = pull(hub).last.cursor
    [again] = pull(hub, cursor=cursor).batches
    assert (list(again.records), again.complete, list(again.unchanged)) == ([], True, ["de*abc/s1"])
    assert pull(hub, cursor=None).ids == ["S1"], "what was handed over is not what was applied"


def test_a_change_is_read(source, place, folder):
    hub = source(data=f"{place}evse-data.json")
    cursor = pull(hub).last.cursor
    file = folder / "evse-data.json"
    file.write_text(file.read_text().replace("Musterplatz Nord", "Musterplatz West"))
    assert pull(hub, cursor=cursor).records[0].body["name"] == "Musterplatz West"


def test_statuses_on_the_web_are_confirmed_by_whoever_serves_them(source, web, clock):
    hub = source(status=f"{web}/evse-status.json")
    cursor = pull(hub, Kind.STATUSES).last.cursor
    clock.advance(seconds=3600)
    [again] = pull(hub, Kind.STATUSES, cursor).batches
    assert (again.received_at, len(again.records)) == (clock.now(), 2)


def test_statuses_in_a_file_that_nobody_writes_any_more_are_an_error(source, folder, clock):
    hub = source(status=str(folder / "evse-status.json"))
    pull(hub, Kind.STATUSES)
    clock.advance(seconds=3600)
    with pytest.raises(SourceError, match=r"evse-status\.json: was last written .*`ttl`"):
        pull(hub, Kind.STATUSES)


@pytest.mark.parametrize("kind", [Kind.LOCATIONS, Kind.STATUSES])
def test_what_is_no_such_file_says_so_and_leaves_the_source_able_to_go_on(source, place, folder, kind):
    hub = source(data=f"{place}evse-data.json", status=f"{place}evse-status.json")
    cursor = pull(hub, kind).last.cursor
    file = folder / ("evse-data.json" if kind is Kind.LOCATIONS else "evse-status.json")
    good = file.read_text()
    file.write_text("<html>Maintenance</html>")
    with pytest.raises(SourceError, match="not JSON"):
        pull(hub, kind, cursor)
    file.write_text(good)
    assert pull(hub, kind, cursor).last.complete


def test_another_answer_is_not_taken_for_an_empty_network(source, place, folder):
    (folder / "evse-data.json").write_text('{"error": "try again later"}')
    pulled = pull(source(data=f"{place}evse-data.json"))
    assert not pulled.last.complete
    assert any("names no EVSE" in problem for problem in pulled.problems)


def test_a_file_that_is_not_there_names_source_and_place(source, place):
    with pytest.raises(SourceError, match=r"source hub, .*none\.json"):
        pull(source(data=f"{place}none.json"))


def test_stations_follow_the_rule_of_the_settings_where_records_name_none(source, folder):
    file = folder / "evse-data.json"
    text = file.read_text().replace('"ChargingStationId"', '"FormerStationId"')
    file.write_text(text.replace("13.404955", "13.404954").replace("52.520009", "52.520008"))
    pulled = pull(source(data=str(file), stations="location"))
    body = pulled.batches[0].parse(pulled.records[0]).record.body
    assert [station["evse_uids"] for station in body["stations"]] == [["DE*ABC*E1", "DE*ABC*E2"]]


def test_a_path_starts_at_the_folder_of_the_config(tmp_path: Path):
    config = tmp_path / "config.yaml"
    source = "{name: hub, type: oicp, data: hub/data.json, status: 'HTTPS://hub.example/status.json'}"
    config.write_text(f"operator: {{name: Example}}\nsources: [{source}]\n")
    [found] = load(config).sources
    assert isinstance(found, OicpSettings)
    assert (found.data, found.status) == (tmp_path / "hub/data.json", "HTTPS://hub.example/status.json")


def test_one_of_the_two_is_asked_for():
    with pytest.raises(ValidationError, match="give `data` or `status`"):
        OicpSettings(name="hub")
