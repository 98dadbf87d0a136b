"""The two publications as a source: inventory, prices, statuses; read when they change, confirmed when they do not."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from app.errors import SourceError, SourceRefused
from app.model.batch import Kind
from app.sources.base import source_class
from app.sources.datex2 import Datex2Settings, Datex2Source
from tests.sources.pulled import pull


def test_it_is_known_by_its_type():
    assert source_class("datex2") is Datex2Source


def test_it_needs_one_of_the_two():
    with pytest.raises(ValidationError, match="give `table` or `status`"):
        Datex2Settings(name="nap")


def test_it_is_asked_just_for_what_it_has(source):
    assert source(table="a").kinds == {Kind.LOCATIONS, Kind.TARIFFS}
    assert source(status="a").kinds == {Kind.STATUSES}
    assert source(table="a", status="b", roles=["price"]).kinds == {Kind.TARIFFS}


def test_the_table_is_the_inventory(source, place):
    pulled = pull(source(table=f"{place}table.xml"))
    assert pulled.ids == ["MARKT", "NOWHERE"]
    record, refused = (pulled.batches[0].parse(raw).record for raw in pulled.records)
    assert record.body["evses"][0]["connectors"][0]["tariff_ids"] == ["R"]
    assert refused is None
    assert not pulled.last.complete, "a site without id may be any"
    assert any("roofHeight" in problem for problem in pulled.problems)


def test_the_table_has_the_prices_and_the_statuses_newer_ones(source, place):
    static = pull(source(table=f"{place}table.xml"), Kind.TARIFFS)
    newer = pull(source(table=f"{place}table.xml", status=f"{place}status.json"), Kind.TARIFFS)
    assert [_price(static), _price(newer)] == [0.49, 0.39]


def test_a_newer_price_is_read_although_the_table_stays(source, place, folder):
    nap = source(table=f"{place}table.xml", status=f"{place}status.json")
    cursor = pull(nap, Kind.TARIFFS).last.cursor
    file = folder / "status.json"
    file.write_text(file.read_text().replace("0.39", "0.29"))
    assert _price(pull(nap, Kind.TARIFFS, cursor)) == 0.29


def test_the_statuses(source, place):
    pulled = pull(source(status=f"{place}status.json", status_map={"sleeping": "INOPERATIVE"}), Kind.STATUSES)
    read = [pulled.last.parse(row).record for row in pulled.records]
    assert {record.evse: record.status for record in read} == {"MARKT-1*1": "OUTOFORDER", "DE*ABC*E2": "INOPERATIVE"}
    assert pulled.last.complete


@pytest.mark.parametrize("kind", [Kind.LOCATIONS, Kind.TARIFFS])
def test_what_did_not_change_is_not_read_again(source, place, kind):
    nap = source(table=f"{place}table.xml")
    first = pull(nap, kind)
    [again] = pull(nap, kind, first.last.cursor).batches
    assert (list(again.records), again.unchanged) == ([], first.last.unchanged)
    assert pull(nap, kind, None).records, "what was handed over is not what was applied"


def test_statuses_that_nobody_writes_any_more_are_an_error(source, folder, clock):
    nap = source(status=str(folder / "status.json"))
    clock.advance(seconds=3600)
    with pytest.raises(SourceError, match=r"status\.json: was last written .*`ttl`"):
        pull(nap, Kind.STATUSES)


def test_what_is_no_such_publication_leaves_the_source_able_to_go_on(source, place, folder):
    nap = source(table=f"{place}table.xml")
    cursor = pull(nap).last.cursor
    file = folder / "table.xml"
    good = file.read_text()
    file.write_text("<html>Maintenance</html>")
    with pytest.raises(SourceError, match=r"table\.xml: is no DATEX II document"):
        pull(nap, cursor=cursor)
    file.write_text(good)
    assert pull(nap, cursor=cursor).last.unchanged


def test_a_wrong_token_is_refused(source, web):
    with pytest.raises(SourceRefused, match="HTTP 401"):
        pull(source(table=f"{web}/table.xml", token="shut"))


def _price(pulled):
    return pulled.records[0].body["elements"][0]["price_components"][0]["price"]
