"""Headers that every answer has: for browsers of other origins, for caches, for safety."""

from __future__ import annotations

import re

import pytest

DATA = [
    "/open/ocpi/versions",
    "/open/ocpi/2.2.1/locations",
    "/open/changes",
    "/open/locations.geojson",
    "/openapi.json",
]
REDIRECTS = ["/open/stream"]
FAILURES = ["/open/ocpi/2.2.1/locations/none", "/open/nothing", "/open/ocpi/2.2.1/locations?limit=x"]


@pytest.mark.parametrize("path", DATA + REDIRECTS + FAILURES)
def test_other_origins_may_read_answers_and_their_headers(reader, path):
    headers = reader.get(path, Origin="https://example.org").headers
    assert headers["Access-Control-Allow-Origin"] == "*"
    exposed = {name.strip() for name in headers["Access-Control-Expose-Headers"].split(",")}
    assert {"Link", "X-Total-Count", "X-Limit", "ETag", "Retry-After"} <= exposed
    assert "Access-Control-Allow-Credentials" not in headers


@pytest.mark.parametrize("path", [*DATA, "/open/party/DE-DEM/ocpi/2.1.1/tariffs", "/open/stream"])
def test_a_preflight_allows_reading_with_any_header(reader, path):
    headers = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "if-none-match,x-request-id"}
    response = reader.request("OPTIONS", path, Origin="https://example.org", **headers)
    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "*" in response.headers["Access-Control-Allow-Headers"]
    assert int(response.headers["Access-Control-Max-Age"]) > 0


@pytest.mark.parametrize("path", ["/", *DATA, *FAILURES])
def test_nothing_is_guessed_framed_or_run(reader, path):
    headers = reader.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Referrer-Policy" in headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_the_page_has_nothing_its_policy_forbids(reader):
    page = reader.get("/").text
    assert not re.search(r"<script(?![^>]*\ssrc=)", page)
    assert not re.search(r"\s(style|on\w+)=", page)
    assert "<style" not in page


@pytest.mark.parametrize("path", DATA)
def test_live_answers_are_checked_each_time_and_errors_never_kept(reader, path):
    control = reader.get(path).headers["Cache-Control"]
    assert control == "no-cache" or control.startswith("public, max-age=")
    assert reader.get(FAILURES[0]).headers["Cache-Control"] == "no-store"


def test_assets_are_kept_for_ever_under_a_name_of_their_content(reader):
    page = reader.get("/").text
    paths = re.findall(r'(?:href|src)="(/assets/[^"]+)"', page)
    assert len(paths) == 3
    for path in paths:
        response = reader.get(path)
        assert response.status_code == 200
        assert "immutable" in response.headers["Cache-Control"]
    style = next(path for path in paths if path.endswith(".css"))
    assert reader.open(style, Accept_Encoding="br, gzip").headers["Content-Encoding"] == "br"
    assert reader.get(re.sub(r"/assets/\w+/", "/assets/000000000000/", style)).status_code == 404


def test_the_stream_is_shown_with_its_query(network, reader):
    response = reader.get("/open/party/de-dem/stream?since=12")
    assert response.status_code == 307
    assert response.headers["Location"] == f"{network.settings.web.stream_url}/open/party/DE-DEM/stream?since=12"
