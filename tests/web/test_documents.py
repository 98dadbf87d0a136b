"""Whole documents are served byte for byte as they stand in the store."""

from __future__ import annotations

import gzip
from hashlib import sha256

import orjson
import pytest

from app.publish.manifest import Manifest, read_manifest
from app.store.base import Encoding, Label

PATHS = [
    *(
        f"/open/ocpi/{version}/{module}.json"
        for version in ("2.1.1", "2.2.1", "2.3.0")
        for module in ("locations", "tariffs")
    ),
    "/open/locations.geojson",
    "/open/party/FR-DEM/ocpi/2.2.1/locations.json",
    "/open/party/FR-DEM/locations.geojson",
    "/open/datex2/v3.7-afir/table.xml",
    "/open/datex2/de-01-00-00/status.json",
    "/open/irve/statique.csv",
    "/open/irve/dynamique.csv",
    "/open/nevi/stations.json",
    "/open/afdc.csv",
    "/open/prices.json",
    "/open/party/FR-DEM/prices.csv",
]


@pytest.fixture
def manifest(reader) -> Manifest:
    return read_manifest(reader.get("/open/manifest.json").content)


def raw(reader, path, coding):
    """The bytes as they came over the wire."""
    response = reader.open(path, Accept_Encoding=coding)
    return response, response.raw.read(decode_content=False)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("encoding", list(Encoding))
def test_a_document_is_the_one_in_the_store(network, reader, manifest, path, encoding):
    response, body = raw(reader, path, encoding.value)
    store = network.settings.store.open()
    with store.get(store.name(path[1:], encoding)) as stored:
        assert body == stored.read()
    named = manifest.file(path).encodings[encoding]
    assert (len(body), sha256(body).hexdigest()) == (named.bytes, named.sha256)
    assert response.headers["Content-Encoding"] == encoding.value
    assert response.headers["Content-Length"] == str(len(body))
    assert response.headers["Content-Type"] == manifest.file(path).media_type


@pytest.mark.parametrize("path", PATHS)
def test_who_takes_no_coding_gets_the_document_unpacked(reader, manifest, path):
    response, body = raw(reader, path, "identity")
    file = manifest.file(path)
    assert (len(body), sha256(body).hexdigest()) == (file.bytes, file.sha256)
    assert response.headers["Content-Length"] == str(file.bytes)
    assert "Content-Encoding" not in response.headers


@pytest.mark.parametrize("coding", ["identity", "gzip", "zstd"])
def test_a_document_that_did_not_change_costs_nothing(reader, coding):
    first = reader.get(PATHS[0], Accept_Encoding=coding)
    again = reader.get(PATHS[0], Accept_Encoding=coding, If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert reader.request("HEAD", PATHS[0], Accept_Encoding=coding).headers["ETag"] == first.headers["ETag"]


def test_a_full_list_and_its_pages_hold_the_same(network, reader):
    network.snapshot()
    for path in ("/open/ocpi/2.2.1/locations", "/open/party/FR-DEM/ocpi/2.1.1/tariffs"):
        assert wait_for(lambda path=path: reader.data(f"{path}.json") == reader.crawl(path))


def wait_for(condition):
    """The web process looks at the manifest once a second."""
    import time

    for _ in range(40):
        if condition():
            return True
        time.sleep(0.1)
    return False


def test_the_manifest_is_the_one_in_the_store(network, reader):
    with network.settings.store.open().get("open/manifest.json") as stored:
        assert reader.get("/open/manifest.json").content == stored.read()


def test_a_partys_manifest_names_what_is_its_own(reader, manifest):
    own = read_manifest(reader.get("/open/party/FR-DEM/manifest.json").content)
    assert {file.path for file in own.files} == {file.path for file in manifest.files if "/FR-DEM/" in file.path}
    assert own.files


def test_a_version_is_kept_and_never_changes(reader, manifest):
    file = manifest.file("/open/locations.geojson")
    for coding in ("gzip", "identity"):
        response = reader.get(file.version, Accept_Encoding=coding)
        assert sha256(response.content).hexdigest() == file.sha256
        assert "immutable" in response.headers["Cache-Control"]
        assert response.headers["Content-Type"] == "application/geo+json"
    assert reader.get("/open/snapshots/none.json").status_code == 404


def test_a_closed_segment_is_a_gzip_file(network, reader):
    content = gzip.compress(orjson.dumps({"data": []}))
    network.settings.store.open().put("open/changes/1-2.json.gz", content, Label("application/gzip"))
    response = reader.get("/open/changes/1-2.json.gz")
    assert response.content == content
    assert "Content-Encoding" not in response.headers
    assert response.headers["Content-Type"] == "application/gzip"
    assert "immutable" in response.headers["Cache-Control"]
    assert reader.get("/open/changes/3-4.json.gz").json()["status_code"] == 2000


@pytest.mark.parametrize("path", ["/open/ocpi/2.2.1/locations.json", "/open/locations.geojson", "/open/manifest.json"])
def test_what_is_not_written_yet_is_503_not_empty(application, path):
    response = application.test_client().get(path)
    assert (response.status_code, response.json["status_code"]) == (503, 3000)
    assert int(response.headers["Retry-After"]) > 0


def test_keys_outside_the_open_tree_cannot_be_read(network, reader):
    network.settings.store.open().put("secret.json", b"{}", Label("application/json"))
    for path in ("/open/snapshots/../secret.json", "/open/snapshots/..%2f..%2fsecret.json", "/open/secret.json"):
        assert reader.get(path).status_code == 404


def test_a_document_can_be_asked_for_by_date(reader):
    path = PATHS[-1]
    assert wait_for(lambda: "Last-Modified" in reader.get(path).headers)
    date = reader.get(path).headers["Last-Modified"]
    for method in ("GET", "HEAD"):
        again = reader.request(method, path, If_Modified_Since=date)
        assert (again.status_code, again.content) == (304, b"")
    assert reader.get(path, If_Modified_Since="Thu, 01 Jan 1970 00:00:00 GMT").status_code == 200
    assert reader.get(path, If_Modified_Since="yesterday").status_code == 200
    known_otherwise = reader.get(path, If_Modified_Since=date, If_None_Match='"other"')
    assert known_otherwise.status_code == 200, "If-None-Match counts more"
