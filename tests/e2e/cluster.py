"""Workers, web processes, a listener and a database, each on a machine of its own as far as faults go, under load and read."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import requests
import yaml
from sqlalchemy import text

from app.publish.manifest import PATH, Manifest, read_manifest
from app.registry.apply import Registry
from app.store.base import Store
from app.store.directory import DirectoryStore
from tests.e2e.machines import Machine
from tests.e2e.numbered import Numbered
from tests.e2e.watching import HEALTH, Feed, Reader, Watcher
from tests.processes import free_port, wait_for
from tests.relay import Relays

WORKERS, WEBS, POINTS = 3, 4, 20


@dataclass(frozen=True)
class Kept:
    """Where the workers write."""

    settings: dict[str, Any]
    """`store` in the settings of all."""
    store: Store
    """The same, past all that may fail."""


def say(line: str) -> None:
    print(line)  # noqa: T201


class Cluster:
    def __init__(
        self,
        folder: Path,
        database: str,
        kept: Kept | None = None,
        *,
        workers: int = WORKERS,
        webs: int = WEBS,
        streams: int = 0,
        environment: Callable[[str], Mapping[str, str]] = lambda name: {},
    ) -> None:
        """With a file as database: one machine, `chargefeed run`. `kept`: None for the folder `public`; `environment`: what a
        machine has of its own, by its name."""
        self.folder = folder
        self._kept = kept or Kept({"directory": "public"}, DirectoryStore(folder / "public"))
        self.store = self._kept.store
        self.engine = Registry.open(database).engine
        """Past all lines."""
        self._relays = Relays(self.engine.url.port or 0)
        hook = free_port()
        self.backend = Numbered(folder, POINTS, hook)
        self.settings = self._settings()
        """Written when it starts."""
        many = {"listen": 1, "worker": workers, "web": webs, "stream": streams}
        names = [f"{command}-{number + 1}" for command, how_many in many.items() for number in range(how_many)]
        if self.engine.dialect.name == "sqlite":
            names = ["run-1"]
        self.machines = [self._machine(name, environment(name)) for name in names]
        self.workers = [machine for machine in self.machines if machine.name.startswith("worker")]
        self.webs = [machine for machine in self.machines if machine.name.startswith(("web", "run"))]
        self.feed = Feed()
        self.readers = [Reader(web, self.feed) for web in self.webs]
        self.watcher = Watcher(self.store, self.engine)

    def _machine(self, name: str, environment: Mapping[str, str]) -> Machine:
        url = self.engine.url
        if url.port is None:
            return Machine(name, self.folder, None, str(url), environment)
        relay = self._relays.open()
        return Machine(name, self.folder, relay, str(url.set(port=relay.port)), environment)

    def _settings(self) -> dict[str, Any]:
        return {
            "operator": {"name": "Faults"},
            "database": "${DATABASE}",
            "store": self._kept.settings,
            "web": {"port": "${PORT}", "url": "http://127.0.0.1:8080"},
            "snapshots": {"status_every": "2s", "static_every": "10s"},
            "ledger": {"key": "ledger.key", "every": "2s"},
            "sources": self.backend.sources,
        }

    def start(self) -> None:
        """Returns when everything runs and statuses change."""
        (self.folder / "config.yaml").write_text(yaml.safe_dump(self.settings))
        self.backend.start()
        for machine in self.machines:
            machine.start()
        wait_for(lambda: all(self._is_up(web) for web in self.webs), 180)
        wait_for(lambda: len(self.journaled()) == POINTS and self.manifest() is not None, 180)
        self.backend.change()
        for thread in (self.watcher, *self.readers):
            thread.start()

    def close(self) -> None:
        for thread in (self.watcher, *self.readers):
            if thread.is_alive():
                thread.close()
        self.backend.close()
        for machine in self.machines:
            machine.ask_to_stop()
        for machine in self.machines:
            machine.stop()
        self._relays.close()
        self.engine.dispose()

    def manifest(self) -> Manifest | None:
        fetched = self.store.get(PATH[1:])
        return read_manifest(fetched.read()) if fetched else None

    def keep_running(self, seconds: float) -> None:
        """As their supervisors do: whoever has ended is started again a moment later."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(0.5, left))
            for machine in self.machines:
                machine.ensure_running()

    def journaled(self) -> list[tuple[int, str, str, int]]:
        """(sequence, EVSE, status, number) of every status, in order."""
        query = (
            "SELECT seq, evse_uid, after, occurred_at FROM journal WHERE what = 'status' AND occurred_at IS NOT NULL"
        )
        with self.engine.connect() as connection:
            rows = connection.execute(text(f"{query} ORDER BY seq")).all()
        return [(row[0], row[1], orjson.loads(row[2])["status"], row[3] - self.backend.began) for row in rows]

    def history(self) -> set[int]:
        """Numbers."""
        with self.engine.connect() as connection:
            times = connection.execute(text("SELECT occurred_at FROM history WHERE occurred_at IS NOT NULL")).scalars()
            return {at - self.backend.began for at in times}

    def longest_silence(self, since: float) -> dict[str, float]:
        """Source → seconds in which nothing of it was published, at most."""
        query = "SELECT source, published_at / 1000.0 FROM journal WHERE what = 'status' AND published_at > :since ORDER BY 2"
        found = {"polled": [since], "pushed": [since]}
        with self.engine.connect() as connection:
            for source, at in connection.execute(text(query), {"since": since * 1000}):
                found[source].append(float(at))
        return {
            source: max(after - before for before, after in itertools.pairwise([*times, time.time()]))
            for source, times in found.items()
        }

    def is_level(self) -> bool:
        """Each point is what it was last, everywhere."""
        last = {evse: number for _, evse, _, number in self.journaled()}
        if last != {evse: change.number for evse, change in self.backend.latest.items()}:
            return False
        head, manifest = self.head(), self.manifest()
        return manifest is not None and manifest.sequence == head == min(reader.position for reader in self.readers)

    def head(self) -> int:
        with self.engine.connect() as connection:
            return int(connection.execute(text("SELECT seq FROM feed_head")).scalar_one())

    def leader(self) -> Machine:
        """A worker that pulls."""
        query = "SELECT holder FROM lease WHERE name = 'source:polled'"
        with self.engine.connect() as connection:
            holder = connection.execute(text(query)).scalar_one()
        return next((one for one in self.workers if f"/{one.pid}/" in holder), self.workers[0])

    @staticmethod
    def _is_up(web: Machine) -> bool:
        with suppress(requests.RequestException):
            return requests.get(web.url + HEALTH, timeout=2).ok
        return False


@contextmanager
def running(cluster: Cluster) -> Iterator[Cluster]:
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.close()
