"""`/open/catalog.jsonld` lists what there is to fetch, for everybody and for one party."""

from __future__ import annotations

import pytest


def distributions(document):
    return [one for dataset in document["dcat:dataset"] for one in dataset["dcat:distribution"]]


@pytest.mark.parametrize("prefix", ["/open", "/open/party/FR-DEM"])
def test_every_document_of_the_manifest_is_listed_and_all_that_is_listed_answers(reader, prefix):
    listed = reader.get(f"{prefix}/catalog.jsonld").json()
    files = {file["path"] for file in reader.get(f"{prefix}/manifest.json").json()["files"]}
    files = {path for path in files if prefix != "/open" or "/party/" not in path}
    downloads = {one["dcat:downloadURL"]["@id"] for one in distributions(listed) if "dcat:downloadURL" in one}
    assert downloads == {f"{reader.url}{path}" for path in files}
    for one in distributions(listed):
        url = one["dcat:accessURL"]["@id"]
        if url.startswith(reader.url):
            assert reader.get(url.removeprefix(reader.url)).status_code == 200, url


def test_it_says_where_the_charge_points_are(reader):
    def countries(prefix):
        return [place["@id"][-3:] for place in reader.get(f"{prefix}/catalog.jsonld").json()["dct:spatial"]]

    assert countries("/open") == ["DEU", "FRA", "GBR", "NLD", "USA"]
    assert countries("/open/party/FR-DEM") == ["FRA"]


def test_it_is_json_ld_that_is_asked_for_again_only_where_it_changed(reader):
    answer = reader.get("/open/catalog.jsonld")
    assert answer.headers["Content-Type"] == "application/ld+json"
    assert answer.headers["Content-Encoding"]
    again = reader.get("/open/catalog.jsonld", If_None_Match=answer.headers["ETag"])
    assert again.status_code == 304


def test_where_nothing_is_published_yet_there_is_nothing_to_list(empty, application):
    answer = application.test_client().get("/open/catalog.jsonld")
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers
