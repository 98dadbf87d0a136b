"""The bench's network is what the budgets speak of."""

from __future__ import annotations

import orjson

from app.clock import parse_time
from app.formats.ocpi.parse import read_location, read_tariff
from tests.bench.network import BEGIN, Network, Statuses

SWITCH = parse_time("2026-12-01T12:00:00Z")


def test_it_has_the_size_asked_for_with_four_evses_to_a_location():
    network = Network(1000)
    locations = [orjson.loads(body) for body in network.bodies()]
    uids = [evse["uid"] for location in locations for evse in location["evses"]]
    assert len(locations) == 250
    assert uids == list(network.uids())
    assert len(set(uids)) == network.evses == 1000
    assert len({evse["evse_id"] for location in locations for evse in location["evses"]}) == 1000


def test_every_object_is_sound():
    network = Network(600)
    read = [read_location(orjson.loads(body), "2.3.0", country_code=None, party_id=None) for body in network.bodies()]
    read += [read_tariff(tariff, "2.3.0", country_code=None, party_id=None) for tariff in network.tariffs(SWITCH)]
    assert [problem for parsed in read for problem in parsed.problems] == []


def test_pages_hold_all_locations_once():
    network = Network(1000)
    pages = [orjson.loads(page) for page in network.pages(100)]
    assert [len(page) for page in pages] == [100, 100, 50]
    assert [location["id"] for page in pages for location in page] == [network.location_id(n) for n in range(1, 251)]


def test_a_status_record_is_about_90_bytes_and_one_percent_changes():
    network = Network(4000)
    statuses = Statuses(network)
    before = orjson.loads(statuses.body())
    assert 80 <= len(statuses.body()) / network.evses <= 95
    assert statuses.change_share(0.01, 1, BEGIN + 1000) == 40
    changed = [new for old, new in zip(before, orjson.loads(statuses.body()), strict=True) if old != new]
    assert len(changed) == 40
    assert {record["status"] for record in changed} == {"CHARGING"}


def test_every_price_switches_at_the_same_moment():
    network = Network(400)
    tariffs = {tariff["id"]: tariff for tariff in network.tariffs(SWITCH)}
    assert {tariff.get("end_date_time", tariff.get("start_date_time")) for tariff in tariffs.values()} == {
        "2026-12-01T12:00:00.000Z"
    }
    for body in network.bodies():
        for evse in orjson.loads(body)["evses"]:
            for connector in evse["connectors"]:
                assert set(connector["tariff_ids"]) <= set(tariffs)
                assert any(id.endswith("-NEXT") for id in connector["tariff_ids"])
