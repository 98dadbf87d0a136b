"""A small demo network in a database of its own, and real servers over it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
import requests
import yaml

from app.clock import SystemClock
from app.duties import open_snapshots
from app.ledgering import LedgerDuty
from app.model.batch import Kind, StatusRow
from app.publish.snapshots import Report
from app.registry.apply import Applied, Registry
from app.registry.leases import Leases
from app.settings import Settings, load
from app.sources.base import Source, make_source
from tests.processes import free_port
from tests.shared import ROOT

DATA = ROOT / "tests" / "data" / "web"
SERVE = "from app.settings import from_environment; from app.web.server import serve; serve(from_environment())"
STARTS_WITHIN_S = 20.0


@dataclass
class Network:
    """What one configuration publishes; the registry writes, servers read."""

    config: Path
    settings: Settings
    registry: Registry
    source: Source
    """Of the demo."""

    def pull(self) -> None:
        """Everything from every source."""
        for settings in self.settings.sources:
            source = make_source(settings, self.registry.clock)
            for kind in (Kind.TARIFFS, Kind.LOCATIONS, Kind.STATUSES):
                if kind in source.kinds:
                    for batch in source.fetch(kind, None, full=True):
                        self.registry.apply(batch)

    def snapshot(self) -> Report:
        """Writes all documents, as the worker does."""
        snapshots = open_snapshots(self.settings, self.registry, self.settings.store.open())
        return snapshots.run(everything=True)

    def seal(self) -> None:
        """Publishes what is new in the ledger, as the worker does."""
        lease = Leases(self.registry.engine, "tests").acquire("duty:ledger")
        assert lease is not None
        LedgerDuty(self.settings, self.registry, self.settings.store.open())(lease)

    def say(self, evse: str, status: str) -> Applied:
        """One status of one EVSE, as its source would say it."""
        return self.say_of({evse: status})

    def say_of(self, statuses: Mapping[str, str]) -> Applied:
        batch = next(iter(self.source.fetch(Kind.STATUSES, None, full=True)))
        rows = [StatusRow(evse, status) for evse, status in statuses.items()]
        return self.registry.apply(replace(batch, records=rows, complete=False, events=True))


def make_network(
    folder: Path, *, locations: int, odd: bool = False, database: str | None = None, **web: Any
) -> Network:
    """`odd`: with a second source, a few objects of party DE*ODD that have what the demo has not. `database` None: SQLite."""
    port = free_port()
    sources: list[dict[str, Any]] = [{"name": "demo", "type": "demo", "seed": 1, "locations": locations}]
    if odd:
        files = {"inventory": str(DATA / "locations.json"), "tariffs": str(DATA / "tariffs.json")}
        sources.append({"name": "odd", "type": "file", "version": "2.3.0", **files})
    settings = {
        "operator": {"name": "Example Networks", "website": "https://example.org"},
        "database": database or f"sqlite:///{folder / 'feed.db'}",
        "store": {"directory": str(folder / "public")},
        "web": {"port": port, "stream_port": free_port(), "default_party": "DE*DEM", **web},
        "sources": sources,
    }
    config = folder / "chargefeed.yaml"
    config.write_text(yaml.safe_dump(settings))
    read = load(config)
    source = make_source(read.sources[0], SystemClock())
    return Network(config, read, Registry.open(read.database), source)


@contextmanager
def process(network: Network, command: Sequence[str], url: str) -> Iterator[subprocess.Popen[bytes]]:
    """A server of the network in a process of its own, answering at `url`; ended with all it started."""
    environment = {**os.environ, "CHARGEFEED_CONFIG": str(network.config)}
    server = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        _wait(server, url)
        yield server
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def granian(network: Network) -> Any:
    return process(network, [sys.executable, "-c", SERVE], network.settings.web.url)


def _wait(server: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline:
        assert server.poll() is None, "the server ended"
        try:
            requests.get(f"{url}/healthz", timeout=1)
            return
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.05)
    raise AssertionError(f"nothing answers at {url}")


class Reader:
    """A client of the feed, as anyone could write it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()

    def get(self, path: str, **headers: str) -> requests.Response:
        url = path if path.startswith("http") else self.url + path
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._session.get(url, headers=named, allow_redirects=False, timeout=30)

    def open(self, path: str, **headers: str) -> requests.Response:
        """An answer whose body is still to be read."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._session.get(self.url + path, headers=named, stream=True, timeout=10)

    def request(self, method: str, path: str, **headers: str) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._session.request(method, self.url + path, headers=named, allow_redirects=False, timeout=30)

    def data(self, path: str) -> Any:
        response = self.get(path)
        assert response.status_code == 200, response.text
        return orjson.loads(response.content)["data"]

    def crawl(self, path: str) -> list[dict[str, Any]]:
        """All objects of a list, by its links."""
        found: list[dict[str, Any]] = []
        following: str | None = path
        while following:
            response = self.get(following)
            assert response.status_code == 200, response.text
            found += orjson.loads(response.content)["data"]
            following = response.links.get("next", {}).get("url")
        return found
