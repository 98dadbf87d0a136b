"""Nothing private is told to who may not read it, whatever the route, the method, the parameters: also of a route that is new."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sqlite3
import time
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any
from zlib import decompressobj

import brotli
import pytest
import zstandard
from flask.testing import FlaskClient
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from app.registry.database import open_engine
from app.registry.projection import PublicFeed
from app.registry.watch import CommitWatch
from app.stream import Hub, Stream
from tests.web.marked import ADMIN, BACKEND, DATA, HAND, Marked, make_marked
from tests.web.routes import Asked, needs, requests, there

HIDDEN = re.compile(r"(?i)(?<![a-z0-9])(?:deabc)?e?hid[123](?![a-z0-9])")
"""Ids of what is hidden: they stand in requests, and come back in what is said of them alone."""
HTML = {"Accept": "text/html"}
EVERY_ID = "HID1 HID2 HID3 EHID1 EHID2 EHID3"
PLACES = [
    *(f"/open/ocpi/{version}/locations/{{}}" for version in ("2.1.1", "2.2.1", "2.3.0")),
    "/open/party/DE-ABC/ocpi/2.3.0/locations/{}",
    "/open/prices/DE/ABC/{}/E1",
    "/prices/DE/ABC/{}",
    "/open/prices/DE*ABC*E{}",
]
"""Where one object is asked for by its id."""
NAMED_ELSEWHERE = {
    "/assets/<mark>/<name>",
    "/history/<path:name>",
    "/ledger/tile/<path:name>",
    "/open/changes/<int:first>-<int:last>.json.gz",
    "/open/party/<party>/<path:name>",
    "/open/snapshots/<path:name>",
    "/readyz",
    "/.well-known/security.txt",
}
"""Routes to files that other answers name, and those that are refused here."""
SHOWN = {
    "admin": {"Authorization": f"Bearer {ADMIN}"},
    "relay": {"Authorization": f"Bearer {BACKEND}"},
    "by hand": {"Authorization": f"Token {HAND}"},
}


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Marked:
    return make_marked(tmp_path_factory.mktemp("canary"))


@pytest.fixture
def client(marked: Marked, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setenv("CHARGEFEED_CONFIG", str(marked.network.config))
    return marked.app.test_client()


def asked(client: FlaskClient, one: Asked, number: int, **headers: str) -> TestResponse:
    """Each from an address of its own: who guesses tokens has to wait, and would see no more."""
    environ = {"REMOTE_ADDR": f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"}
    return client.open(
        one.path, method=one.method, query_string=one.query, headers={**one.headers, **headers}, environ_base=environ
    )


def told(response: TestResponse) -> bytes:
    body, coding = response.get_data(), response.headers.get("Content-Encoding", "")
    return str(response.headers).encode() + (UNPACK[coding](body) if body and coding else body)


def unzipped(packed: bytes) -> bytes:
    found = b""
    while packed:
        member = decompressobj(wbits=31)
        found += member.decompress(packed)
        packed = member.unused_data
    return found


def unframed(packed: bytes) -> bytes:
    return zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True).read()


UNPACK: dict[str, Callable[[bytes], bytes]] = {"zstd": unframed, "gzip": unzipped, "br": brotli.decompress}


def assert_nothing_private(marked: Marked, text: bytes, one: object, sent: str = "") -> None:
    assert not marked.traces(text), one
    found = {each.lower() for each in HIDDEN.findall(text.decode("utf-8", "replace"))}
    assert found <= {each.lower() for each in HIDDEN.findall(sent)}, one


def test_what_each_route_needs_stands_in_a_table(marked):
    listed = {path: need.methods for path, need in needs().items()}
    assert listed == there(marked.app), "write the route, and what it needs, into tests/data/private/routes.csv"


def test_whoever_shows_nothing_learns_nothing_at_any_route(marked, client, caplog):
    table, reached, codes = needs(), set(), {}
    with capture_logs() as lines, caplog.at_level(logging.INFO):
        for number, one in enumerate(requests(marked.app)):
            response = asked(client, one, number)
            assert_nothing_private(marked, told(response), one, f"{one.path} {one.query}")
            codes.setdefault(response.status_code, []).append(one)
            if table[one.rule].needs != "nothing":
                assert response.status_code in (401, 404, 405), (one, response.status_code)
            elif response.status_code < 400:
                reached.add(one.rule)
    assert not codes.get(500), codes[500][:3]
    assert_nothing_private(marked, (repr(lines) + caplog.text).encode(), "log", EVERY_ID)
    assert {path for path, need in table.items() if need.needs == "nothing"} - reached <= NAMED_ELSEWHERE


def test_a_hidden_object_is_answered_as_one_that_is_not_there(client):
    for path in PLACES:
        hidden, absent = (
            client.get(path.format(id), headers={"Accept": "application/json"}) for id in ("HID2", "NONE")
        )
        assert (hidden.status_code, hidden.json["status_code"]) == (404, absent.json["status_code"]), path
        assert (
            hidden.json["status_message"].replace("HID2", "NONE").replace("hid2", "none")
            == absent.json["status_message"]
        )
    said = [
        client.get("/prices", query_string={"q": word}, headers=HTML).text.lower()
        for word in ("Canarystadt", "Nirgendwo")
    ]
    assert said[0].replace("canarystadt", "nirgendwo") == said[1]


def test_every_document_and_page_that_is_named_somewhere_tells_nothing(marked, client):
    manifest = client.get("/open/manifest.json").json
    paths = {file["path"] for file in manifest["files"]} | {segment["path"] for segment in manifest.get("segments", ())}
    pages = ["/", "/docs", "/ledger", "/prices", "/compliance", "/open/manifest.json"]
    for page in pages:
        text = client.get(page, headers=HTML).text
        paths |= set(re.findall(r'"((?:/|http://127\.0\.0\.1:\d+/)[^"#]*)"', text))
    assert len(paths) > 60
    for path in sorted(paths):
        response = client.get(re.sub("^http://[^/]+", "", path), headers={"Accept-Encoding": "identity"})
        assert_nothing_private(marked, told(response), path)


def test_no_file_that_is_published_holds_anything(marked):
    public = marked.network.config.parent / "public"
    files = [path for path in public.rglob("*") if path.is_file()]
    assert len(files) > 50
    for path in files:
        assert_nothing_private(marked, opened(path), path)


def opened(path: Path) -> bytes:
    packed = path.read_bytes()
    if path.suffix == ".zst":
        return unframed(packed)
    return unzipped(packed) if path.suffix == ".gz" else packed


def test_what_is_kept_of_drivers_cannot_be_read_in_a_file(marked):
    folder = marked.network.config.parent
    kept = b"".join(path.read_bytes() for path in folder.glob("feed.db*"))
    assert b"CANARY of a hidden location" in kept, "the registry has it, and hides it"
    for path in folder.glob("*.db*"):
        content = path.read_bytes().lower()
        for secret in (
            b"04a2b3c4d5canary",
            b"ccanary01",
            b"ecanary",
            b"canary-token",
            b"canary-password\x00",
            *marked.keys,
        ):
            assert secret not in content, (path, secret)
    with sqlite3.connect(folder / "private.db") as connection:
        assert connection.execute("SELECT count(*) FROM private_relayed").fetchone() == (2,)
        assert connection.execute("SELECT count(*) FROM private_token").fetchone() == (1,)


def test_a_partner_learns_nothing_of_another(marked, client):
    headers = {"Authorization": f"Token {marked.tokens['other']}"}
    walked = [one for one in requests(marked.app) if one.rule.startswith("/ocpi/") and one.method in ("GET", "HEAD")]
    codes = set()
    for number, one in enumerate(walked):
        response = asked(client, one, number, **headers)
        assert_nothing_private(marked, told(response), one, f"{one.path} {one.query}")
        codes.add(response.status_code)
    assert {200, 404} <= codes <= {200, 400, 404, 405}
    theirs = {"Authorization": f"Token {marked.tokens['emsp']}"}
    assert "CANARY" in client.get("/ocpi/cpo/2.2.1/locations/HID2", headers=theirs).text
    assert "CANARY" in client.get("/ocpi/cpo/2.2.1/sessions", headers=theirs).text


@pytest.mark.parametrize("holder", SHOWN)
def test_a_token_opens_no_door_but_its_own(marked, client, holder):
    own = {"admin": "admin", "relay": "relay", "by hand": "partner"}[holder]
    table = needs()
    for number, one in enumerate(requests(marked.app)):
        need = table[one.rule].needs
        if need in ("nothing", own) or one.query:
            continue
        response = asked(client, one, number, **SHOWN[holder])
        assert response.status_code in (401, 404, 405), one
        assert_nothing_private(marked, told(response), one, one.path)


@pytest.mark.parametrize("levels", [260, 1020])
def test_a_body_that_is_nested_without_end_is_no_defect(marked, client, levels):
    token = json.loads((DATA / "relay" / "token.json").read_text())
    start = {"response_url": "https://canary.example/", "token": token, "location_id": "L1"}
    for path, body in (
        (f"tokens/NL/EMS/{token['uid']}", {"last_updated": "2031-01-01T00:00:00Z"}),
        ("commands/START_SESSION", start),
    ):
        nested = json.dumps(body | {"x": "NESTED"}).replace('"NESTED"', "[" * levels + "]" * levels)
        method = "PATCH" if path.startswith("tokens") else "POST"
        headers = {"Authorization": f"Token {marked.tokens['emsp']}"}
        answer = client.open(f"/ocpi/cpo/2.2.1/{path}", method=method, data=nested, headers=headers)
        assert answer.status_code < 500, path


def test_whoever_is_in_charge_reads_no_token_password_or_driver(marked, client):
    """Of what a receiver said the page tells all; of the settings, names and types alone."""
    said = client.get("/admin/deliveries/wall", headers=SHOWN["admin"])
    assert "HTTP 500: canary" in said.text
    for path in ("/admin/deliveries", "/admin/deliveries/hook", "/admin/deliveries/wall?q=HID1"):
        text = client.get(path, headers=SHOWN["admin"]).text.replace("HTTP 500: canary", "")
        assert_nothing_private(marked, text.encode(), path, EVERY_ID)


def test_the_stream_tells_what_is_public_alone(marked):
    everything, refused = asyncio.run(streamed(marked))
    assert everything.count(b"event: change") > 3
    for text in (everything, *refused.values()):
        assert_nothing_private(marked, text, "stream")


async def streamed(marked: Marked) -> tuple[bytes, dict[str, bytes]]:
    """All that a stream says from the beginning, and what its process says at every path of the site."""
    settings = marked.network.settings
    engine = open_engine(settings.database)
    hub = Hub(PublicFeed(engine), CommitWatch(engine))
    stream = Stream(hub, settings.web.url, 10)
    following = asyncio.create_task(hub.follow())
    deadline = time.monotonic() + 20
    while hub.position < 0 and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    try:
        with hub._feed.read() as reader:
            last = reader.changes(0, 10_000).changes[-1]["seq"]
        everything = await heard(stream, "/open/stream", b"since=0", lambda text: b"id: %d\n" % last in text)
        others = {path: await heard(stream, path, b"since=x&party=DE*ABC", bool) for path in needs()}
    finally:
        following.cancel()
        engine.dispose()
    return everything, others


async def heard(stream: Stream, path: str, query: bytes, enough: Callable[[bytes], object]) -> bytes:
    text, gone = [b""], asyncio.Event()

    async def receive() -> dict[str, Any]:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        text[0] += repr(message.get("headers", "")).encode() + message.get("body", b"")
        if enough(message.get("body", b"")):
            gone.set()

    scope = {"type": "http", "method": "GET", "path": path, "query_string": query, "headers": []}
    async with asyncio.timeout(20):
        await stream(scope, receive, send)
    return text[0]
