"""Those who read while machines fail: what they see must never contradict itself."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import orjson
import requests
from sqlalchemy import Engine, text

from app.errors import StoreError
from app.ledger.checkpoint import claimed
from app.ledger.shelf import Shelf
from app.publish.manifest import PATH, read_manifest
from app.store.base import Store
from tests.e2e.machines import Machine

PAGE = "/open/ocpi/2.2.1/locations?limit=100"
DOCUMENT = "/open/ocpi/2.2.1/locations.json"
HEALTH = "/healthz"
PATIENCE_S = 8.0


class Feed:
    """All that all readers saw."""

    def __init__(self) -> None:
        self.changes: dict[int, bytes] = {}
        self.contradictions: list[str] = []
        self.reads: Counter[tuple[str, str]] = Counter()
        """(path, outcome) → how many."""
        self.slowest: dict[str, float] = {}
        self._lock = threading.Lock()

    def saw(self, changes: list[dict[str, Any]]) -> None:
        with self._lock:
            for change in changes:
                content = orjson.dumps(change, option=orjson.OPT_SORT_KEYS)
                if self.changes.setdefault(change["seq"], content) != content:
                    self.contradictions.append(f"{change['seq']}: {self.changes[change['seq']]!r} and {content!r}")

    def count(self, path: str, outcome: str, seconds: float) -> None:
        with self._lock:
            self.reads[path, outcome] += 1
            self.slowest[path] = max(self.slowest.get(path, 0.0), seconds)

    def failed(self, path: str) -> int:
        return sum(count for (read, outcome), count in self.reads.items() if read == path and outcome != "200")

    def report(self) -> str:
        lines = [f"  {path:<42} {outcome:<12} {count}" for (path, outcome), count in sorted(self.reads.items())]
        return "\n".join([*lines, *(f"  slowest {path}: {seconds:.2f} s" for path, seconds in self.slowest.items())])


class Reader(threading.Thread):
    """Reads from one web machine, all the time. What fails while the machine itself is down does not count."""

    def __init__(self, machine: Machine, feed: Feed) -> None:
        super().__init__()
        self.position = 0
        self._machine = machine
        self._feed = feed
        self._over = threading.Event()
        self._paths = (HEALTH, DOCUMENT, PAGE)
        self._lived = 0
        """The life of the machine in which it has answered once."""

    def run(self) -> None:
        while not self._over.wait(0.05):
            for path in self._paths:
                self._read(path, path)
            self._read(f"/open/changes?since={self.position}&limit=1000", "/open/changes", self._follow)

    def close(self) -> None:
        self._over.set()
        self.join()

    def _read(self, path: str, named: str, then: Callable[[Any], None] | None = None) -> None:
        life, began = self._machine.lives, time.monotonic()
        try:
            answer = requests.get(self._machine.url + path, timeout=PATIENCE_S)
            outcome = str(answer.status_code)
        except requests.RequestException as error:
            answer, outcome = None, type(error).__name__
        if answer is not None and answer.status_code == 503 and "Retry-After" not in answer.headers:
            outcome = "503 without Retry-After"
        if answer is not None and answer.ok:
            self._lived = life
            if then:
                then(answer.json())
        if self._lived == life == self._machine.lives and self._machine.runs:
            self._feed.count(named, outcome, time.monotonic() - began)

    def _follow(self, body: Any) -> None:
        self._feed.saw(body["data"])
        self.position = body["next"]


class Watcher(threading.Thread):
    """Looks at what may never go back: manifest, checkpoint, leases."""

    def __init__(self, store: Store, engine: Engine) -> None:
        super().__init__()
        self.setbacks: list[str] = []
        self.checkpoints: dict[int, bytes] = {}
        """Size → root."""
        self._store = store
        self._engine = engine
        self._over = threading.Event()
        self._highest: dict[str, tuple[int, ...]] = {}

    def run(self) -> None:
        while not self._over.wait(0.05):
            with suppress(StoreError):  # it may be what fails
                self._look()
            with self._engine.connect() as connection:
                for name, epoch in connection.execute(text("SELECT name, epoch FROM lease")):
                    self._rises(f"lease {name}", epoch)

    def close(self) -> None:
        self._over.set()
        self.join()

    def _look(self) -> None:
        if (fetched := self._store.get(PATH[1:])) is not None:
            manifest = read_manifest(fetched.read())
            self._rises("lease of the manifest", manifest.lease_epoch)
            self._rises("manifest", manifest.sequence)
            self._rises("generated", int("".join(filter(str.isdigit, manifest.generated[:19]))))
        if (found := Shelf(self._store).read_checkpoint()) is not None:
            checkpoint = claimed(found[0])
            self._rises("checkpoint", checkpoint.size)
            if self.checkpoints.setdefault(checkpoint.size, checkpoint.root) != checkpoint.root:
                self.setbacks.append(f"two trees of {checkpoint.size} entries")

    def _rises(self, what: str, *value: int) -> None:
        if value < self._highest.get(what, value):
            self.setbacks.append(f"{what}: {value} after {self._highest[what]}")
        self._highest[what] = value
