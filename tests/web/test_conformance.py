"""The sender's conformance checklist (OCPI reference, C.11), row by row, against a real server: `test_c11_<row>_…`.

Rows that do not apply to an anonymous, read-only feed stand in NOT_HERE with the reason.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import chain
from typing import Any
from zoneinfo import available_timezones

import jsonschema
import orjson
import pytest

from app.clock import format_time, parse_time
from app.formats.ocpi.versions import VERSIONS
from tests.processes import wait_for
from tests.web.network import Reader

REGISTRATION = (
    "there is nothing to register for: the feed is anonymous (outside OCPI, C.2), `credentials` is not listed"
)
PUSH = "the feed is read; pushing to partners is another interface"
MODELLING = "how a site is modelled is decided where the data comes from; the feed passes it on"

NOT_HERE = {
    5: REGISTRATION,
    6: REGISTRATION,
    **dict.fromkeys((11, 12, 13, 14, 15, 16), "nobody is authenticated: every request is anonymous"),
    **dict.fromkeys((17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 28, 29, 30), REGISTRATION),
    27: REGISTRATION + "; owners are listed as parties instead",
    31: "TLS ends at the proxy in front (deploy)",
    35: "no request has a body: what sends one is answered 405 (row 116)",
    36: "only for authenticated requests; here a bad parameter is HTTP 400 with 2001, see test_c11_038",
    39: "the feed makes no requests",
    42: "the feed makes no requests",
    43: "routing headers name the parties of a connection; an anonymous reader is no party",
    45: "the feed takes no JSON in",
    68: MODELLING,
    **dict.fromkeys((72, 73), "publish_allowed_to is never published, see test_c11_077"),
    **dict.fromkeys((74, 75, 76), MODELLING),
    **dict.fromkeys((84, 86, 87, 91, 92, 94, 95, 100, 101, 104, 105), MODELLING),
    93: "the registry's timer makes the change; its tests prove it",
    108: "nothing is pushed, so nothing is deleted there",
    **dict.fromkeys((110, 111, 112, 113, 114, 115, 117, 118, 119, 120), PUSH),
}

PARTIES = ("DE-DEM", "FR-DEM", "NL-DEM", "GB-DEM", "US-DEM", "DE-ODD")
MODULES = ("locations", "tariffs")
LISTS = [f"/open/ocpi/{version}/{module}" for version in VERSIONS for module in MODULES]
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,4})?Z")
Objects = list[dict[str, Any]]


@pytest.fixture(scope="module")
def crawled(reader: Reader) -> dict[tuple[str, str], Objects]:
    """Everything of every party, by version and module."""
    return {
        (version, module): list(
            chain.from_iterable(reader.crawl(f"/open/party/{party}/ocpi/{version}/{module}") for party in PARTIES)
        )
        for version in VERSIONS
        for module in MODULES
    }


@pytest.fixture(scope="module")
def schemas(reader: Reader) -> dict[str, Any]:
    document: dict[str, Any] = reader.get("/openapi.json").json()
    return document


def evses(locations: Objects) -> Objects:
    return [evse for location in locations for evse in location.get("evses", [])]


def connectors(locations: Objects) -> Objects:
    return [connector for evse in evses(locations) for connector in evse["connectors"]]


def newer(crawled):
    """Locations of the versions that have owners and times in every field."""
    return crawled["2.2.1", "locations"] + crawled["2.3.0", "locations"]


def values(part: Any, name: str = "") -> Any:
    """Every (field, plain value) inside an object."""
    if isinstance(part, dict):
        for field, value in part.items():
            yield from values(value, field)
    elif isinstance(part, list):
        for value in part:
            yield from values(value, name)
    else:
        yield name, part


def test_every_row_is_tested_or_has_a_reason():
    tested = {int(name.split("_")[2]) for name in globals() if name.startswith("test_c11_")}
    assert tested | NOT_HERE.keys() == set(range(1, 128))
    assert not tested & NOT_HERE.keys()


# Discovery


def test_c11_001_versions_is_a_list_of_version_and_url(reader):
    data = reader.data("/open/ocpi/versions")
    assert [entry["version"] for entry in data] == list(VERSIONS)
    assert all(entry.keys() == {"version", "url"} for entry in data)


@pytest.mark.parametrize("version", VERSIONS)
def test_c11_002_details_are_of_the_version_asked_for(reader, version):
    url = {entry["version"]: entry["url"] for entry in reader.data("/open/ocpi/versions")}[version]
    details = reader.data(url)
    assert details["version"] == version
    assert details["endpoints"]


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
def test_c11_003_endpoints_have_identifier_role_and_url(reader, version):
    for endpoint in reader.data(f"/open/ocpi/{version}")["endpoints"]:
        assert endpoint.keys() == {"identifier", "role", "url"}


def test_c11_004_endpoints_of_211_have_no_role(reader):
    for endpoint in reader.data("/open/ocpi/2.1.1")["endpoints"]:
        assert endpoint.keys() == {"identifier", "url"}


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
def test_c11_007_locations_and_tariffs_are_listed_as_sender(reader, version):
    listed = {(entry["identifier"], entry["role"]) for entry in reader.data(f"/open/ocpi/{version}")["endpoints"]}
    assert listed == {("locations", "SENDER"), ("tariffs", "SENDER")}


def discovered(reader, prefix="/open"):
    for entry in reader.data(f"{prefix}/ocpi/versions"):
        yield entry["version"], entry["url"]
        for endpoint in reader.data(entry["url"])["endpoints"]:
            yield entry["version"], endpoint["url"]


@pytest.mark.parametrize("prefix", ["/open", "/open/party/DE-DEM"])
def test_c11_008_urls_are_absolute_short_and_answer(network, reader, prefix):
    for _, url in discovered(reader, prefix):
        assert url.startswith(network.settings.web.url + prefix)
        assert len(url) <= 255
        assert reader.get(url).status_code == 200


def test_c11_009_urls_contain_the_version(reader):
    for version, url in discovered(reader):
        assert f"/{version}" in url


def test_c11_010_no_custom_modules(reader):
    for version in VERSIONS:
        assert {entry["identifier"] for entry in reader.data(f"/open/ocpi/{version}")["endpoints"]} == set(MODULES)


# Envelope and headers


def test_c11_032_every_answer_has_a_status_code_and_a_timestamp(reader):
    paths = ["/open/ocpi/versions", "/open/ocpi/2.2.1", *LISTS, "/open/ocpi/2.2.1/locations/LOC", "/open/nothing"]
    for path in [*paths, "/open/ocpi/2.2.1/locations?limit=x", "/open/changes"]:
        envelope = orjson.loads(reader.get(path).content)
        assert isinstance(envelope["status_code"], int)
        assert TIME.fullmatch(envelope["timestamp"])


@pytest.mark.parametrize("path", LISTS)
def test_c11_033_lists_carry_an_array_also_when_empty(reader, path):
    assert isinstance(reader.data(path), list)
    assert reader.data(f"{path}?date_from=2099-01-01T00:00:00Z") == []


@pytest.mark.parametrize("version", VERSIONS)
def test_c11_034_a_single_object_stands_by_itself(reader, version):
    assert isinstance(reader.data(f"/open/ocpi/{version}/locations/DE000001"), dict)


@pytest.mark.parametrize("path", ["LOC-404", "DE000001/none", "DE000001/DE000001-01/none"])
def test_c11_037_an_unknown_object_is_404_and_2003(reader, path):
    response = reader.get(f"/open/ocpi/2.2.1/locations/{path}")
    assert (response.status_code, response.json()["status_code"]) == (404, 2003)


@pytest.mark.parametrize(
    ("path", "code", "status_code"),
    [
        ("/open/ocpi/2.2.1/locations", 200, 1000),
        ("/open/ocpi/2.2.1/locations?date_from=yesterday", 400, 2001),
        ("/open/ocpi/2.2.1/tariffs?limit=-1", 400, 2001),
        ("/open/ocpi/2.2.1/tariffs?offset=x", 400, 2001),
        ("/open/ocpi/2.2.1/locations/none", 404, 2003),
        ("/open/ocpi/9.9", 404, 2000),
        ("/open/ocpi/2.2.1/sessions", 404, 2000),
    ],
)
def test_c11_038_only_codes_that_ocpi_defines(reader, path, code, status_code):
    response = reader.get(path)
    assert (response.status_code, response.json()["status_code"]) == (code, status_code)


def test_c11_040_the_request_id_comes_back(reader):
    for path in ("/open/ocpi/2.2.1/locations", "/open/ocpi/2.2.1/locations/none"):
        assert reader.get(path, X_Request_ID="request-1").headers["X-Request-ID"] == "request-1"


def test_c11_041_the_correlation_id_comes_back(reader):
    for path in ("/open/ocpi/2.2.1/locations", "/open/ocpi/2.2.1/locations/none"):
        assert reader.get(path, X_Correlation_ID="chain-1").headers["X-Correlation-ID"] == "chain-1"


def test_c11_044_no_routing_headers_on_versions(reader):
    for path in ("/open/ocpi/versions", "/open/ocpi/2.2.1"):
        assert not [name for name in reader.get(path).headers if name.lower().startswith("ocpi-")]


def test_c11_046_extension_fields_have_plain_names(crawled):
    known = {field for part in crawled["2.3.0", "locations"] for field, _ in values(part)}
    assert {"street", "charger_id"} <= known
    assert not [field for field in known if field.startswith(("x-", "x_", "custom"))]


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1"])
def test_c11_047_older_versions_have_no_field_or_value_of_newer_ones(crawled, schemas, version):
    strict = without_other_fields(schemas)
    for module, name in (("locations", "Location"), ("tariffs", "Tariff")):
        check = validator(strict, version, name)
        for item in crawled[version, module]:
            check.validate(item)
    text = json.dumps(crawled[version, "locations"])
    for newer_value in (
        "MCS",
        "SAE_J3400",
        "SAUNA",
        "TAXIS",
        "EMPLOYEES",
        "parking_places",
        "help_phone",
        "charger_id",
    ):
        assert f'"{newer_value}"' not in text


def without_other_fields(document):
    strict = json.loads(json.dumps(document))
    for schema in strict["components"]["schemas"].values():
        if schema.get("additionalProperties") is True:
            schema["additionalProperties"] = False
    return strict


def validator(document, version, name):
    reference = {"$ref": f"#/components/schemas/ocpi_{version.replace('.', '')}_{name}"}
    return jsonschema.Draft202012Validator({**document, **reference})


# Pagination


@pytest.mark.parametrize("path", LISTS)
def test_c11_048_all_parameters_on_both_lists_and_none_required(reader, path):
    assert reader.data(path)
    dates = "date_from=2020-01-01T00:00:00Z&date_to=2099-01-01T00:00:00Z"
    assert len(reader.data(f"{path}?{dates}&offset=1&limit=2")) == 2


@pytest.mark.parametrize("path", LISTS)
def test_c11_049_offset_counts_from_zero(reader, path):
    first = reader.data(f"{path}?limit=4")
    assert reader.data(f"{path}?limit=4&offset=0") == first
    assert reader.data(f"{path}?limit=2&offset=2") == first[2:]


@pytest.mark.parametrize("path", LISTS[2:])
def test_c11_050_windows_neither_overlap_nor_leave_gaps(reader, path):
    everything = reader.crawl(path)
    stamps = sorted({item["last_updated"] for item in everything})
    middle = stamps[len(stamps) // 2]
    before, after = reader.crawl(f"{path}?date_to={middle}"), reader.crawl(f"{path}?date_from={middle}")
    assert len(before) + len(after) == len(everything)
    assert all(item["last_updated"] < middle for item in before)
    assert all(item["last_updated"] >= middle for item in after)
    following = format_time(parse_time(stamps[-1]) + 1)
    assert reader.crawl(f"{path}?date_from={following}") == []


@pytest.mark.parametrize("path", LISTS)
def test_c11_051_never_more_than_the_limit_or_the_cap(network, reader, path):
    cap = network.settings.web.page_limit
    assert len(reader.data(f"{path}?limit=3")) == 3
    assert len(reader.data(f"{path}?limit=100000")) <= cap
    assert len(reader.data(path)) <= cap


@pytest.mark.parametrize("path", LISTS)
def test_c11_052_total_count_and_limit_on_every_list(reader, path):
    for query in ("", "?limit=1", "?offset=100000", "?date_from=2099-01-01T00:00:00Z"):
        headers = reader.get(path + query).headers
        assert headers["X-Total-Count"].isdigit()
        assert int(headers["X-Limit"]) > 0


@pytest.mark.parametrize("path", LISTS)
def test_c11_053_total_count_follows_filters_not_pages(reader, path):
    def total(query: str) -> int:
        return int(reader.get(path + query).headers["X-Total-Count"])

    assert total("?limit=1") == total("?offset=3&limit=2") == total("") == len(reader.crawl(path))
    assert total("?date_from=2099-01-01T00:00:00Z") == 0


@pytest.mark.parametrize("version", VERSIONS)
def test_c11_054_limit_header_is_the_cap_also_on_a_short_last_page(network, reader, version):
    cap = str(network.settings.web.page_limit)
    response = reader.get(f"/open/ocpi/{version}/locations")
    while "next" in response.links:
        assert response.headers["X-Limit"] == cap
        response = reader.get(response.links["next"]["url"])
    assert response.headers["X-Limit"] == cap
    # 2.1.1: the number of objects the server is willing to give for this request
    asked = reader.get(f"/open/ocpi/{version}/locations?limit=7").headers["X-Limit"]
    assert asked == ("7" if version == "2.1.1" else cap)


@pytest.mark.parametrize("path", LISTS)
def test_c11_055_link_next_keeps_all_filters(reader, path):
    response = reader.get(f"{path}?date_from=2020-01-01T00:00:00Z&date_to=2099-01-01T00:00:00Z&limit=2")
    url = response.links["next"]["url"]
    assert url.startswith("http")
    for kept in ("date_from=2020-01-01T00:00:00", "date_to=2099-01-01T00:00:00", "limit=2"):
        assert kept in url
    assert response.headers["Link"].endswith('>; rel="next"')


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("limit", [7, 100])
def test_c11_056_links_end_and_give_every_object_once(reader, path, limit):
    first = reader.get(f"{path}?limit={limit}")
    objects = reader.crawl(f"{path}?limit={limit}")
    ids = Counter((item.get("country_code"), item.get("party_id"), item["id"]) for item in objects)
    assert len(objects) == len(ids) == int(first.headers["X-Total-Count"])


def test_c11_057_order_is_that_of_creation_whatever_is_updated(network, reader):
    path = "/open/ocpi/2.2.1/locations"
    before = [location["id"] for location in reader.crawl(path)]
    last = reader.data(f"{path}/{before[-10]}")["evses"][0]
    network.say(last["uid"], "CHARGING" if last["status"] != "CHARGING" else "AVAILABLE")
    assert [location["id"] for location in reader.crawl(path)] == before


@pytest.mark.parametrize("path", LISTS)
def test_c11_058_the_same_url_gives_the_same_objects(reader, path):
    assert reader.data(f"{path}?offset=3&limit=20") == reader.data(f"{path}?offset=3&limit=20")


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
def test_c11_059_a_crawl_is_the_whole_truth(network, reader, crawled, version):
    with network.registry.feed().read() as public:
        known = {f"{party}-{id}" for party, id in public.parties()}
    assert known == set(PARTIES)
    for module in MODULES:
        everything = {(item["party_id"], item["id"]) for item in reader.crawl(f"/open/ocpi/{version}/{module}")}
        assert everything == {(item["party_id"], item["id"]) for item in crawled[version, module]}
    removed = [evse for evse in evses(crawled[version, "locations"]) if evse["status"] == "REMOVED"]
    assert "GONE-1" in {evse["uid"] for evse in removed}


@pytest.mark.parametrize("version", VERSIONS)
def test_c11_060_a_single_page_has_the_headers_too(reader, version):
    response = reader.get(f"/open/party/DE-ODD/ocpi/{version}/tariffs")
    assert "Link" not in response.headers
    assert int(response.headers["X-Total-Count"]) == len(response.json()["data"])
    assert "X-Limit" in response.headers


# Locations


@pytest.mark.parametrize("version", VERSIONS)
def test_c11_061_required_fields_types_and_lengths(crawled, schemas, version):
    check = validator(schemas, version, "Location")
    for location in crawled[version, "locations"]:
        check.validate(location)


def test_c11_062_a_change_below_moves_the_stamps_above(network, reader):
    path = "/open/ocpi/2.2.1/locations"
    path = f"{path}/{reader.data(path)[1]['id']}"
    before = reader.data(path)
    changed, *others = before["evses"]
    network.say(changed["uid"], "CHARGING" if changed["status"] != "CHARGING" else "AVAILABLE")
    wait_for(lambda: reader.data(path)["last_updated"] > before["last_updated"])
    after = reader.data(path)
    assert after["evses"][0]["last_updated"] == after["last_updated"]
    assert after["evses"][1:] == others


@pytest.mark.parametrize("version", VERSIONS)
def test_c11_063_stamps_never_exceed_those_above(crawled, version):
    for location in crawled[version, "locations"]:
        for evse in location.get("evses", []):
            assert location["last_updated"] >= evse["last_updated"]
            assert all(evse["last_updated"] >= connector["last_updated"] for connector in evse["connectors"])


def test_c11_064_a_pull_without_news_moves_no_stamp(network, reader):
    path = "/open/party/DE-ODD/ocpi/2.3.0/locations"
    before = reader.crawl(path)
    network.pull()
    assert reader.crawl(path) == before


def test_c11_065_a_location_found_by_date_is_whole(reader):
    for path in ("/open/ocpi/2.2.1/locations", "/open/ocpi/2.1.1/locations"):
        newest = max(reader.crawl(path), key=lambda location: location["last_updated"])
        found = reader.data(f"{path}?date_from={newest['last_updated']}")
        assert newest in found


@pytest.mark.parametrize("version", VERSIONS)
def test_c11_066_each_path_gives_its_kind_of_object(reader, version):
    location = reader.data(f"/open/ocpi/{version}/locations/de000001")
    evse = location["evses"][0]
    base = f"/open/ocpi/{version}/locations/DE000001"
    assert reader.data(base + "/") == location
    assert reader.data(f"{base}/{evse['uid'].lower()}") == evse
    assert reader.data(f"{base}/{evse['uid']}/{evse['connectors'][0]['id']}") == evse["connectors"][0]
    slashed = f"/open/party/DE-ODD/ocpi/{version}/locations/odd%2Fslash"
    assert reader.data(slashed)["id"] == "odd/slash"
    assert reader.data(f"{slashed}/uid%2F1/c%2F1")["id"] == "c/1"


def test_c11_067_ids_stay_and_are_not_shared(crawled):
    for version in ("2.2.1", "2.3.0"):
        locations = crawled[version, "locations"]
        owned = Counter((item["country_code"], item["party_id"], item["id"].lower()) for item in locations)
        assert set(owned.values()) == {1}
        for location in locations:
            uids = Counter(evse["uid"].lower() for evse in location.get("evses", []))
            assert set(uids.values()) <= {1}


@pytest.mark.parametrize("version", VERSIONS)
def test_c11_069_connectors_are_there_and_unique(crawled, version):
    for evse in evses(crawled[version, "locations"]):
        ids = [connector["id"] for connector in evse["connectors"]]
        assert ids
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize("version", VERSIONS)
def test_c11_070_a_withdrawn_evse_is_removed_not_absent(reader, version):
    path = f"/open/party/DE-ODD/ocpi/{version}/locations/ODD-REMOVED"
    assert {evse["uid"]: evse["status"] for evse in reader.data(path)["evses"]}["GONE-1"] == "REMOVED"


def test_c11_071_every_evse_in_use_has_its_id(crawled):
    for evse in evses(newer(crawled)):
        assert evse.get("evse_id") or evse["status"] == "REMOVED"


@pytest.mark.parametrize("version", VERSIONS)
def test_c11_077_what_is_not_published_is_nowhere(network, reader, crawled, version):
    for module in MODULES:
        assert "CANARY" not in json.dumps(crawled[version, module])
    assert reader.get(f"/open/ocpi/{version}/locations/ODD-HIDDEN").status_code == 404
    assert "publish_allowed_to" not in json.dumps(crawled[version, "locations"])
    assert "ODD-CONTRACT" not in json.dumps(crawled[version, "locations"] + crawled[version, "tariffs"])
    changes = reader.get("/open/changes?limit=1000").text
    assert "CANARY" not in changes


@pytest.mark.parametrize("version", VERSIONS)
def test_c11_078_coordinates_are_text_with_six_decimals(crawled, version):
    for location in crawled[version, "locations"]:
        assert re.fullmatch(r"-?[0-9]{1,2}\.[0-9]{6}", location["coordinates"]["latitude"])
        assert re.fullmatch(r"-?[0-9]{1,3}\.[0-9]{6}", location["coordinates"]["longitude"])


def test_c11_079_country_has_three_letters_country_code_two(crawled):
    for location in newer(crawled):
        assert re.fullmatch("[A-Z]{3}", location["country"])
        assert re.fullmatch("[A-Z]{2}", location["country_code"])


def test_c11_080_time_zones_exist(crawled):
    assert {location["time_zone"] for location in newer(crawled)} <= available_timezones()


def test_c11_081_twentyfourseven_or_regular_hours(crawled):
    for location in newer(crawled):
        hours = location.get("opening_times")
        if hours is not None:
            assert hours["twentyfourseven"] is not bool(hours.get("regular_hours"))


@pytest.mark.parametrize("version", VERSIONS)
def test_c11_082_regular_hours_have_their_form(crawled, version):
    found = [
        period
        for location in crawled[version, "locations"]
        for period in location.get("opening_times", {}).get("regular_hours", [])
    ]
    assert found
    for period in found:
        assert period["weekday"] in range(1, 8)
        for name in ("period_begin", "period_end"):
            assert re.fullmatch("([0-1][0-9]|2[0-3]):[0-5][0-9]", period[name])
        assert period["period_begin"] < period["period_end"]


def test_c11_083_exceptional_periods_are_instants(crawled):
    found = [
        period
        for location in newer(crawled)
        for name in ("exceptional_openings", "exceptional_closings")
        for period in location.get("opening_times", {}).get(name, [])
    ]
    assert found
    for period in found:
        assert TIME.fullmatch(period["period_begin"])
        assert TIME.fullmatch(period["period_end"])


def test_c11_085_power_is_in_watts(crawled):
    powers = [connector["max_electric_power"] for connector in connectors(newer(crawled))]
    assert powers
    assert min(powers) >= 1000


@pytest.mark.parametrize("version", VERSIONS)
def test_c11_088_every_tariff_named_is_in_the_feed_of_its_owner(reader, version):
    for party in PARTIES:
        known = {tariff["id"] for tariff in reader.crawl(f"/open/party/{party}/ocpi/{version}/tariffs")}
        for connector in connectors(reader.crawl(f"/open/party/{party}/ocpi/{version}/locations")):
            named = connector.get("tariff_ids", [connector["tariff_id"]] if "tariff_id" in connector else [])
            assert set(named) <= known


def test_c11_089_parking_ids_are_unique_and_resolve(crawled):
    linked = 0
    for location in crawled["2.3.0", "locations"]:
        places = [place["id"] for place in location.get("parking_places", [])]
        assert len(places) == len(set(places))
        for evse in location.get("evses", []):
            for link in evse.get("parking", []):
                linked += 1
                assert link["parking_id"] in places
    assert linked


def test_c11_090_parking_has_its_required_fields(crawled):
    for location in crawled["2.3.0", "locations"]:
        for place in location.get("parking_places", []):
            assert place["vehicle_types"]
            assert {"id", "restricted_to_type", "reservation_required"} <= place.keys()


# Tariffs


@pytest.mark.parametrize("version", VERSIONS)
def test_c11_096_elements_components_and_step_size(crawled, schemas, version):
    check = validator(schemas, version, "Tariff")
    for tariff in crawled[version, "tariffs"]:
        check.validate(tariff)
        assert tariff["elements"]
        for element in tariff["elements"]:
            assert element["price_components"]
            assert all(isinstance(part["step_size"], int) for part in element["price_components"])


def test_c11_097_tax_included_is_said(crawled):
    assert {tariff["tax_included"] for tariff in crawled["2.3.0", "tariffs"]} <= {"YES", "NO", "N/A"}


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1"])
def test_c11_098_older_prices_are_without_tax(reader, version):
    path = f"/open/party/DE-ODD/ocpi/{version}/tariffs"
    (tariff,) = [tariff for tariff in reader.crawl(path) if tariff["id"] == "ODD-ADHOC"]
    assert tariff["elements"][0]["price_components"][0]["price"] == pytest.approx(0.59 / 1.19, abs=0.0001)


@pytest.mark.parametrize("version", VERSIONS)
def test_c11_099_a_free_tariff_is_one_flat_zero(reader, version):
    path = f"/open/party/DE-ODD/ocpi/{version}/tariffs"
    (tariff,) = [tariff for tariff in reader.crawl(path) if tariff["id"] == "ODD-FREE"]
    (element,) = tariff["elements"]
    (component,) = element["price_components"]
    assert (component["type"], component["price"], element.get("restrictions")) == ("FLAT", 0, None)


def restrictions(tariffs):
    return [
        element["restrictions"] for tariff in tariffs for element in tariff["elements"] if "restrictions" in element
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_c11_102_times_of_day_have_their_form(crawled, version):
    found = [
        value
        for restriction in restrictions(crawled[version, "tariffs"])
        for name, value in restriction.items()
        if name in ("start_time", "end_time")
    ]
    assert found
    assert all(re.fullmatch("([0-1][0-9]|2[0-3]):[0-5][0-9]", value) for value in found)


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
def test_c11_103_dates_have_their_form(crawled, version):
    for restriction in restrictions(crawled[version, "tariffs"]):
        for name in ("start_date", "end_date"):
            assert re.fullmatch(r"20\d\d-\d\d-\d\d", restriction.get(name, "2026-01-01"))


@pytest.mark.parametrize("version", VERSIONS)
def test_c11_106_currencies_are_codes(crawled, version):
    assert {tariff["currency"] for tariff in crawled[version, "tariffs"]} == {"EUR", "GBP", "USD"}


@pytest.mark.parametrize("version", VERSIONS)
def test_c11_107_tariffs_cannot_be_patched(reader, version):
    assert reader.request("PATCH", f"/open/ocpi/{version}/tariffs").status_code == 405


@pytest.mark.parametrize("version", VERSIONS)
def test_c11_109_texts_are_short_and_without_markup(crawled, version):
    texts = [text for tariff in crawled[version, "tariffs"] for text in tariff.get("tariff_alt_text", [])]
    assert texts
    for text in texts:
        assert re.fullmatch("[a-z]{2}", text["language"])
        assert len(text["text"]) <= 512
        assert not re.search(r"<[a-z/]", text["text"])


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "POST"])
@pytest.mark.parametrize("path", ["locations", "locations/DE000001", "locations/DE000001/DE000001-01"])
def test_c11_116_locations_can_only_be_read(reader, method, path):
    response = reader.request(method, f"/open/ocpi/2.2.1/{path}")
    assert (response.status_code, response.json()["status_code"]) == (405, 2000)
    assert "GET" in response.headers["Allow"]


# Types


@pytest.mark.parametrize("version", VERSIONS)
def test_c11_121_times_are_utc_and_short(crawled, version):
    times = [
        value
        for item in crawled[version, "locations"] + crawled[version, "tariffs"]
        for name, value in values(item)
        if name.endswith(("_updated", "_date_time")) or (name.startswith("period_") and "T" in value)
    ]
    assert times
    for value in times:
        assert TIME.fullmatch(value)
        assert len(value) <= 25
        assert version != "2.1.1" or "." not in value


@pytest.mark.parametrize("version", VERSIONS)
def test_c11_122_no_control_characters(crawled, version):
    for item in crawled[version, "locations"] + crawled[version, "tariffs"]:
        for _, value in values(item):
            assert not isinstance(value, str) or not re.search(r"[\x00-\x1f\x7f]", value)


def test_c11_123_ids_are_printable_ascii(crawled):
    for item in newer(crawled) + crawled["2.3.0", "tariffs"]:
        for name, value in values(item):
            if name in ("id", "uid", "evse_id", "party_id", "country_code", "tariff_ids"):
                assert re.fullmatch(r"[\x20-\x7e]+", value)


@pytest.mark.parametrize("version", VERSIONS)
def test_c11_124_numbers_are_numbers_with_four_decimals(crawled, version):
    numbers = 0
    for item in crawled[version, "locations"] + crawled[version, "tariffs"]:
        for name, value in values(item):
            if isinstance(value, float):
                numbers += 1
                assert round(value, 4) == value
            if name in ("price", "vat", "percentage", "max_power", "min_kwh"):
                assert isinstance(value, int | float)
    assert numbers


@pytest.mark.parametrize("version", VERSIONS)
def test_c11_125_enums_are_of_the_version_and_in_its_case(crawled, schemas, version):
    statuses = {evse["status"] for evse in evses(crawled[version, "locations"])}
    allowed = set(schemas["components"]["schemas"][f"ocpi_{version.replace('.', '')}_Status"]["enum"])
    assert statuses <= allowed
    assert len(statuses) > 3


def test_c11_126_no_placeholder_where_there_is_data(crawled):
    for location in newer(crawled):
        assert "#NA" not in json.dumps(location)


@pytest.mark.parametrize("version", VERSIONS)
def test_c11_127_field_names_are_snake_case(crawled, version):
    for item in crawled[version, "locations"] + crawled[version, "tariffs"]:
        assert all(re.fullmatch("[a-z][a-z0-9_]*", name) for name in names(item))


def names(part: Any) -> Any:
    if isinstance(part, dict):
        yield from part
    for value in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from names(value)
