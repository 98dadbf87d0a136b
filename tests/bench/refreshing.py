"""Bringing every publication up to date, from the commit to files in the store."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Sequence
from functools import partial

from app.clock import format_time
from app.formats.base import formats
from app.model.batch import Batch, Kind, StatusRow
from app.publish.feed import SNAPSHOT_CACHE_BYTES, Feed
from app.publish.publications import catalogue
from app.publish.shelf import Pace
from app.publish.snapshots import Report, Snapshots
from app.publish.spill import Spill
from app.registry.projection import BLOCK
from app.registry.watch import CommitWatch
from app.store.directory import DirectoryStore
from tests.bench.measure import alternating, seconds
from tests.bench.report import Row
from tests.bench.workbench import CLOCK, SOURCE, Workbench, open_registry, read_status

SHARE = 0.01
CLUSTERED = 0.05
"""Share of the blocks that all changes fall into."""
EVERY_TIME = Pace(status_every=0, static_every=0, keep=0)


class Publisher:
    """Changes statuses and writes snapshots as the worker does."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._registry = open_registry(bench.copy("refresh"))
        self._watch = CommitWatch(self._registry.engine, every=0)
        self._store = bench.folder / "store"
        self._draw = random.Random(1)
        self._busy: set[int] = set()
        """Numbers of the locations whose first EVSE is in use."""
        self.reports: list[Report] = []
        self.fresh()

    def fresh(self) -> None:
        """As a process that has just started, with nothing published yet."""
        shutil.rmtree(self._store, ignore_errors=True)
        feed = Feed(self._registry.feed(), self._watch.stamp, CLOCK, SNAPSHOT_CACHE_BYTES, spill=Spill())
        self._snapshots = Snapshots(feed, DirectoryStore(self._store), partial(catalogue, formats()), CLOCK, EVERY_TIME)

    def cold(self) -> float:
        self.fresh()
        return self.write()

    def write(self) -> float:
        return seconds(lambda: self.reports.append(self._snapshots.run(everything=True)))

    def refresh(self, numbers: Sequence[int]) -> float:
        """`numbers` of the locations that change, from 1."""
        self._busy ^= set(numbers)
        rows = [self._row(number, format_time(CLOCK.now())) for number in numbers]
        applied = self._registry.apply(Batch(SOURCE, Kind.STATUSES, CLOCK.now(), read_status, rows))
        assert applied.changes == len(numbers)
        return self.write()

    def _row(self, number: int, at: str) -> StatusRow:
        uid = f"{self._bench.network.location_id(number)}-01"
        return StatusRow(uid, "CHARGING" if number in self._busy else "AVAILABLE", at)

    def random(self) -> float:
        locations = self._bench.network.locations
        return self.refresh(self._draw.sample(range(1, locations + 1), round(locations * SHARE)))

    def clustered(self) -> float:
        locations = self._bench.network.locations
        blocks = self._draw.sample(range(locations // BLOCK), max(1, round(locations / BLOCK * CLUSTERED)))
        pool = [number for block in blocks for number in range(block * BLOCK + 1, block * BLOCK + BLOCK)]
        return self.refresh(self._draw.sample(pool, min(len(pool), round(locations * SHARE))))


def refresh(bench: Workbench) -> Iterator[Row]:
    publisher = Publisher(bench)
    publisher.cold()
    cold, scattered, close = alternating(bench.runs, publisher.cold, publisher.random, publisher.clustered)
    last = publisher.reports[-3:]
    yield Row(
        "cold build of every publication",
        "s",
        cold,
        budget="",
        met=None,
        notes=_described(last[0]),
    )
    for name, sample, report, share in (
        ("at random", scattered, last[1], 4),
        ("in 5 % of the blocks", close, last[2], 10),
    ):
        yield Row(
            f"refresh after 1 % of the locations changed {name}",
            "s",
            sample,
            budget=f"≤ 1/{share} × yardstick",
            met=sample.median <= cold.median / share,
            yardstick="cold build",
            reference=cold,
            notes=_described(report),
        )


def _described(report: Report) -> str:
    return f"{report.rendered:,} blocks rendered, {report.uploaded / 1e6:.1f} MB in {len(report.written)} files"
