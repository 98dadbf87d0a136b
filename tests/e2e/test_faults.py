"""Three workers, four web processes, a listener and a database, each on a machine of its own as far as faults go.

In a random order (its seed is printed) processes are killed and started again, lines to the database are cut, the disk of the
store is full or read-only, a worker is paused beyond its leases. Meanwhile every change of the backend has a number, and
everybody reads.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.e2e.cluster import Cluster, running, say
from tests.e2e.disks import full, own_disk, read_only
from tests.e2e.machines import Machine, cut
from tests.e2e.promises import (
    everybody_saw_the_same,
    nothing_is_lost,
    nothing_went_back,
    the_journal_has_no_gap,
    the_living_answered,
)
from tests.processes import wait_for
from tests.relay import Line

BEYOND_A_LEASE = 17.0
SEED = int(os.environ.get("FAULTS_SEED", "21"))


def faults(
    cluster: Cluster, away_s: float, workers: Sequence[Machine], webs: Sequence[Machine]
) -> dict[str, Callable[[], None]]:
    """Of two of each. A fault returns when it is over; what was killed is down until somebody looks."""

    def away(machines: Sequence[Machine], line: Line) -> None:
        cut(machines, line)
        cluster.keep_running(away_s)
        cut(machines, Line.PASSES)

    def disk(fails: Callable[[Path, Sequence[int]], AbstractContextManager[None]]) -> None:
        with fails(cluster.folder / "public", [worker.pid for worker in cluster.workers]):
            cluster.keep_running(away_s)

    return {
        "a worker killed": workers[0].kill,
        "a web server killed": webs[0].kill,
        "a process of a web server killed": webs[1].kill_child,
        "the listener killed": cluster.machines[0].kill,
        "the database away": lambda: away(cluster.machines, Line.REFUSES),
        "a worker and a web server cut off": lambda: away([workers[1], webs[1]], Line.SWALLOWS),
        "the disk full": lambda: disk(full),
        "the disk read-only": lambda: disk(read_only),
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
        with running(made):
            yield made


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
