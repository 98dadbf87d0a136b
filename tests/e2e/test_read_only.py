"""The only machine, and a disk that can no longer be written: that of the documents, and that of the database."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.cluster import Cluster, running, say
from tests.e2e.disks import read_only
from tests.e2e.promises import nothing_is_lost, the_journal_has_no_gap
from tests.processes import children_of, wait_for

A_WHILE_S = 10


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Cluster]:
    (tmp_path / "data").mkdir()
    made = Cluster(tmp_path, f"sqlite:///{tmp_path}/data/feed.db")
    with running(made):
        yield made


@pytest.mark.parametrize("away_s", [2.0, pytest.param(30.0, marks=pytest.mark.slow)], ids=["short", "long"])
def test_what_stands_is_served_and_all_goes_on_by_itself(alone: Cluster, away_s: float) -> None:
    for name in ("public", "data"):
        before, since = alone.feed.reads.copy(), time.time()
        with read_only(alone.folder / name, children_of(alone.machines[0].pid)):
            time.sleep(away_s / 2)
            if away_s > A_WHILE_S:
                kill(alone, "cf-worker")  # the next one begins on that disk
            time.sleep(away_s / 2)
            held = alone.head()
        wait_for(lambda held=held: alone.head() > held, 30)
        reads = alone.feed.reads - before
        refused = {f"{path} {outcome}": count for (path, outcome), count in reads.items() if outcome != "200"}
        say(f"{name}: nothing published for {alone.longest_silence(since)} s; not answered: {refused}")
        assert not refused
    assert "disk I/O error" in (log := alone.machines[0].log.read_text()) or "readonly" in log
    alone.backend.finish()
    wait_for(alone.is_level, 60, every=0.5)
    nothing_is_lost(alone)
    the_journal_has_no_gap(alone.engine)
    assert alone.watcher.setbacks == []


def kill(alone: Cluster, name: str) -> None:
    (pid,) = (pid for pid, called in children_of(alone.machines[0].pid).items() if called == name)
    os.kill(pid, signal.SIGKILL)
