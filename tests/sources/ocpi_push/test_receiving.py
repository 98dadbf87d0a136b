"""What is pushed to the source: the answers that OCPI wants, and what becomes of it in the feed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from app.model.batch import Kind
from tests.registry.reading import tables
from tests.sources.ocpi_push.pushing import DATA, TOKEN, Backend, listed, pushed_to

LOCATION, TARIFF = "2.2.1/locations/DE/TST/LOC1", "2.2.1/tariffs/DE/TST/AC"
LATER = "2027-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """Its tests leave LOC1 and the tariff AC as they were pushed at first, and do not depend on each other."""
    with pushed_to(tmp_path_factory.mktemp("pushed")) as backend:
        for module, path in (("tariffs", TARIFF), ("locations", LOCATION)):
            assert backend.push("PUT", path, listed("2.2.1", module)[0]) == (201, 1000)
        backend.apply()
        yield backend


@pytest.fixture
def location() -> dict[str, Any]:
    return listed("2.2.1", "locations")[0]


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1", "2.3.0"])
def test_what_is_pushed_is_published_in_each_version(tmp_path: Path, version: str):
    shape = "2.1.1" if version == "2.1.1" else "2.2.1"
    with pushed_to(tmp_path) as backend:
        for module in ("tariffs", "locations"):
            for body in listed(shape, module):
                said = {**body, "tax_included": "NO"} if version == "2.3.0" and module == "tariffs" else body
                http, code = backend.push("PUT", f"{version}/{module}/DE/TST/{body['id']}", said)
                assert (http, code) in {(201, 1000), (200, 2001)}, (body["id"], http, code)
        backend.apply()
        assert {"LOC1", "LOC2"} <= backend.public().keys()
        assert {"AC", "DC"} <= backend.public(Kind.TARIFFS).keys()


def test_versions_and_details_list_what_is_taken(backend: Backend):
    assert [each["version"] for each in backend.ask("GET", "versions").json()["data"]] == ["2.1.1", "2.2.1", "2.3.0"]
    old, new = (backend.ask("GET", version).json()["data"]["endpoints"] for version in ("2.1.1", "2.3.0"))
    assert {each["identifier"] for each in new} == {"locations", "tariffs", "sessions", "cdrs"}
    assert {each.get("role") for each in new} == {"RECEIVER"}
    assert all("role" not in each for each in old)


def test_a_status_and_a_connector_are_put_into_the_location(backend: Backend, location: dict[str, Any]):
    evse = location["evses"][0]
    connector = {**evse["connectors"][0], "max_electric_power": 123_000}
    part = f"{LOCATION}/{evse['uid']}"
    assert backend.push("PATCH", part, {"status": "CHARGING", "last_updated": LATER}) == (200, 1000)
    assert backend.push("PUT", f"{part}/{connector['id']}", connector) == (200, 1000)
    assert backend.push("PATCH", LOCATION, {"name": "Another", "last_updated": LATER}) == (200, 1000)
    held = backend.ask("GET", LOCATION).json()["data"]
    assert (held["last_updated"], held["evses"][0]["last_updated"]) == (LATER, LATER)
    assert backend.ask("GET", f"{part}/{connector['id']}").json()["data"] == connector
    backend.apply()
    published = backend.public()["LOC1"]
    assert (published["name"], published["evses"][0]["status"]) == ("Another", "CHARGING")
    assert published["evses"][0]["connectors"][0]["max_electric_power"] == 123_000
    assert backend.push("PUT", LOCATION, location) == (200, 1000)
    backend.apply()
    assert backend.public()["LOC1"]["evses"][0]["status"] == evse["status"]


def test_ids_are_compared_without_case(backend: Backend, location: dict[str, Any]):
    uid = location["evses"][0]["uid"].lower()
    said = {"status": location["evses"][0]["status"], "last_updated": location["last_updated"]}
    assert backend.push("PATCH", f"2.2.1/locations/de/tst/loc1/{uid}", said) == (200, 1000)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("2.2.1/locations/DE/TST/NONE", 2003),
        ("2.2.1/locations/DE/TST/NONE/1", 2003),
        (f"{LOCATION}/none", 2003),
        (f"{LOCATION}/none/1", 2003),
        ("2.1.1/tariffs/DE/TST/NONE", 2000),
        ("2.3.0/locations/DE/TST/LOC1", 2003),
    ],
)
def test_a_part_of_what_is_not_known_is_404(backend: Backend, path: str, code: int):
    """Nor does a part in one version go into what was said in another."""
    assert backend.push("PATCH", path, {"status": "CHARGING", "last_updated": LATER}) == (404, code)


def test_a_put_of_a_part_of_what_is_not_known_is_404(backend: Backend, location: dict[str, Any]):
    evse = location["evses"][0]
    assert backend.push("PUT", f"2.2.1/locations/DE/TST/NONE/{evse['uid']}", evse) == (404, 2003)


@pytest.mark.parametrize("field", ["id", "party_id", "country_code"])
def test_ids_in_url_and_body_agree(backend: Backend, location: dict[str, Any], field: str):
    before = tables(backend.registry.engine)
    answer = backend.ask("PUT", LOCATION, {**location, field: "XX"})
    assert (answer.status_code, answer.json()["status_code"]) == (200, 2001)
    assert field in answer.json()["status_message"]
    assert backend.push("PUT", f"{LOCATION}/other", location["evses"][0]) == (200, 2001)
    assert tables(backend.registry.engine) == before


@pytest.mark.parametrize(
    ("method", "path", "body", "http", "code"),
    [
        ("PATCH", LOCATION, {"name": "Another"}, 200, 2001),
        ("PUT", LOCATION, [], 200, 2001),
        ("PUT", LOCATION, {"id": "LOC1"}, 200, 2001),
        ("PUT", TARIFF, {"id": "AC", "currency": "EUR"}, 200, 2001),
        ("PATCH", TARIFF, {"currency": "EUR", "last_updated": LATER}, 405, 2000),
        ("DELETE", LOCATION, None, 405, 2000),
        ("POST", LOCATION, {}, 405, 2000),
        ("DELETE", "2.2.1/tariffs/DE/TST/NONE", None, 404, 2000),
        ("GET", "2.2.1/locations", None, 404, 2000),
        ("GET", "2.4.0/locations/DE/TST/LOC1", None, 404, 2000),
        ("GET", "2.4.0", None, 404, 2000),
        ("GET", "2.2.1/tokens/DE/TST/T1", None, 404, 2000),
        ("PUT", f"{LOCATION}/1/2/3", {}, 404, 2000),
    ],
)
def test_what_is_wrong_is_said_by_the_specifications_codes(
    backend: Backend, method: str, path: str, body: Any, http: int, code: int
):
    before = tables(backend.registry.engine)
    assert backend.push(method, path, body) == (http, code)
    assert tables(backend.registry.engine) == before


def test_nobody_without_the_token_is_heard(backend: Backend, location: dict[str, Any]):
    before = tables(backend.registry.engine)
    for token in ("another-token-of-nobody", TOKEN[:-1]):
        answer = backend.ask("PUT", LOCATION, location, token=token)
        assert (answer.status_code, answer.json()["status_code"]) == (401, 2000)
    assert requests.get(f"{backend.source.settings.base}/versions", timeout=10).status_code == 401
    assert tables(backend.registry.engine) == before


def test_a_body_that_is_no_json_or_too_long_is_refused(backend: Backend):
    url, shown = f"{backend.source.settings.base}/{LOCATION}", {"Authorization": f"Token {TOKEN}"}
    assert requests.put(url, data=b"{", headers=shown, timeout=10).status_code == 400
    with suppress(requests.ConnectionError):  # it is not read to its end
        long = b" " * (backend.source.settings.max_body + 1)
        assert requests.put(url, data=long, headers=shown, timeout=10).status_code == 413
    assert requests.put(url, data=iter([b"{}"]), headers=shown, timeout=10).status_code == 411


def test_message_ids_are_echoed_and_routing_headers_swapped(backend: Backend):
    headers = {"X_Request_ID": "one", "X_Correlation_ID": "two", "OCPI_from_party_id": "TST", "OCPI_to_party_id": "CHF"}
    answer = backend.ask("GET", LOCATION, **headers)
    assert (answer.headers["X-Request-ID"], answer.headers["X-Correlation-ID"]) == ("one", "two")
    assert (answer.headers["OCPI-to-party-id"], answer.headers["OCPI-from-party-id"]) == ("TST", "CHF")


def test_a_tariff_is_withdrawn_by_delete(tmp_path: Path):
    with pushed_to(tmp_path) as backend:
        backend.push("PUT", TARIFF, listed("2.2.1", "tariffs")[0])
        backend.apply()
        assert backend.push("DELETE", TARIFF) == (200, 1000)
        backend.apply()
        assert "end_date_time" in backend.public(Kind.TARIFFS)["AC"]
        assert backend.push("GET", TARIFF) == (404, 2000)


def test_only_the_parties_of_the_settings_are_taken(tmp_path: Path, location: dict[str, Any]):
    with pushed_to(tmp_path, parties=["NL*ABC"]) as backend:
        assert backend.push("PUT", LOCATION, location) == (404, 2000)


def test_sessions_and_cdrs_go_to_the_private_store_without_tokens(backend: Backend):
    said = json.loads((DATA / "sessions" / "2.2.1.json").read_text())
    over, active = said["sessions"][:2]
    path = f"2.2.1/sessions/US/ABC/{active['id']}"
    assert backend.push("PATCH", path, {"kwh": 6, "last_updated": LATER}) == (404, 2000)
    assert backend.push("PUT", f"2.2.1/sessions/US/ABC/{over['id']}", over) == (201, 1000)
    assert backend.push("PUT", path, active) == (201, 1000)
    ended = {"status": "COMPLETED", "kwh": 6, "end_date_time": LATER, "last_updated": LATER}
    assert backend.push("PATCH", path, ended) == (200, 1000)
    posted = backend.ask("POST", "2.2.1/cdrs", said["cdrs"][0])
    assert posted.status_code == 201
    shown = {"Authorization": f"Token {TOKEN}"}
    cdr = requests.get(posted.headers["Location"], headers=shown, timeout=10).json()["data"]
    assert cdr["id"] == said["cdrs"][0]["id"]
    assert [record.session_id for record in backend.sessions] == ["S1", "S2", "S1"]
    assert "TRACE" not in json.dumps(cdr) + backend.ask("GET", path).text
    assert "TRACE" not in repr(tables(backend.registry.engine))
    assert "S2" not in repr(tables(backend.registry.engine))
