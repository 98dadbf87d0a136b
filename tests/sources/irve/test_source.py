"""The two files as a source: read when they change, confirmed when they do not, refused when they are no such files."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from app.errors import SourceError
from app.model.batch import Kind
from app.sources.base import source_class
from app.sources.irve import IrveSettings, IrveSource
from tests.sources.pulled import pull


def test_it_is_known_by_its_type():
    assert source_class("irve") is IrveSource


def test_the_static_file_is_the_inventory(source, place):
    pulled = pull(source(static=f"{place}statique.csv"))
    assert pulled.ids == ["FRABCP21"]
    assert pulled.last.complete
    assert list(pulled.last.unchanged) == ["fr*abc/frabcp21"]
    record = pulled.batches[0].parse(pulled.records[0]).record
    assert [evse["evse_id"] for evse in record.body["evses"]] == ["FRABCE211", "FRABCE212"]


def test_the_dynamic_file_is_the_statuses(source, place):
    pulled = pull(source(dynamic=f"{place}dynamique.csv"), Kind.STATUSES)
    assert pulled.last.complete
    read = [pulled.last.parse(row).record for row in pulled.records]
    assert {record.evse: record.status for record in read} == {"FRABCE211": "CHARGING", "FRABCE212": "AVAILABLE"}


def test_it_is_asked_just_for_what_it_has(source, folder):
    assert source(static=str(folder / "statique.csv")).kinds == {Kind.LOCATIONS}
    assert source(static="a", dynamic="b").kinds == {Kind.LOCATIONS, Kind.STATUSES}
    assert source(static="a", dynamic="b", roles=["status"]).kinds == {Kind.STATUSES}


def test_what_did_not_change_is_not_read_again(source, place):
    france = source(static=f"{place}statique.csv")
    cursor = pull(france).last.cursor
    [again] = pull(france, cursor=cursor).batches
    assert (list(again.records), again.complete, list(again.unchanged)) == ([], True, ["fr*abc/frabcp21"])
    assert pull(france, cursor=None).ids == ["FRABCP21"], "what was handed over is not what was applied"


def test_a_change_is_read(source, place, folder):
    france = source(static=f"{place}statique.csv")
    cursor = pull(france).last.cursor
    file = folder / "statique.csv"
    file.write_text(file.read_text().replace("Gare de Dijon", "Gare du Nord"))
    assert pull(france, cursor=cursor).records[0].body["name"] == "Gare du Nord, parvis"


def test_statuses_on_the_web_are_confirmed_by_whoever_serves_them(source, web, clock):
    france = source(dynamic=f"{web}/dynamique.csv")
    cursor = pull(france, Kind.STATUSES).last.cursor
    clock.advance(seconds=3600)
    [again] = pull(france, Kind.STATUSES, cursor).batches
    assert (again.received_at, len(again.records)) == (clock.now(), 2)


def test_statuses_in_a_file_that_nobody_writes_any_more_are_an_error(source, folder, clock):
    france = source(dynamic=str(folder / "dynamique.csv"))
    pull(france, Kind.STATUSES)
    clock.advance(seconds=3600)
    with pytest.raises(SourceError, match=r"dynamique\.csv: was last written .*`ttl`"):
        pull(france, Kind.STATUSES)


@pytest.mark.parametrize("kind", [Kind.LOCATIONS, Kind.STATUSES])
def test_what_is_no_such_file_says_so_and_leaves_the_source_able_to_go_on(source, place, folder, kind):
    france = source(static=f"{place}statique.csv", dynamic=f"{place}dynamique.csv")
    cursor = pull(france, kind).last.cursor
    file = folder / ("statique.csv" if kind is Kind.LOCATIONS else "dynamique.csv")
    good = file.read_text()
    file.write_text("<html>Maintenance</html>")
    with pytest.raises(SourceError, match="the header lacks id_pdc_itinerance"):
        pull(france, kind, cursor)
    file.write_text(good)
    assert pull(france, kind, cursor).last.complete


def test_a_file_that_is_not_there_names_source_and_place(source, place):
    with pytest.raises(SourceError, match=r"source france, .*none\.csv"):
        pull(source(static=f"{place}none.csv"))


def test_defects_are_told_with_the_file_s_name(source, place, folder):
    file = folder / "statique.csv"
    file.write_text(file.read_text().replace(",3.68,", ',"3,68",'))
    pulled = pull(source(static=f"{place}statique.csv"))
    assert any(problem.startswith("statique.csv:3 column puissance_nominale") for problem in pulled.problems)


def test_one_of_the_two_is_asked_for():
    with pytest.raises(ValidationError, match="give `static` or `dynamic`"):
        IrveSettings(name="france")
