from __future__ import annotations

import json

from app.clock import parse_time
from app.formats.base import Context, Envelope, format_named
from tests.objects import GONE, changed, location, tariff

STAMP = parse_time("2026-11-23T11:50:13.123Z")
GEOJSON = format_named("geojson")
NOWHERE = Context(at=STAMP, tariffs={})


def feature(body):
    return json.loads(GEOJSON.location(body, NOWHERE).body)


def test_a_location_is_a_point_with_what_a_map_shows():
    found = feature(location())
    assert found["type"] == "Feature"
    assert found["id"] == "DE*ABC/LOC-1"
    assert found["geometry"] == {"type": "Point", "coordinates": [13.404954, 52.520008]}
    assert found["properties"] == {
        "country_code": "DE",
        "party_id": "ABC",
        "location_id": "LOC-1",
        "name": "Musterplatz",
        "operator": "Musterstrom",
        "address": "Musterplatz 1",
        "postal_code": "12345",
        "city": "Musterstadt",
        "country": "DEU",
        "evse_ids": ["DE*ABC*E1", "DE*ABC*E2"],
        "evses": 2,
        "evses_by_status": {"AVAILABLE": 1, "CHARGING": 1},
        "max_power_kw": 150.0,
        "connectors": ["IEC_62196_T2", "IEC_62196_T2_COMBO"],
        "last_updated": "2026-11-01T10:00:00.000Z",
    }


def test_power_is_computed_where_it_is_not_stated():
    body = location()
    del body["evses"][0]
    assert feature(body)["properties"]["max_power_kw"] == 22.1


def test_evses_that_are_gone_or_planned_are_not_counted():
    found = feature(changed(location(), "evses[0].status", "REMOVED"))["properties"]
    assert (found["evses"], found["evses_by_status"]) == (1, {"CHARGING": 1})


def test_what_is_not_known_is_left_out():
    body = changed(changed(location(), "evses", GONE), "operator", GONE)
    found = feature(body)["properties"]
    assert {"operator", "max_power_kw", "connectors", "evse_ids"}.isdisjoint(found)
    assert found["evses"] == 0


def test_a_document_is_a_feature_collection():
    around, feature = Envelope(STAMP), GEOJSON.location(location(), NOWHERE).body
    document = json.loads(GEOJSON.prefix(around) + feature + GEOJSON.suffix(around))
    assert document["type"] == "FeatureCollection"
    assert len(document["features"]) == 1


def test_tariffs_cannot_be_said_and_the_loss_says_why():
    rendered = GEOJSON.tariff(tariff(), NOWHERE)
    assert rendered.body is None
    assert rendered.losses
