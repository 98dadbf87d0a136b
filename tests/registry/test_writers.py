"""Four writing processes, commits that stall, clocks that step back: readers by `since` and by `date_from` miss nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select

from app.model.batch import Kind
from app.registry.database import open_engine, reading
from app.registry.projection import PublicFeed, View
from app.registry.tables import journal
from tests.shared import ROOT

NAMES = ("a", "b", "c", "d")
STALL_S = 0.3
AT_MOST_S = 120.0


class Writers:
    """The processes; `stall` stops one of them wherever it is, perhaps in the middle of a commit."""

    def __init__(self, url: str, commits: int) -> None:
        command = [sys.executable, "-m", "tests.registry.writing", url]
        self._processes = [
            subprocess.Popen([*command, name, str(commits)], cwd=ROOT, stdout=subprocess.DEVNULL) for name in NAMES
        ]
        self._until = time.monotonic() + AT_MOST_S

    def running(self) -> bool:
        assert time.monotonic() < self._until, "the writers do not come to an end"
        return any(process.poll() is None for process in self._processes)

    def stall(self, chance: random.Random) -> None:
        process = chance.choice(self._processes)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGSTOP)
            time.sleep(chance.uniform(0, STALL_S))
            os.kill(process.pid, signal.SIGCONT)

    def succeeded(self) -> bool:
        return [process.wait(10) for process in self._processes] == [0] * len(NAMES)

    def stop(self) -> None:
        for process in self._processes:
            if process.poll() is None:
                os.kill(process.pid, signal.SIGCONT)
                process.kill()
            process.wait(10)


class BySince:
    def __init__(self) -> None:
        self.seen: list[int] = []
        self._since = 0

    def read(self, feed: PublicFeed) -> None:
        with feed.read() as reader:
            page = reader.changes(self._since, 50)
        self.seen += [change["seq"] for change in page.changes]
        self._since = page.next


class ByDate:
    def __init__(self) -> None:
        self.seen: dict[str, dict[str, Any]] = {}
        self._date_from = 0

    def read(self, feed: PublicFeed) -> None:
        with feed.read() as reader:
            head = reader.head()
            changed = reader.ordinals(Kind.LOCATIONS, View(), self._date_from, None)
            self.seen.update({found.id: found.body for found in reader.objects(Kind.LOCATIONS, changed)})
        self._date_from = head.published_at


@pytest.fixture
def writers(database_url: str, request: pytest.FixtureRequest) -> Iterator[Writers]:
    started = Writers(database_url, request.param)
    yield started
    started.stop()


@pytest.mark.parametrize("writers", [25, pytest.param(400, marks=pytest.mark.slow)], indirect=True)
def test_readers_by_since_and_by_date_miss_nothing(writers: Writers, database_url: str) -> None:
    engine = open_engine(database_url)
    feed, by_since, by_date, chance = PublicFeed(engine), BySince(), ByDate(), random.Random(1)
    while writers.running():
        by_since.read(feed)
        by_date.read(feed)
        writers.stall(chance)
    assert writers.succeeded()
    with reading(engine) as connection:
        stamps = connection.execute(select(journal.c.seq, journal.c.published_at).order_by(journal.c.seq)).all()
    for _ in range(len(stamps) // 50 + 1):
        by_since.read(feed)
    by_date.read(feed)
    with feed.read() as reader:
        everything = {found.id: found.body for found in reader.block(Kind.LOCATIONS, 0)}
    engine.dispose()
    assert len(everything) == len(NAMES)
    assert [row.seq for row in stamps] == list(range(1, len(stamps) + 1)), "sequences have a gap"
    assert by_since.seen == [row.seq for row in stamps]
    assert by_date.seen == everything
    assert all(earlier.published_at <= later.published_at for earlier, later in pairwise(stamps))
