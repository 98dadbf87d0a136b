"""`/admin`: nobody enters without a token, nothing is done from another site, and a person sees how deliveries go and acts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import pytest
import yaml
from flask import Flask
from flask.testing import FlaskClient

from app.delivery.base import make_destination
from app.delivery.states import read_state, write_state
from app.model.batch import Kind
from app.registry.database import reading, writing
from app.registry.tables import feed_head
from app.settings import load
from app.web.admin.access import COOKIE
from app.web.application import create_app
from tests.delivery.conftest import Post
from tests.ocpi_receiver import Receiver
from tests.web.network import Network, make_network

TOKEN, OTHER = "a-token-for-the-administration", "another-token-of-a-colleague"
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
BEARER = {"Authorization": f"Bearer {TOKEN}"}
VALUES = {"name": "wall", "what": "pause"}


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Network:
    """Of two destinations one has been sent everything, and refuses one location."""
    network = make_network(tmp_path_factory.mktemp("admin"), locations=8)
    network.pull()
    settings = yaml.safe_load(network.config.read_text())
    settings["admin_tokens"] = [TOKEN, f"sha256:{sha256(OTHER.encode()).hexdigest()}"]
    settings["destinations"] = [{**receiver.settings, "name": "wall"}, {**receiver.settings, "name": "shop"}]
    network.config.write_text(yaml.safe_dump(settings))
    receiver.misbehave("400@/DE000001")
    read = load(network.config)
    Post(network.registry, make_destination(read.destinations[0], network.registry.clock)).go()
    return network


@pytest.fixture
def app(network: Network, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setenv("CHARGEFEED_CONFIG", str(network.config))
    return create_app(load(network.config, plain=True))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def person(client: FlaskClient) -> FlaskClient:
    """Signed in by a browser."""
    assert client.post("/admin/sign-in", data={"token": TOKEN}, headers=HTML).status_code == 303
    return client


@pytest.fixture
def state(network: Network) -> Callable[[], Any]:
    def read() -> Any:
        with reading(network.registry.engine) as connection:
            return read_state(connection, "wall")

    return read


def routes(app: Flask) -> list[tuple[str, str]]:
    """Every method and path below /admin."""
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        return [
            (method, adapter.build(rule.endpoint, {name: VALUES[name] for name in rule.arguments}, method))
            for rule in app.url_map.iter_rules()
            if rule.endpoint.startswith("admin.")
            for method in sorted((rule.methods or set()) - {"OPTIONS"})
        ]


def mark_of(page: str) -> str:
    return page.partition('name="mark" value="')[2].partition('"')[0]


def test_every_route_refuses_whoever_shows_no_token(app, client):
    found = routes(app)
    assert len(found) >= 8
    wrong = (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer "},
        {"Authorization": f"Token {TOKEN}"},
        {"Authorization": f"Bearer sha256:{sha256(OTHER.encode()).hexdigest()}"},
        {"Cookie": f"{COOKIE}=made.up.cookie"},
    )
    for method, path in found:
        for headers in wrong:
            # each of another address: too many wrong ones are told otherwise
            from_there = {"REMOTE_ADDR": f"192.0.2.{found.index((method, path))}"}
            answer = client.open(path, method=method, headers=headers, environ_base=from_there)
            assert answer.status_code in (401, 429), (method, path, headers)
            assert answer.headers["Cache-Control"] == "no-store"
            assert "wall" not in answer.text


def test_where_no_token_is_set_it_is_closed_and_says_how_to_set_one(application):
    for method, path in routes(application):
        answer = application.test_client().open(path, method=method, headers=BEARER)
        assert answer.status_code == 404
        if method != "HEAD":
            assert "admin_tokens" in answer.json["status_message"]


def test_deliveries_are_told_to_a_program(client):
    answer = client.get("/admin/deliveries", headers=BEARER)
    wall, shop = answer.json["data"]
    assert (wall["name"], wall["type"], wall["state"]) == ("wall", "ocpi-push", "ok")
    assert (wall["due"], wall["refused"], wall["error"]) == (0, 1, None)
    assert wall["succeeded_at"].endswith("Z")
    assert shop == {"name": "shop", "type": "ocpi-push", "state": "new"}
    headers = answer.headers
    assert (headers["Cache-Control"], headers["X-Robots-Tag"]) == ("no-store", "noindex, nofollow")
    assert "Access-Control-Allow-Origin" not in headers
    assert client.get("/admin/deliveries", headers={"Authorization": f"Bearer {OTHER}"}).status_code == 200


def test_one_delivery_tells_what_is_refused_and_why_and_finds_an_object(client):
    found = client.get("/admin/deliveries/wall?q=DE000001", headers=BEARER).json["data"]
    [problem] = found["problems"]
    assert (problem["record"], "HTTP 400" in problem["what"]) == ("de*dem/de000001", True)
    [place] = [one for one in found["objects"] if one["kind"] == Kind.LOCATIONS.value]
    assert (place["key"], place["refused"], place["there"], place["due"]) == ("de*dem/de000001", True, False, 0)
    assert place["attempts"][0]["outcome"] == "refused"
    assert found["attempts"]
    assert client.get("/admin/deliveries/wall?q=%25", headers=BEARER).json["data"]["objects"] == []
    assert client.get("/admin/deliveries/nobody", headers=BEARER).status_code == 404


def test_a_person_signs_in_once_and_out_again(client):
    first = client.get("/admin/deliveries", headers=HTML)
    assert (first.status_code, first.mimetype) == (401, "text/html")
    assert 'type="password"' in first.text
    wrong = client.post("/admin/sign-in", data={"token": "wrong"}, headers=HTML)
    assert (wrong.status_code, "not a token of" in wrong.text) == (401, True)
    answer = client.post("/admin/sign-in", data={"token": TOKEN}, headers=HTML)
    cookie = answer.headers["Set-Cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=Strict", "Max-Age=3600", "Path=/admin")), cookie
    assert TOKEN not in cookie
    page = client.get(answer.headers["Location"], headers=HTML)
    assert (page.status_code, "wall" in page.text, "noindex" in page.text) == (200, True, True)
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    assert client.post("/admin/sign-out", data={"mark": mark_of(page.text)}, headers=HTML).status_code == 303
    assert client.get("/admin/deliveries", headers=HTML).status_code == 401


def test_a_session_ends_and_holds_in_no_other_server(app, person, network, monkeypatch):
    cookie = person.get_cookie(COOKIE, path="/admin").value
    other = create_app(load(network.config, plain=True)).test_client()
    other.set_cookie(COOKIE, cookie, path="/admin")
    assert other.get("/admin/deliveries").status_code == 401
    monkeypatch.setattr("app.web.admin.access.HOURS", -1)
    assert person.get("/admin/deliveries").status_code == 401


def test_the_processes_of_one_server_share_their_sessions(network, monkeypatch):
    monkeypatch.setenv("CHARGEFEED_SESSION_KEY", "00" * 32)
    one, two = (create_app(load(network.config, plain=True)).test_client() for _ in range(2))
    one.post("/admin/sign-in", data={"token": TOKEN})
    two.set_cookie(COOKIE, one.get_cookie(COOKIE, path="/admin").value, path="/admin")
    assert two.get("/admin/deliveries").status_code == 200


def test_over_https_the_cookie_goes_over_https_alone(network, tmp_path):
    settings = load(network.config, plain=True)
    web = settings.web.model_copy(update={"url": "https://feed.example/charging"})
    client = create_app(settings.model_copy(update={"web": web})).test_client()
    answer = client.post("/admin/sign-in", data={"token": TOKEN})
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "Path=/charging/admin" in answer.headers["Set-Cookie"]
    assert answer.headers["Location"] == "/charging/admin/deliveries"


def test_a_form_of_another_site_does_nothing(person, state):
    page = person.get("/admin/deliveries/wall", headers=HTML).text
    forged = ({}, {"mark": "guessed"}), ({"Sec-Fetch-Site": "cross-site"}, {"mark": mark_of(page)})
    for headers, data in forged:
        assert person.post("/admin/deliveries/wall/pause", data=data, headers=headers).status_code == 403
    assert not state().paused


def test_a_person_pauses_resumes_and_retries(person, state):
    page = person.get("/admin/deliveries/wall", headers=HTML).text
    for what, word in (("pause", "paused"), ("resume", "ok"), ("retry", "ok")):
        answer = person.post(f"/admin/deliveries/wall/{what}", data={"mark": mark_of(page)}, headers=HTML)
        assert answer.status_code == 303
        assert state().word == word
        page = person.get(answer.headers["Location"], headers=HTML).text
        assert 'role="status"' in page
    assert person.get("/admin/deliveries/wall/pause").status_code == 405


def test_a_program_acts_without_a_form(client, state):
    answer = client.post("/admin/deliveries/wall/pause", headers=BEARER)
    assert (answer.status_code, answer.json["status_code"], state().paused) == (200, 1000, True)
    assert client.post("/admin/deliveries/wall/resume", headers=BEARER).status_code == 200
    assert client.post("/admin/deliveries/shop/pause", headers=BEARER).status_code == 404, "nothing was ever sent there"


def test_a_replay_makes_what_changed_due_again(client, network, state):
    since = state().cursor - 3
    assert client.post("/admin/deliveries/wall/replay", data={"since": since}, headers=BEARER).status_code == 200
    [wall, _] = client.get("/admin/deliveries", headers=BEARER).json["data"]
    assert 0 < wall["due"] <= 3
    for wrong in ({}, {"since": "all"}, {"since": -1}):
        assert client.post("/admin/deliveries/wall/replay", data=wrong, headers=BEARER).status_code == 400
    with writing(network.registry.engine) as connection:
        connection.execute(feed_head.update().values(oldest=since))
    answer = client.post("/admin/deliveries/wall/replay", data={"since": 1}, headers=BEARER)
    assert (answer.status_code, "from 0" in answer.json["status_message"]) == (410, True)


def test_who_guesses_has_to_wait_and_the_right_token_with_him(client):
    there = {"REMOTE_ADDR": "198.51.100.7"}
    codes = [
        client.get("/admin/deliveries", headers={"Authorization": f"Bearer {n}"}, environ_base=there).status_code
        for n in range(12)
    ]
    assert codes == [401] * 10 + [429] * 2
    answer = client.get("/admin/deliveries", headers=BEARER, environ_base=there)
    assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (429, True)
    assert client.get("/admin/deliveries", headers=BEARER).status_code == 200


def test_what_a_receiver_says_cannot_carry_markup_into_the_page(person, network, state):
    with writing(network.registry.engine) as connection:
        write_state(connection, "wall", error="<script>alert(1)</script>", failures=1, failing_since=0)
    for path in ("/admin/deliveries", "/admin/deliveries/wall?q=<script>alert(2)</script>"):
        assert "<script>alert" not in person.get(path, headers=HTML).text
