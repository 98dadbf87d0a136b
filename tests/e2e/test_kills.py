"""`kill -9` of whatever process, at random points under load, again and again; supervisors start again who is killed."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.supervisor import BACK_OFF_MOST
from tests.e2e.cluster import Cluster, running, say
from tests.e2e.machines import Machine
from tests.e2e.promises import everybody_saw_the_same, nothing_is_lost, nothing_went_back, the_journal_has_no_gap
from tests.e2e.watching import HEALTH
from tests.processes import children_of, kill, wait_for

SEED = int(os.environ.get("FAULTS_SEED", "21"))
KILLS = int(os.environ.get("FAULTS_KILLS", "200"))


@pytest.fixture
def cluster(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cluster]:
    """Of the database that the test names."""
    on_server = request.param == "postgresql"
    url = request.getfixturevalue("postgres_url") if on_server else f"sqlite:///{tmp_path}/feed.db"
    made = Cluster(tmp_path, url, workers=2, webs=2, streams=1)
    with running(made):
        yield made


@pytest.mark.parametrize(
    ("cluster", "kills", "apart_s"),
    [
        ("sqlite", 6, (0.2, 1.0)),  # machines apart: test_faults
        pytest.param("sqlite", KILLS, (0.2, 5.0), marks=pytest.mark.slow),
        pytest.param("postgresql", KILLS, (0.2, 5.0), marks=pytest.mark.slow),
    ],
    indirect=["cluster"],
    ids=["short", "run", "machines"],
)
def test_whoever_is_killed_nothing_is_lost(cluster: Cluster, kills: int, apart_s: tuple[float, float]) -> None:
    draw, killed, began = random.Random(SEED), Counter[str](), time.monotonic()
    for _ in range(kills):
        wait_for(lambda: bool(processes(cluster)), BACK_OFF_MOST + 5)  # who dies soon again is started later each time
        machine, pid, name = draw.choice(processes(cluster))
        killed[name] += 1
        machine.lives += 1
        kill(pid)
        machine.lives += 1
        cluster.keep_running(draw.uniform(*apart_s))
    say(f"seed {SEED}: {kills} kills in {time.monotonic() - began:.0f} s: {dict(killed)}")
    cluster.backend.finish()
    ended = time.monotonic()
    wait_for(cluster.is_level, 120, every=0.5)
    say(
        f"level {time.monotonic() - ended:.1f} s after the last change; {cluster.head()} changes; reads:\n{cluster.feed.report()}"
    )
    nothing_is_lost(cluster)
    the_journal_has_no_gap(cluster.engine)
    everybody_saw_the_same(cluster)
    nothing_went_back(cluster)
    assert cluster.feed.failed(HEALTH) == 0


def processes(cluster: Cluster) -> list[tuple[Machine, int, str]]:
    """All but supervisors that nobody would start again: with `chargefeed run`, what it has started and what that has."""
    found = []
    for machine in cluster.machines:
        if not machine.name.startswith("run"):
            found.append((machine, machine.pid, machine.name.partition("-")[0]))
        for pid, name in children_of(machine.pid).items():
            found.append((machine, pid, name))
            found += [(machine, grandchild, f"{name}'s child") for grandchild in children_of(pid)]
    return found
