"""Two `chargefeed worker` processes on one real PostgreSQL: sharing, a kill, and a pause longer than the lease."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from app.model.batch import Kind
from tests.e2e.workers import Workers
from tests.processes import wait_for

pytestmark = pytest.mark.slow

BOARDS = tuple("abcd")
TAKEN_OVER_WITHIN = 30.0


class Network:
    """Four boards of one point each, in files; two workers; one database."""

    def __init__(self, folder: Path, url: str, source: str) -> None:
        self.folder = folder
        for board in BOARDS:
            self.show(board, free=True)
        sources = "\n".join(f"  - {{name: {board}, board: {board}.json, {source}}}" for board in BOARDS)
        config = f"operator: {{name: x}}\ndatabase: {url}\nstore: {{directory: public}}\nsources:\n{sources}\n"
        (folder / "config.yaml").write_text(config)
        self.workers = Workers(folder, url)
        self.registry = self.workers.registry

    def show(self, board: str, *, free: bool) -> None:
        point = {"id": board, "place": "Market", "lat": 52.5, "lon": 13.4, "free": free}
        new = self.folder / f"{board}.new"
        new.write_text(json.dumps([point]))
        new.replace(self.folder / f"{board}.json")

    def led_by(self, worker: subprocess.Popen[bytes]) -> list[str]:
        """The boards whose lease in force is its."""
        return self.workers.leases_of(worker, "source:")

    def status(self, board: str) -> str | None:
        with self.registry.feed().read() as reader:
            found = reader.find(Kind.LOCATIONS, "DE", "BRD", board)
        return found.body["evses"][0]["status"] if found else None

    def sequences(self) -> list[int]:
        with self.registry.engine.connect() as connection:
            return list(connection.execute(text("SELECT seq FROM journal ORDER BY seq")).scalars())


@pytest.fixture
def network(tmp_path: Path, postgres_url: str) -> Iterator[Callable[[str], Network]]:
    made: list[Network] = []

    def make(source: str) -> Network:
        made.append(Network(tmp_path, postgres_url, source))
        return made[-1]

    yield make
    for one in made:
        one.workers.close()


def started(network: Network) -> tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]]:
    """Two workers that lead two boards each, whose points are all published."""
    first, second = network.workers.start(), network.workers.start()
    wait_for(lambda: len(network.led_by(first)) == len(network.led_by(second)) == 2, 60)
    wait_for(lambda: all(network.status(board) == "AVAILABLE" for board in BOARDS), 60)
    return first, second


def test_a_killed_workers_sources_are_taken_over(network: Callable[[str], Network]) -> None:
    boards = network("type: board, inventory_every: 1s, status_every: 1s")
    first, second = started(boards)
    orphans = boards.led_by(first)
    first.kill()
    first.wait()
    killed = time.monotonic()
    for board in BOARDS:
        boards.show(board, free=False)
    wait_for(lambda: all(boards.status(board) == "CHARGING" for board in BOARDS), TAKEN_OVER_WITHIN)
    print(f"taken over after {time.monotonic() - killed:.1f} s")  # noqa: T201
    assert boards.led_by(second) == list(BOARDS)
    assert len(orphans) == 2
    sequences = boards.sequences()
    assert sequences == list(range(1, len(sequences) + 1))


def test_a_worker_paused_beyond_its_lease_writes_nothing_of_what_it_had_read(network: Callable[[str], Network]) -> None:
    boards = network("type: slow-board, inventory_every: 1s, status_every: 1s, pause: 0.7")
    first, second = started(boards)
    stale, *_ = boards.led_by(first)
    marker = boards.folder / f"{stale}.read"
    wait_for(lambda: marker.exists() and marker.read_text() == str(first.pid), every=0.001)
    first.send_signal(signal.SIGSTOP)
    assert marker.exists(), "it has read that the point is free, and not yet said so"
    boards.show(stale, free=False)
    wait_for(lambda: boards.status(stale) == "CHARGING", TAKEN_OVER_WITHIN)
    written = len(boards.sequences())
    first.send_signal(signal.SIGCONT)
    wait_for(lambda: "has gone to another worker" in boards.workers.log_of(first))
    wait_for(lambda: len(boards.led_by(first)) == len(boards.led_by(second)) == 2, 60)
    time.sleep(3)
    assert boards.status(stale) == "CHARGING"
    assert len(boards.sequences()) == written
