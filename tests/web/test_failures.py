"""Every failure has one shape, whatever the endpoint and whatever went wrong."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from app.errors import StoreError
from app.web.application import create_app
from tests.web.network import make_network

POINT_PAGE = re.compile(r"/prices(/[^/]+){4,5}")
HTML = "text/html,application/xhtml+xml,*/*;q=0.8"


def example_paths(app: Flask) -> list[str]:
    """One path of every route that is open to all."""
    values = {"party": "DE-DEM", "version": "2.2.1", "module": "locations", "ids": "LOC1", "first": 1, "last": 2}
    values |= {"mark": "0", "name": "none.css", "regime": "afir"}
    values |= {"country_code": "DE", "party_id": "DEM", "location_id": "LOC1", "evse_uid": "1", "connector_id": "1"}
    values |= {"evse_id": "DE*DEM*E1", "index": 1}
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        return sorted(
            {
                adapter.build(rule.endpoint, {name: values[name] for name in rule.arguments})
                for rule in app.url_map.iter_rules()
                if not rule.endpoint.startswith("admin.")
            }
        )


def assert_shape(response, code, status_code):
    assert response.status_code == code, response.text
    assert response.mimetype == "application/json"
    body = response.json
    assert set(body) <= {"status_code", "status_message", "timestamp", "data"}
    assert body["status_code"] == status_code
    assert len(body["status_message"]) > 10
    assert body["timestamp"].endswith("Z")
    assert response.headers["Cache-Control"] == "no-store"


@pytest.fixture(scope="session")
def app(network) -> Flask:
    return create_app(network.settings)


def test_what_cannot_be_written_is_405_at_every_path(app):
    paths = [path for path in example_paths(app) if not re.search("/credentials$|/hubclientinfo/", path)]
    assert len(paths) > 20
    for path in paths:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            response = app.test_client().open(path, method=method)
            assert_shape(response, 405, 2000)
            assert "GET" in response.headers["Allow"]


def test_below_every_path_there_is_nothing_else(app):
    for path in example_paths(app):
        if "/snapshots/" not in path:
            below = f"{path.rstrip('/')}/nothing/at/all/here"
            found = app.test_client().get(below)
            if path.startswith("/ocpi/") and found.status_code == 401:
                assert_shape(found, 401, 2000)  # who shows no token does not even learn that
            else:
                names_an_object = "/locations/" in below or "E1/nothing" in below or POINT_PAGE.fullmatch(below)
                assert_shape(found, 404, 2003 if names_an_object else 2000)


@pytest.mark.parametrize("lost", [OperationalError("select", {}, Exception("secret")), StoreError("secret")])
def test_a_lost_database_or_store_is_503_everywhere(app, monkeypatch, lost):
    def fail(*_):
        raise lost

    for name in ("url_value_preprocessors", "before_request_funcs"):
        monkeypatch.setattr(app, name, {**getattr(app, name), None: [fail]} if name.startswith("before") else {})
    for path in example_paths(app):
        response = app.test_client().get(path)
        assert_shape(response, 503, 3000)
        assert "secret" not in response.text
        assert int(response.headers["Retry-After"]) > 0


def test_a_defect_is_500_everywhere_and_tells_nothing(app, monkeypatch):
    def fail(*_):
        raise RuntimeError("secret")

    monkeypatch.setattr(app, "before_request_funcs", {None: [fail]})
    for path in example_paths(app):
        with capture_logs() as lines:
            response = app.test_client().get(path)
        assert_shape(response, 500, 3000)
        assert "secret" not in response.text
        assert [line["path"] for line in lines if line["event"] == "request failed"] == [path]


def test_every_parameter_that_cannot_be_read_is_named(app):
    client = app.test_client()
    for path in ("/open/ocpi/2.1.1/locations", "/open/party/DE-DEM/ocpi/2.3.0/tariffs"):
        for name in ("date_from", "date_to", "offset", "limit", "cursor"):
            response = client.get(path, query_string={name: "<nonsense>"})
            assert_shape(response, 400, 2001)
            assert f"`{name}`" in response.json["status_message"]
    for name in ("since", "limit"):
        assert_shape(client.get("/open/changes", query_string={name: "-1"}), 400, 2001)


def test_a_query_that_is_not_utf_8_is_told_so(app):
    """As it comes over the wire, in a WSGI server's words."""
    for path in ("/", "/open/ocpi/2.2.1/locations", "/prices", "/compliance"):
        response = app.test_client().get(path, environ_overrides={"QUERY_STRING": "q=\xff"})
        assert_shape(response, 400, 2001)
    page = app.test_client().get("/map", environ_overrides={"QUERY_STRING": "q=\xff"}, headers={"Accept": HTML})
    assert (page.status_code, page.mimetype) == (400, "text/html")
    assert "not UTF-8" in page.text


def test_nul_is_in_nothing_that_is_looked_for(app):
    """PostgreSQL refuses it, which is no outage."""
    for path in ("/open/ocpi/2.2.1/locations/L%00", "/locations/DE/DEM/%00", "/prices/DE/DEM/%00", "/%00"):
        assert_shape(app.test_client().get(path), 404, 2000)
    for path in ("/compliance?location=%00", "/prices/compare?point=DE/DEM/%00/1/1&from=2031-01-01&to=2032-01-01"):
        assert_shape(app.test_client().get(path), 400, 2001)


def test_an_id_of_two_parties_asks_for_the_party(app, monkeypatch):
    twice = [location(country_code) for country_code in ("DE", "FR")]
    monkeypatch.setattr("app.registry.projection.PublicReader.find_any_party", lambda *_: twice)
    response = app.test_client().get("/open/ocpi/2.2.1/locations/LOC1")
    assert_shape(response, 400, 2002)
    assert "DE-ABC, FR-ABC" in response.json["status_message"]


def location(country_code):
    from app.registry.projection import PublicObject

    return PublicObject(1, country_code, "ABC", "LOC1", "DEU", 1, 1, 0, 0, {}, {})


def test_people_get_a_page_outside_the_data_paths(app):
    client = app.test_client()
    for path, code in (("/nothing", 404), ("/assets/0/none.css", 404)):
        response = client.get(path, headers={"Accept": HTML})
        assert (response.status_code, response.mimetype) == (code, "text/html")
        assert str(code) in response.text
        assert 'href="/"' in response.text
    assert_shape(client.get("/open/nothing", headers={"Accept": HTML}), 404, 2000)
    assert_shape(client.get("/nothing"), 404, 2000)


def test_a_message_cannot_carry_markup_into_the_page(app):
    response = app.test_client().get("/<script>alert(1)</script>", headers={"Accept": HTML})
    assert "<script>alert" not in response.text


def test_a_configured_rate_limit_holds_for_data_and_pages(tmp_path):
    network = make_network(tmp_path, locations=1, rate_limit="3/minute")
    client = create_app(network.settings).test_client()
    assert [client.get(path).status_code for path in ("/", "/open/ocpi/versions", "/open/nothing")] == [200, 200, 404]
    for path in ("/", "/open/ocpi/versions"):
        response = client.get(path)
        assert_shape(response, 429, 2000)
        assert int(response.headers["Retry-After"]) > 0
    assert client.get("/healthz").status_code == 200
