"""The Sender interface for a partner with a token: what it pulls once a day."""

from __future__ import annotations

import base64
from hashlib import sha256

import pytest
import yaml
from flask import Flask
from flask.testing import FlaskClient

from app.settings import load
from app.web.application import create_app
from tests.web.network import Network, make_network

TOKEN, OTHER = "a-token-for-the-access-point", "another-token-handed-out"
HASHED = sha256(OTHER.encode()).hexdigest()
PUSH = {"type": "ocpi-push", "token": "t", "locations_url": "https://ndw.example/locations"}


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    network = make_network(tmp_path_factory.mktemp("partner"), locations=60)
    network.pull()
    return network


@pytest.fixture(scope="module")
def app(network: Network) -> Flask:
    """One partner may read the Dutch sites; of the other's token only the hash is known."""
    settings = yaml.safe_load(network.config.read_text())
    settings["destinations"] = [
        {"name": "ndw", **PUSH, "countries": ["NLD"], "parties": ["NL*DEM"], "pull_token": TOKEN},
        {"name": "hub", **PUSH, "pull_token": f"sha256:{HASHED}"},
        {"name": "no-reader", **PUSH},
    ]
    network.config.write_text(yaml.safe_dump(settings))
    return create_app(load(network.config, plain=True))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def token(text: str) -> dict[str, str]:
    return {"Authorization": f"Token {text}"}


def test_nobody_reads_without_a_token(client):
    for path in ("/ocpi/versions", "/ocpi/cpo/2.2.1", "/ocpi/cpo/2.2.1/locations", "/ocpi/cpo/2.2.1/locations/x"):
        wrong = (
            token("wrong"),
            token(""),
            {"Authorization": f"Bearer {TOKEN}"},
            token(HASHED),
            token(f"sha256:{HASHED}"),
        )
        for headers in ({}, *wrong):
            response = client.get(path, headers={"Accept": "text/html", **headers})
            assert (response.status_code, response.json["status_code"]) == (401, 2000), (path, headers)
            assert response.headers["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize("form", ["plain", "encoded", "encoded with a newline"])
def test_a_token_is_taken_plain_and_encoded(client, form):
    text = TOKEN + ("\n" if "newline" in form else "")
    sent = TOKEN if form == "plain" else base64.b64encode(text.encode()).decode()
    versions = client.get("/ocpi/versions", headers=token(sent)).json["data"]
    url = next(version["url"] for version in versions if version["version"] == "2.2.1")
    assert url.endswith("/ocpi/cpo/2.2.1")
    details = client.get("/ocpi/cpo/2.2.1", headers=token(sent)).json["data"]
    assert {(endpoint["identifier"], endpoint["role"]) for endpoint in details["endpoints"]} == {
        ("locations", "SENDER"),
        ("tariffs", "SENDER"),
    }
    assert all(f"{url}/{endpoint['identifier']}" == endpoint["url"] for endpoint in details["endpoints"])


def crawled(client, path, headers):
    found = []
    while path:
        response = client.get(path, headers=headers)
        assert response.status_code == 200
        found += response.json["data"]
        link = response.headers.get("Link", "")
        path = link.partition(">")[0].removeprefix("<").partition("/ocpi/")[2]
        path = f"/ocpi/{path}" if path else ""
    return found


@pytest.mark.parametrize("module", ["locations", "tariffs"])
def test_it_pages_through_its_part_of_the_open_feed(client, module):
    everything = client.get(f"/open/ocpi/2.2.1/{module}?limit=100").json["data"]
    theirs = [item for item in everything if item["party_id"] == "DEM" and item["country_code"] == "NL"]
    assert crawled(client, f"/ocpi/cpo/2.2.1/{module}?limit=3", token(TOKEN)) == theirs
    assert len(theirs) > 3
    assert crawled(client, f"/ocpi/cpo/2.2.1/{module}?limit=30", token(OTHER)) == everything


def test_single_objects_are_its_own_alone(client):
    everything = client.get("/open/ocpi/2.2.1/locations?limit=100").json["data"]
    dutch = next(location for location in everything if location["country"] == "NLD")
    german = next(location for location in everything if location["country"] == "DEU")
    found = client.get(f"/ocpi/cpo/2.2.1/locations/{dutch['id']}", headers=token(TOKEN))
    assert found.json["data"] == dutch
    assert client.get(f"/ocpi/cpo/2.2.1/locations/{german['id']}", headers=token(TOKEN)).status_code == 404
    assert client.get(f"/ocpi/cpo/2.2.1/locations/{german['id']}", headers=token(OTHER)).status_code == 200


def test_nothing_of_it_is_kept_for_another(app, client):
    """The gate keeps answers of the open feed by their path; this path's depend on the token."""
    first = client.get("/ocpi/cpo/2.2.1/locations", headers=token(OTHER))
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert "Authorization" in first.headers["Vary"]
    assert client.get("/ocpi/cpo/2.2.1/locations").status_code == 401
    assert client.get("/ocpi/cpo/2.2.1/locations", headers=token(TOKEN)).json["data"] != first.json["data"]
    unchanged = client.get(
        "/ocpi/cpo/2.2.1/locations", headers={**token(OTHER), "If-None-Match": first.headers["ETag"]}
    )
    assert unchanged.status_code == 304


@pytest.mark.parametrize("query", ["limit=0", "offset=x", "date_from=yesterday"])
def test_a_wrong_parameter_is_2001_under_http_200(client, query):
    response = client.get(f"/ocpi/cpo/2.2.1/locations?{query}", headers=token(TOKEN))
    assert (response.status_code, response.json["status_code"]) == (200, 2001)


def test_ids_come_back_and_parties_come_back_swapped(client):
    routing = {
        "OCPI-from-country-code": "NL",
        "OCPI-from-party-id": "NDW",
        "OCPI-to-country-code": "NL",
        "OCPI-to-party-id": "DEM",
    }
    asked = {**token(TOKEN), **routing, "X-Request-ID": "r-1", "X-Correlation-ID": "c-1"}
    headers = client.get("/ocpi/cpo/2.2.1/tariffs", headers=asked).headers
    assert (headers["X-Request-ID"], headers["X-Correlation-ID"]) == ("r-1", "c-1")
    assert (headers["OCPI-to-party-id"], headers["OCPI-from-party-id"]) == ("NDW", "DEM")
    assert (headers["OCPI-to-country-code"], headers["OCPI-from-country-code"]) == ("NL", "NL")
    versions = client.get("/ocpi/versions", headers=asked).headers
    assert "OCPI-to-party-id" not in versions
