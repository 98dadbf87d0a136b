"""`/open/stream` from a real process: events, resuming, filters, slow and many clients, an orderly end."""

from __future__ import annotations

import json
import signal
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest
import requests
from structlog.testing import capture_logs

from app.model.batch import Kind
from app.stream import OWN_FILES, SPARE, fitting
from tests.web.network import Network, make_network, process

SERVE = """
import asyncio
from app import stream
from app.registry.database import open_engine
from app.registry.projection import PublicFeed
from app.registry.watch import CommitWatch
from app.settings import from_environment
stream.HEARTBEAT_S, stream.STALLED_S, stream.QUEUE = 1.0, 1.0, 20
settings = from_environment()
engine = open_engine(settings.database)
asyncio.run(stream.run(PublicFeed(engine), CommitWatch(engine), "127.0.0.1", settings.web.stream_port,
                       public_url=settings.web.url, most_clients=settings.web.stream_clients))
"""
"""The process, with shorter waits than outside tests."""


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    network = make_network(tmp_path_factory.mktemp("stream"), locations=120, stream_clients=20)
    network.pull()
    return network


@contextmanager
def served(network):
    url = f"http://127.0.0.1:{network.settings.web.stream_port}"
    with process(network, [sys.executable, "-c", SERVE], url) as server:
        yield url, server


@pytest.fixture(scope="module")
def url(network) -> Iterator[str]:
    with served(network) as (url, _):
        yield url


class Events:
    """One stream, read event by event."""

    def __init__(self, url, path="/open/stream", **headers):
        self.response = requests.get(url + path, headers=headers, stream=True, timeout=10)
        assert self.response.status_code == 200, self.response.text
        self._lines = self.response.iter_lines(chunk_size=1)

    def next(self):
        """The next event with data: (name, id, data)."""
        fields = {}
        for line in self._lines:
            if line:
                name, _, value = line.decode().partition(": ")
                fields[name] = value
            elif "data" in fields:
                return fields["event"], fields.get("id"), json.loads(fields["data"])
        return None

    def ids(self, count):
        return [int(self.next()[1]) for _ in range(count)]

    def until(self, last):
        """Reads on until `last` holds a sequence, and it has come."""
        seq = -1
        while not last or seq < last[0]:
            seq = int(self.next()[1])
        return seq

    def heartbeat(self):
        """The id of the next event without data."""
        identity = None
        for line in self._lines:
            if line.startswith(b"id: "):
                identity = int(line[4:])
            elif line.startswith(b"data: "):
                identity = None
            elif not line and identity is not None:
                return identity
        return None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.response.close()


def evses(network):
    with network.registry.feed().read() as reader:
        return [evse["uid"] for item in reader.objects(Kind.LOCATIONS, range(120)) for evse in item.body["evses"]]


def flip(network, uid):
    """Changes the status of one EVSE; the sequence of the change."""
    for status in ("CHARGING", "AVAILABLE"):
        applied = network.say(uid, status)
        if applied.changes:
            return applied.seq
    raise AssertionError("neither status was new")


def test_a_change_reaches_every_client_with_its_sequence_as_id(network, url):
    with Events(url) as first, Events(url) as second:
        assert first.next()[0] == second.next()[0] == "head"
        seq = flip(network, evses(network)[0])
        name, identity, change = first.next()
        assert (name, int(identity), change["seq"], change["op"]) == ("change", seq, seq, "status")
        assert second.next() == (name, identity, change)


def test_the_head_says_where_the_stream_starts(network, url):
    seq = flip(network, evses(network)[0])
    with Events(url, since=None) as events:
        name, identity, data = events.next()
        assert name == "head"
        assert data["epoch"]
        assert int(identity) == data["since"]
        assert data["since"] <= seq


def test_a_client_resumes_behind_what_it_has_without_gap_or_repeat(network, url):
    uids = evses(network)[:5]
    start = flip(network, uids[0])
    missed = [flip(network, uid) for uid in uids]
    with Events(url, **{"Last-Event-ID": str(start)}) as events:
        assert int(events.next()[1]) == start
        assert events.ids(5) == missed
        assert events.ids(0) == []
        live = [flip(network, uid) for uid in uids]
        assert events.ids(5) == live


def test_since_resumes_where_no_header_can_be_sent(network, url):
    start = flip(network, evses(network)[0])
    seq = flip(network, evses(network)[0])
    with Events(url, f"/open/stream?since={start}") as events:
        events.next()
        assert events.ids(1) == [seq]


def test_a_resume_from_the_first_sequence_gives_the_whole_journal(network, url):
    with Events(url, "/open/stream?since=0") as events:
        assert events.next()[0] == "head"
        name, identity, _ = events.next()
        assert (name, identity) == ("change", "1")


