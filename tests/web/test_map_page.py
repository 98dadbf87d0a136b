"""`/map` and `/locations/…` as they are sent: what fits the filters, what is public, and what a browser may ask whom."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from flask import Flask
from sqlalchemy import event

from app.settings import load
from app.web import map_page
from app.web.application import create_app
from app.web.site import EXTENSION
from tests.web.network import Network
from tests.web.page import Page
from tests.web.watched import LOCATION, make_watched

Get = Callable[..., Page]
SLASHED = "/locations/DE/ABC/HOF%2F7"
KASSEL = "bbox=9.0,51.0,10.0,52.0"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    return make_watched(tmp_path_factory.mktemp("watched"), locations=20)


@pytest.fixture(scope="module")
def app(network: Network) -> Flask:
    return create_app(network.settings)


@pytest.fixture
def get(app: Flask) -> Get:
    def answer(path: str, status: int = 200) -> Page:
        response = app.test_client().get(path, headers={"Accept": "text/html"})
        assert response.status_code == status, response.text
        return Page(response.text)

    return answer


def listed(page: Page) -> set[str | None]:
    """Paths of the locations in the list and on the map."""
    return {link for link in page.links if link and link.startswith("/locations/")}


@pytest.mark.parametrize(
    ("query", "paths"),
    [
        ("", {LOCATION}),
        ("connector=IEC_62196_T2_COMBO", {LOCATION}),
        ("connector=IEC_62196_T2_COMBO&power=300&payment=card", {LOCATION}),
        ("connector=IEC_62196_T2&power=50", set()),
        ("connector=IEC_62196_T2&price=0,50&free=1", {LOCATION}),
        ("connector=IEC_62196_T2_COMBO&price=0.50", set()),
        ("connector=IEC_62196_T2_COMBO&price=0.79&payment=adhoc", {LOCATION}),
        ("payment=card&connector=IEC_62196_T2", set()),
        ("power=301", set()),
        ("power=1e-999999&price=1e5", {LOCATION}),
    ],
)
def test_one_connector_has_all_that_is_asked(get: Get, query: str, paths: set[str]) -> None:
    assert listed(get(f"/map?{KASSEL}&q=kassel&{query}")) == paths


def test_without_filters_all_that_is_public_is_there(get: Get) -> None:
    page = get("/map?q=abc")
    assert listed(page) == {LOCATION, "/locations/DE/ABC/L2"}
    assert "2 of 2 points free" in page.said
    assert "0 of 1 points free" in page.said
    assert "No price without a contract is published." in page.said
    everything = get("/map")
    assert "Canary" not in everything.text
    assert "CHAOJI" not in {option.get("value") for option in everything.all("option")}


@pytest.mark.parametrize(
    "query",
    [
        "power=fast",
        "price=-1",
        "price=1e99",
        "payment=gold",
        "free=maybe",
        "bbox=1,2",
        "page=x",
        f"connector={'x' * 50}",
    ],
)
def test_what_cannot_be_read_is_said_with_what_to_write(get: Get, query: str) -> None:
    named = query.partition("=")[0]
    assert f"{named} is" in get(f"/map?{query}", 400).said


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_the_first_map_of_a_process_is_there_before_anybody_asks(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    def once(_seconds: float) -> None:
        raise SystemExit

    monkeypatch.setattr(map_page, "time", SimpleNamespace(sleep=once))
    app = create_app(network.settings)
    map_page.keep_ready(app)
    read: list[str] = []
    event.listen(app.extensions[EXTENSION].engine, "before_cursor_execute", lambda *said: read.append(said[2]))
    assert app.test_client().get("/map?free=1&payment=adhoc").status_code == 200
    assert read
    assert not [statement for statement in read if "location_search.title" in statement]


def test_no_browser_asks_anybody_else_unless_tiles_are_configured(app: Flask, network: Network, tmp_path: Path) -> None:
    stream = network.settings.web.stream_url
    policy = app.test_client().get("/map").headers["Content-Security-Policy"]
    assert f"connect-src 'self' {stream};" in policy
    assert "img-src 'self' data:;" in policy
    config = yaml.safe_load(network.config.read_text())
    config["site"] = {"map_tiles": {"url": "https://tile.example/{z}/{x}/{y}.png", "attribution": "A & B"}}
    written = tmp_path / "tiles.yaml"
    written.write_text(yaml.safe_dump(config))
    with_tiles = create_app(load(written)).test_client().get("/map")
    assert "img-src 'self' data: https://tile.example;" in with_tiles.headers["Content-Security-Policy"]
    assert 'data-attribution="A &amp; B"' in with_tiles.text


def test_a_location_says_what_it_was_and_what_it_offers(get: Get) -> None:
    said = get(LOCATION).said
    for words in (
        "Ladepark Königsplatz",
        "2 of 2 points free",
        "CCS (Combo 2), 300 kW",
        "Cards are taken",
        "0.79 €/kWh",
        "Out of order 5%",
        "Not observed 37%",
        "Open all day, every day.",
        "+49 561 123456",
        "This location, OCPI 2.3.0",
        "Prices of the last 30 days DE*ABC*E1 Energy EUR/kWh",
    ):
        assert words in said, words


def test_exceptional_days_are_told_until_they_are_over(get: Get) -> None:
    said = get("/locations/DE/ABC/L2").said
    closed = "Closed from 19 Dec 2099, 00:00 to 20 Dec 2099, 00:00 ."
    opened = "Open from 20 Dec 2099, 10:00 to 20 Dec 2099, 16:00 , whatever the usual hours are."
    assert f"Sat 08:00-14:00 {closed} {opened}" in said
    assert "2020" not in said


def test_a_chart_that_fails_does_not_take_the_page_with_it(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("tariff")

    monkeypatch.setattr("app.web.location_page.courses_of", broken)
    said = get(LOCATION).said
    assert "2 of 2 points free" in said
    assert "Prices of the last 30 days" not in said


@pytest.mark.parametrize("location", [LOCATION, SLASHED])
def test_its_own_feeds_answer_and_the_others_are_of_its_party(
    app: Flask, get: Get, network: Network, location: str
) -> None:
    feeds = [link.removeprefix(network.settings.web.url) for link in get(location).links if link and "/open/" in link]
    alone = [path for path in feeds if path.endswith(f"/locations/{location.removeprefix('/locations/DE/ABC/')}")]
    assert len(alone) == 3
    for path in alone:
        assert app.test_client().get(path).status_code == 200, path
    assert all(path.startswith("/open/party/DE-ABC/") for path in feeds)
    assert {"/open/party/DE-ABC/prices.csv", "/open/party/DE-ABC/locations.geojson"} <= set(feeds)


def test_documents_that_are_left_out_are_not_named(network: Network) -> None:
    pace = network.settings.snapshots.model_copy(update={"leave_out": ("prices.csv",)})
    client = create_app(network.settings.model_copy(update={"snapshots": pace})).test_client()
    text = client.get(LOCATION).text
    assert "/open/party/DE-ABC/locations.geojson" in text
    assert "prices.csv" not in text


@pytest.mark.parametrize("path", ["/locations/DE/ABC/SECRET", "/locations/DE/ABC/NONE", "/locations/XX/YYY/%3Cb%3E"])
def test_what_is_hidden_or_unknown_is_404_in_one_shape(app: Flask, path: str) -> None:
    response = app.test_client().get(path)
    assert (response.status_code, response.json["status_code"]) == (404, 2003)
    assert "search at /map" in response.json["status_message"]
