"""Clocks that jump by hours and by a minute, of some of several machines and of the only one."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import text

from app.clock import SystemClock
from tests.e2e.clocks import SEEN_WITHIN_S, SetClock
from tests.e2e.cluster import Cluster, running, say
from tests.e2e.promises import (
    everybody_saw_the_same,
    nothing_is_lost,
    nothing_went_back,
    the_journal_has_no_gap,
    the_living_answered,
)
from tests.processes import wait_for

HOURS, LEAP = 3 * 3600, 61
SHORT = (HOURS, -HOURS)
LONG = (HOURS, 0, -HOURS, 0, LEAP, 0, -LEAP, 0, 2 * HOURS, -2 * HOURS, 0)
JUMPS = pytest.mark.parametrize(
    ("jumps", "apart_s"), [(SHORT, 3.0), pytest.param(LONG, 10.0, marks=pytest.mark.slow)], ids=["short", "long"]
)
SLACK_MS = 1000


@pytest.fixture
def clock(tmp_path: Path) -> SetClock:
    return SetClock(tmp_path / "clock")


@pytest.fixture
def several(tmp_path: Path, postgres_url: str, clock: SetClock) -> Iterator[Cluster]:
    """Of which one worker, the listener and the web process go by the clock, and one worker does not."""

    def environment(name: str) -> Mapping[str, str]:
        return {} if name == "worker-2" else clock.environment

    with running(Cluster(tmp_path, postgres_url, workers=2, webs=1, environment=environment)) as made:
        yield made


@pytest.fixture
def alone(tmp_path: Path, clock: SetClock) -> Iterator[Cluster]:
    with running(
        Cluster(tmp_path, f"sqlite:///{tmp_path}/feed.db", environment=lambda name: clock.environment)
    ) as made:
        yield made


@JUMPS
def test_of_several_machines_those_whose_clock_jumps_go_by_the_databases(
    several: Cluster, clock: SetClock, jumps: tuple[int, ...], apart_s: float
) -> None:
    drive(several, clock, jumps, apart_s)
    assert not any("lease lost" in worker.log.read_text() for worker in several.workers)
    assert latest(several) <= SystemClock().now() + SLACK_MS, "nothing bears a time that has not come"
    nothing_went_back(several)
    everybody_saw_the_same(several)
    the_living_answered(several.feed)


@JUMPS
def test_the_only_machine_goes_on_whatever_its_clock_does(
    alone: Cluster, clock: SetClock, jumps: tuple[int, ...], apart_s: float
) -> None:
    drive(alone, clock, jumps, apart_s)
    assert latest(alone) <= SystemClock().now() + max(*jumps, 0) * 1000 + 60_000, (
        "nothing lies beyond what a clock showed"
    )
    assert alone.watcher.setbacks == []
    the_living_answered(alone.feed)


def drive(cluster: Cluster, clock: SetClock, jumps: tuple[int, ...], apart_s: float) -> None:
    for ahead in jumps:
        clock.set(ahead)
        since, head = time.monotonic(), cluster.head()
        time.sleep(SEEN_WITHIN_S)
        wait_for(lambda head=head: cluster.head() > head, 30)
        say(f"{ahead:+d} s: published again after {time.monotonic() - since:.1f} s")
        cluster.keep_running(apart_s)
        assert not told(cluster, "UNKNOWN"), "in time that did not pass nobody was silent"
    cluster.backend.finish()
    wait_for(cluster.is_level, 60, every=0.5)
    nothing_is_lost(cluster)
    the_journal_has_no_gap(cluster.engine)


def latest(cluster: Cluster) -> int:
    """The latest time that any change bears."""
    with cluster.engine.connect() as connection:
        times = connection.execute(text("SELECT max(published_at), max(received_at), max(occurred_at) FROM journal"))
        return max(times.one())


def told(cluster: Cluster, status: str) -> int:
    with cluster.engine.connect() as connection:
        rows = connection.execute(text("SELECT after FROM journal WHERE what = 'status'")).scalars()
        return sum(f'"{status}"'.encode() in bytes(row) for row in rows)