@pytest.mark.parametrize(
    "path", ["/open/party/FR-DEM/stream", "/open/stream?party=FR*DEM", "/open/stream?party=fr-dem"]
)
def test_a_party_gets_its_own_changes_alone(network, url, path):
    french = next(uid for uid in evses(network) if uid.startswith("FR"))
    german = next(uid for uid in evses(network) if uid.startswith("DE"))
    with Events(url, path) as events:
        events.next()
        flip(network, german)
        seq = flip(network, french)
        assert events.ids(1) == [seq]


def test_a_heartbeat_moves_the_id_past_what_was_filtered_out(network, url):
    german = next(uid for uid in evses(network) if uid.startswith("DE"))
    with Events(url, "/open/party/FR-DEM/stream") as events:
        events.next()
        seq = flip(network, german)
        while (beat := events.heartbeat()) < seq:
            assert beat is not None


def test_a_sequence_after_the_head_is_gone(network, url):
    with Events(url, "/open/stream?since=999999999") as events:
        assert events.next()[0] == "head"
        name, identity, data = events.next()
        assert (name, identity) == ("gone", None)
        assert data["manifest"] == f"{network.settings.web.url}/open/manifest.json"
        assert events.next() is None


@pytest.mark.parametrize(
    ("method", "path", "code", "status_code"),
    [
        ("GET", "/open/nothing", 404, 2000),
        ("GET", "/open/stream?since=yesterday", 400, 2001),
        ("GET", "/open/stream?party=everybody", 400, 2001),
        ("POST", "/open/stream", 405, 2000),
    ],
)
def test_what_is_no_stream_is_refused_in_the_shape_of_every_failure(url, method, path, code, status_code):
    response = requests.request(method, url + path, timeout=5)
    assert (response.status_code, response.json()["status_code"]) == (code, status_code)
    assert response.json().keys() == {"status_code", "status_message", "timestamp"}
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_other_origins_may_read_it(url):
    preflight = requests.options(f"{url}/open/stream", headers={"Origin": "https://example.org"}, timeout=5)
    assert preflight.status_code == 204
    assert "GET" in preflight.headers["Access-Control-Allow-Methods"]
    with Events(url) as events:
        assert events.response.headers["Access-Control-Allow-Origin"] == "*"
        assert events.response.headers["Content-Type"] == "text/event-stream"


def test_head_opens_no_stream(url):
    response = requests.head(f"{url}/open/stream", timeout=5)
    assert response.headers["Content-Type"] == "text/event-stream"


@pytest.mark.slow
def test_a_client_that_does_not_read_is_cut_and_others_go_on(network, url):
    with Events(url) as other, socket.socket() as deaf, ThreadPoolExecutor(1) as thread:
        other.next()
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", network.settings.web.stream_port))
        deaf.sendall(b"GET /open/stream HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_until(lambda: streams(url) == 2)
        last: list[int] = []
        received = thread.submit(other.until, last)
        uids = evses(network)
        for number in range(100):
            seq = network.say_of(dict.fromkeys(uids, ("BLOCKED", "PLANNED")[number % 2])).seq
            if streams(url) == 1:
                break
        last.append(seq)
        assert received.result(20) == seq
        assert streams(url) == 1
        drain(deaf)


def test_one_client_too_many_is_told_to_come_back(network, url):
    wait_until(lambda: streams(url) == 0)
    clients = [Events(url) for _ in range(20)]
    response = requests.get(f"{url}/open/stream", timeout=5)
    assert (response.status_code, response.json()["status_code"]) == (503, 3000)
    assert int(response.headers["Retry-After"]) > 0
    for client in clients:
        client.response.close()
    wait_until(lambda: streams(url) == 0)


def test_so_many_streams_as_the_system_allows_files_for():
    with capture_logs() as said:
        assert fitting(10_000, 20_000) == 10_000
        assert said == []
        assert fitting(10_000, 1024) == 1024 - OWN_FILES - SPARE
    assert said[0]["remedy"].startswith(f"LimitNOFILE={10_000 + OWN_FILES + SPARE} ")


def test_sigterm_ends_every_stream_in_order(tmp_path):
    network = make_network(tmp_path, locations=3)
    network.pull()
    with served(network) as (url, server):
        events = Events(url)
        assert events.next()[0] == "head"
        server.send_signal(signal.SIGTERM)
        assert events.next() is None
        assert server.wait(10) == 0


def drain(connection):
    """Reads what is left, up to the end of the connection."""
    connection.settimeout(5)
    with suppress(ConnectionError):
        while connection.recv(1 << 16):
            pass


def streams(url):
    return int(requests.get(f"{url}/healthz", timeout=5).json()["status_message"].split()[0])


def wait_until(condition):
    for _ in range(200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it never came")
