"""How lists are paged, coded and kept, over a real server."""

from __future__ import annotations

import orjson
import pytest
import zstandard

LIST = "/open/ocpi/2.2.1/locations"


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_each_coding_holds_the_same_page(reader, coding):
    plain = reader.request("GET", LIST, Accept_Encoding="identity")
    coded = reader.get(LIST, Accept_Encoding=coding)
    assert coded.headers["Content-Encoding"] == coding
    assert coded.headers["ETag"] != plain.headers["ETag"]
    assert int(coded.headers["Content-Length"]) < len(plain.content) / 5
    body = coded.content if coding == "gzip" else zstandard.ZstdDecompressor().decompressobj().decompress(coded.content)
    assert orjson.loads(body)["data"] == plain.json()["data"]
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_a_page_that_did_not_change_costs_nothing(reader):
    first = reader.get(LIST)
    again = reader.get(LIST, If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    for name in ("ETag", "Link", "X-Total-Count", "Access-Control-Allow-Origin"):
        assert again.headers[name] == first.headers[name]


def test_a_change_is_on_the_page_and_moves_its_etag(network, reader):
    before = reader.get(LIST)
    location = orjson.loads(before.content)["data"][0]
    evse = location["evses"][0]
    new = "CHARGING" if evse["status"] != "CHARGING" else "AVAILABLE"
    applied = network.say(evse["uid"], new)
    assert applied.changes == 1
    after = wait_for_change(reader, before.headers["ETag"])
    assert orjson.loads(after.content)["data"][0]["evses"][0]["status"] == new
    assert after.json()["timestamp"] > before.json()["timestamp"]


def wait_for_change(reader, etag):
    for _ in range(500):
        response = reader.get(LIST, If_None_Match=etag)
        assert response.status_code in (200, 304), response.text
        if response.status_code == 200:
            return response
    raise AssertionError("the change never came")


def test_a_crawl_survives_changes_between_its_pages(network, reader):
    response = reader.get(f"{LIST}?limit=50")
    ids = [location["id"] for location in response.json()["data"]]
    while "next" in response.links:
        network.say(reader.data(f"{LIST}?limit=1")[0]["evses"][0]["uid"], ["CHARGING", "AVAILABLE"][len(ids) % 2])
        response = reader.get(response.links["next"]["url"])
        ids += [location["id"] for location in response.json()["data"]]
    assert len(ids) == len(set(ids)) == int(response.headers["X-Total-Count"])


def test_head_says_what_get_would(reader):
    full, head = reader.get(LIST), reader.request("HEAD", LIST)
    assert head.content == b""
    for name in ("Content-Length", "ETag", "X-Total-Count", "X-Limit", "Link", "Content-Type"):
        assert head.headers[name] == full.headers[name]


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1", "2.3.0"])
def test_one_party_alone_is_a_part_of_all(reader, version):
    for party in ("DE-DEM", "fr-dem"):
        prefix = f"/open/party/{party}/ocpi/{version}"
        locations = reader.crawl(f"{prefix}/locations?limit=30")
        assert locations
        assert {location["id"][:2] for location in locations} == {party[:2].upper()}
    links = reader.get("/open/party/de-dem/ocpi/2.2.1/locations?limit=1").headers["Link"]
    assert "/open/party/DE-DEM/ocpi/2.2.1/locations?" in links


def test_an_unknown_party_is_404(reader):
    for party in ("XX-XXX", "DE", "DE-DEM-1"):
        response = reader.get(f"/open/party/{party}/ocpi/2.2.1/locations")
        assert (response.status_code, response.json()["status_code"]) == (404, 2000)


def test_a_cursor_outweighs_an_offset_and_an_offset_alone_works(reader):
    everything = [location["id"] for location in reader.crawl(LIST)]
    assert [location["id"] for location in reader.data(f"{LIST}?offset=98&limit=3")] == everything[98:101]
    link = reader.get(f"{LIST}?limit=10").links["next"]["url"]
    assert "offset=10" in link
    moved = link.replace("offset=10", "offset=99")
    assert reader.data(moved) == reader.data(link)
    assert reader.data(f"{LIST}?offset=100000") == []


@pytest.mark.parametrize(
    "written",
    [
        f"{LIST}/?limit=1",
        f"{LIST}?limit=1&date_from=2020-01-01T00:00:00",
        f"{LIST}?limit=1&date_from=2020-01-01T00:00:00Z&unknown=1",
        f"{LIST}?limit=1&date_from=2020-01-01T01:00:00+01:00",
        f"{LIST}?limit=1&date_from=2020-01-01T00%3A00%3A00.000Z",
    ],
)
def test_a_request_is_understood_as_clients_write_it(reader, written):
    assert reader.data(written) == reader.data(f"{LIST}?limit=1")
