"""More readers than a real server can answer, and readers that do not read."""

from __future__ import annotations

import itertools
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from flask import Flask
from sqlalchemy.engine import make_url
from werkzeug.test import Client

from app.web.application import create_app
from app.web.site import EXTENSION
from tests.processes import children_of, is_alive, wait_for
from tests.relay import Line, Relays
from tests.web.network import Network, Reader, granian, make_network

CROWD, SECONDS = 60, 3.0
SLOW = 40
DOCUMENT = "/open/ocpi/2.3.0/locations.json"
PAGE = "/open/ocpi/2.3.0/locations?limit=100"


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Network:
    network = make_network(tmp_path_factory.mktemp("busy"), locations=60, threads=2)
    network.pull()
    network.snapshot()
    return network


@pytest.fixture(scope="module")
def server(busy: Network) -> Iterator[subprocess.Popen[bytes]]:
    with granian(busy) as running:
        yield running


def resident_mb(server: subprocess.Popen[bytes]) -> float:
    """Of all processes that serve."""
    lines = [Path(f"/proc/{pid}/status").read_text().partition("VmRSS:")[2] for pid in children_of(server.pid)]
    return sum(int(line.split()[0]) for line in lines) / 1000


def test_a_crowd_is_answered_or_sent_away_and_nothing_grows(busy: Network, server: subprocess.Popen[bytes]) -> None:
    url, seen, over, numbers = busy.settings.web.url, Counter[object](), time.monotonic() + SECONDS, itertools.count()

    def hammer() -> list[float]:
        """Each asks for what nobody has asked for; how long `/healthz` took."""
        reader, took = Reader(url), []
        while time.monotonic() < over:
            answer = reader.get(
                f"{PAGE}&offset={next(numbers) % 100}&date_from=2020-01-01T00:00:{next(numbers) % 60:02}Z"
            )
            sent_away = (answer.json()["status_code"], "Retry-After" in answer.headers) == (3000, True)
            seen[answer.status_code, sent_away] += 1
            began = time.monotonic()
            assert reader.get("/healthz").status_code == 200
            took.append(time.monotonic() - began)
        return took

    Reader(url).get(PAGE)
    before = resident_mb(server)
    with ThreadPoolExecutor(CROWD) as pool:
        took = [each for future in [pool.submit(hammer) for _ in range(CROWD)] for each in future.result()]
    print(f"{dict(seen)}; healthz {max(took):.2f} s at most; {before:.0f} → {resident_mb(server):.0f} MB")  # noqa: T201
    assert {(200, False)} <= set(seen) <= {(200, False), (503, True)}
    assert resident_mb(server) < before + 60
    assert Reader(url).get(PAGE).status_code == 200


@pytest.mark.parametrize("path", [DOCUMENT, PAGE])
def test_readers_that_do_not_read_hold_nobody_up(busy: Network, server: subprocess.Popen[bytes], path: str) -> None:
    """Many more of them than the server has threads; each takes a byte, and then one a second."""
    reader = Reader(busy.settings.web.url)
    with ThreadPoolExecutor(1) as pool:
        slow = [slow_reader(busy.settings.web.port, path) for _ in range(SLOW)]
        over = threading.Event()
        trickle = pool.submit(lambda: [one.recv(1) for _ in iter(lambda: over.wait(1), True) for one in slow])
        try:
            latencies = []
            for number in range(20):
                began = time.monotonic()
                assert reader.get(f"{PAGE}&offset={number}").status_code == 200
                assert reader.get(DOCUMENT).status_code == 200
                latencies.append(time.monotonic() - began)
        finally:
            over.set()
            trickle.result()
            for one in slow:
                one.close()
    print(f"{SLOW} slow readers; others {max(latencies):.3f} s at most")  # noqa: T201


def slow_reader(port: int, path: str) -> socket.socket:
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    one.connect(("127.0.0.1", port))
    one.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: identity\r\n\r\n".encode())
    assert one.recv(1) == b"H"
    return one


def test_of_fifty_readers_of_a_cold_page_one_has_it_rendered(busy: Network) -> None:
    crowded, alone = (create_app(busy.settings) for _ in range(2))
    ready = threading.Barrier(50)

    def read() -> int:
        ready.wait()
        return Client(crowded).get(PAGE).status_code

    with ThreadPoolExecutor(50) as pool:
        codes = Counter(future.result() for future in [pool.submit(read) for _ in range(50)])
    assert codes[200] > 0
    assert set(codes) <= {200, 503}
    Client(alone).get(PAGE)
    assert rendered(crowded) == rendered(alone) > 0


def rendered(app: Flask) -> int:
    """Blocks."""
    return int(app.extensions[EXTENSION].feed.rendered)


def test_a_process_whose_parent_is_killed_ends(busy: Network, tmp_path: Path) -> None:
    network = make_network(tmp_path, locations=5)
    with granian(network) as running:
        [child] = children_of(running.pid)
        running.kill()
        running.wait()
        wait_for(lambda: not is_alive(child), 10)
        with pytest.raises(requests.ConnectionError):
            Reader(network.settings.web.url).get("/healthz")


def test_a_process_that_starts_while_the_database_is_away_waits(tmp_path: Path, postgres_url: str) -> None:
    address = make_url(postgres_url)
    assert address.port is not None
    relays = Relays(address.port)
    try:
        relay = relays.open()
        database = address.set(port=relay.port).render_as_string()
        network = make_network(tmp_path, locations=5, database=database)
        relay.set(Line.REFUSES)
        threading.Timer(4.0, relay.set, [Line.PASSES]).start()
        with granian(network):
            assert Reader(network.settings.web.url).get("/open/ocpi/versions").status_code == 200
    finally:
        relays.close()
