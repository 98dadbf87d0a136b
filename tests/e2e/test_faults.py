"""Three workers, four web processes, a listener and a database, each on a machine of its own as far as faults go.

In a random order (its seed is printed) processes are killed and started again, lines to the database are cut, the disk of the
store is full, a worker is paused beyond its leases. Meanwhile every change of the backend has a number, and everybody reads.
"""

from __future__ import annotations

import itertools
import os
import random
import resource
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import orjson
import pytest
import requests
import yaml
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from app.ledger.checkpoint import Checkpoint, open_checkpoint
from app.ledger.shelf import Shelf
from app.ledger.verifying import verified_entries
from app.publish.manifest import read_manifest
from app.registry.apply import Registry
from app.store.directory import DirectoryStore
from tests.e2e.machines import Machine, cut
from tests.e2e.numbered import LAST, Numbered
from tests.e2e.watching import DOCUMENT, HEALTH, PAGE, Feed, Reader, Watcher
from tests.processes import free_port, wait_for
from tests.relay import Line, Relays

WORKERS, WEBS, POINTS = 3, 4, 20
DISK = "24m"
BEYOND_A_LEASE = 17.0
SEED = int(os.environ.get("FAULTS_SEED", "21"))


class Cluster:
    def __init__(self, folder: Path, database: str) -> None:
        url = make_url(database)
        assert url.port is not None
        assert url.database is not None
        self.folder, self.store = folder, folder / "public"
        self.engine = Registry.open(database).engine
        """Past all lines."""
        self._relays = Relays(url.port)
        hook = free_port()
        self.backend = Numbered(folder, POINTS, hook)
        (folder / "config.yaml").write_text(yaml.safe_dump(self._settings()))
        names = ["listen-1", *(f"worker-{n + 1}" for n in range(WORKERS)), *(f"web-{n + 1}" for n in range(WEBS))]
        self.machines = [Machine(name, folder, self._relays.open(), url.database) for name in names]
        self.workers = [machine for machine in self.machines if machine.name.startswith("worker")]
        self.webs = [machine for machine in self.machines if machine.name.startswith("web")]
        self.feed = Feed()
        self.readers = [Reader(web, self.feed) for web in self.webs]
        self.watcher = Watcher(self.store, self.engine)

    def _settings(self) -> dict[str, object]:
        return {
            "operator": {"name": "Faults"},
            "database": "${DATABASE}",
            "store": {"directory": "public"},
            "web": {"port": "${PORT}", "url": "http://127.0.0.1:8080"},
            "snapshots": {"status_every": "2s", "static_every": "10s"},
            "ledger": {"key": "ledger.key", "every": "2s"},
            "sources": self.backend.sources,
        }

    def start(self) -> None:
        """Returns when everything runs and statuses change."""
        self.backend.start()
        for machine in self.machines:
            machine.start()
        wait_for(lambda: all(self._is_up(web) for web in self.webs), 180)
        wait_for(lambda: len(self.journaled()) == POINTS and self.manifest_is_there(), 180)
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

    def manifest_is_there(self) -> bool:
        return (self.store / "open/manifest.json").exists()

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
        head = self.head()
        manifest = read_manifest((self.store / "open/manifest.json").read_bytes())
        return manifest.sequence == head and all(reader.position == head for reader in self.readers)

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
def own_disk(folder: Path) -> Iterator[None]:
    """A small file system for the store alone, where this process may mount one."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        yield
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def full_disk(cluster: Cluster) -> Iterator[None]:
    """No byte more for the store. Without a file system of its own: the workers may write to no file at all (EFBIG)."""
    filler = cluster.store / "filler"
    if os.path.ismount(cluster.store):
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while file.write(bytes(4096)):
                pass
        yield
        filler.unlink()
        return
    limits = {worker.pid: resource.prlimit(worker.pid, resource.RLIMIT_FSIZE) for worker in cluster.workers}
    for pid, (_, hard) in limits.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
    yield
    for pid, limit in limits.items():
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)


def say(line: str) -> None:
    print(line)  # noqa: T201


def faults(
    cluster: Cluster, away_s: float, workers: Sequence[Machine], webs: Sequence[Machine]
) -> dict[str, Callable[[], None]]:
    """Of two of each. A fault returns when it is over; what was killed is down until somebody looks."""

    def away(machines: Sequence[Machine], line: Line) -> None:
        cut(machines, line)
        cluster.keep_running(away_s)
        cut(machines, Line.PASSES)

    def full() -> None:
        with full_disk(cluster):
            cluster.keep_running(away_s)

    return {
        "a worker killed": workers[0].kill,
        "a web server killed": webs[0].kill,
        "a process of a web server killed": webs[1].kill_child,
        "the listener killed": cluster.machines[0].kill,
        "the database away": lambda: away(cluster.machines, Line.REFUSES),
        "a worker and a web server cut off": lambda: away([workers[1], webs[1]], Line.SWALLOWS),
        "the disk full": full,
    }


def drive(cluster: Cluster, draw: random.Random, rounds: int, away_s: float) -> None:
    for _ in range(rounds):
        paused = cluster.leader()
        paused.pause()
        awake_at = time.monotonic() + BEYOND_A_LEASE
        others = [worker for worker in cluster.workers if worker is not paused]
        chosen = list(faults(cluster, away_s, draw.sample(others, 2), draw.sample(cluster.webs, 2)).items())
        draw.shuffle(chosen)
        for name, fault in chosen:
            say(name)
            fault()
            cluster.keep_running(draw.uniform(0.5, 1.5))
        cluster.keep_running(max(0.0, awake_at - time.monotonic()))
        paused.wake()
    cluster.keep_running(1.0)


@pytest.fixture
def cluster(tmp_path: Path, postgres_url: str) -> Iterator[Cluster]:
    with own_disk(tmp_path / "public"):
        made = Cluster(tmp_path, postgres_url)
        try:
            made.start()
            yield made
        finally:
            made.close()


@pytest.mark.parametrize(
    ("rounds", "away_s"), [(1, 5.0), pytest.param(3, 30.0, marks=pytest.mark.slow)], ids=["short", "long"]
)
def test_nothing_is_lost_doubled_or_written_by_who_no_longer_leads(
    cluster: Cluster, rounds: int, away_s: float
) -> None:
    say(f"seed {SEED}")
    drive(cluster, random.Random(SEED), rounds, away_s)
    cluster.backend.finish()
    ended = time.monotonic()
    wait_for(cluster.is_level, 90, every=0.5)
    say(f"level {time.monotonic() - ended:.1f} s after the last change; reads:\n{cluster.feed.report()}")
    nothing_is_lost(cluster)
    the_journal_has_no_gap(cluster.engine)
    everybody_saw_the_same(cluster)
    nothing_went_back(cluster)
    the_living_answered(cluster.feed)


@pytest.mark.slow
def test_how_long_each_fault_is_felt(cluster: Cluster) -> None:
    """Each alone; the table stands in deploy/scale.md."""

    def paused() -> None:
        worker = cluster.leader()
        worker.pause()
        cluster.keep_running(BEYOND_A_LEASE)
        worker.wake()

    names = list(faults(cluster, 30.0, cluster.workers, cluster.webs))
    for name in (*names, "a worker paused"):
        leader = cluster.leader()
        fault = {**faults(cluster, 30.0, [leader, leader], cluster.webs), "a worker paused": paused}[name]
        before, since = cluster.feed.reads.copy(), time.time()
        fault()
        cluster.keep_running(25.0)
        reads = cluster.feed.reads - before
        refused = {f"{path} {outcome}": count for (path, outcome), count in reads.items() if outcome != "200"}
        silence = {source: round(seconds, 1) for source, seconds in cluster.longest_silence(since).items()}
        say(f"{name}: nothing published for {silence} s; of {reads.total()} reads not answered: {refused}")
    cluster.backend.finish()
    wait_for(cluster.is_level, 90, every=0.5)
    nothing_is_lost(cluster)


def nothing_is_lost(cluster: Cluster) -> None:
    """What is journaled was said, of each EVSE in its order, to the last. All of what was posted is history, since posts are
    events; published of it is what no later one of the same commit superseded."""
    journaled = cluster.journaled()
    said = cluster.backend.changes
    assert all((said[number].evse, said[number].status) == (evse, status) for _, evse, status, number in journaled)
    for evse, rows in itertools.groupby(sorted(journaled, key=lambda row: (row[1], row[0])), key=lambda row: row[1]):
        numbers = [number for *_, number in rows]
        assert numbers == sorted(set(numbers)), evse
        assert said[numbers[-1]].status == LAST
    missing = cluster.backend.posted.keys() - cluster.history()
    assert not missing, f"{len(missing)} of {len(cluster.backend.posted)} posts"


def the_journal_has_no_gap(engine: Engine) -> None:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT seq, published_at FROM journal ORDER BY seq")).all()
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    stamps = [row.published_at for row in rows]
    assert stamps == sorted(stamps)


def everybody_saw_the_same(cluster: Cluster) -> None:
    """Each sequence had one content for all, at all times; all agree in the end."""
    assert cluster.feed.contradictions == []
    head = cluster.head()
    assert sorted(cluster.feed.changes) == list(range(min(cluster.feed.changes), head + 1))
    for path in (PAGE, DOCUMENT, f"/open/changes?since={max(0, head - 500)}&limit=1000"):
        wait_for(lambda path=path: is_the_same(cluster.webs, path), 5)


def is_the_same(webs: list[Machine], path: str) -> bool:
    data = [requests.get(web.url + path, timeout=10).json()["data"] for web in webs]
    return all(each == data[0] for each in data)


def nothing_went_back(cluster: Cluster) -> None:
    """Leases, manifest and checkpoint; and the log is one log, whichever two checkpoints somebody kept."""
    assert cluster.watcher.setbacks == []
    store = DirectoryStore(cluster.store)
    shelf = Shelf(store)
    found = shelf.read_checkpoint()
    assert found is not None
    last, _ = open_checkpoint(found[0], shelf.read_keys())
    for size, root in cluster.watcher.checkpoints.items():
        list(verified_entries(last, shelf.read, Checkpoint(last.origin, size, root)))


def the_living_answered(feed: Feed) -> None:
    """Health and documents always; what needs the database said 503 and when to come back, or waited for a silent line."""
    assert feed.failed(HEALTH) == feed.failed(DOCUMENT) == 0
    assert {outcome for _, outcome in feed.reads} <= {"200", "503", "ReadTimeout"}
