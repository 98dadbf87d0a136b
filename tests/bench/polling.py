"""A poll of all statuses, and what a single change costs in networks of different size."""

from __future__ import annotations

from collections.abc import Iterator

from app.clock import format_time
from app.model.batch import Batch, Kind, StatusRow
from app.process import spare_collector
from tests.bench.measure import alternating, decoding, seconds
from tests.bench.network import Statuses
from tests.bench.report import Row
from tests.bench.workbench import AT, CLOCK, SOURCE, Workbench, open_registry, read_status, status_poll, status_source

SHARE = 0.01
SMALL = 10_000
CHANGES = 200
"""Single changes in one run."""
STEP = 7919
"""From one changed EVSE to the next: a prime, so that they are spread."""


class Polls:
    """One source's polls, each with 1 % changed."""

    def __init__(self, bench: Workbench) -> None:
        self._registry = open_registry(bench.copy("poll"))
        self._statuses = Statuses(bench.network)
        self._file = bench.folder / "poll.json"
        self._source = status_source(self._file)
        self._polls = 0
        self._file.write_bytes(self._statuses.body())
        spare_collector()
        self._registry.apply(status_poll(self._source))  # from here on it knows what was said last
        self.take_in()

    def take_in(self) -> float:
        """From the file to the commit."""
        self._polls += 1
        changed = self._statuses.change_share(SHARE, self._polls, CLOCK.now())
        self._file.write_bytes(self._statuses.body())
        written: list[int] = []
        took = seconds(lambda: written.append(self._registry.apply(status_poll(self._source)).changes))
        assert written == [changed]
        return took

    def decode(self) -> float:
        return decoding([self._statuses.body()])


def poll(bench: Workbench) -> Iterator[Row]:
    polls = Polls(bench)
    took, decoded = alternating(bench.runs, polls.take_in, polls.decode)
    yield Row(
        f"poll of {bench.network.evses:,} statuses, 1 % changed",
        "s",
        took,
        budget="≤ 5 × yardstick",
        met=took.median <= 5 * decoded.median if bench.evses >= AT else None,
        yardstick="orjson.loads",
        reference=decoded,
    )


class Events:
    """Changes one by one, as a push source brings them, each a commit of its own."""

    def __init__(self, bench: Workbench) -> None:
        self._registry = open_registry(bench.copy("event"))
        self._uids = list(bench.network.uids())
        self._done = 0

    def change(self) -> float:
        """Seconds for one, on average."""
        batches = [self._batch() for _ in range(CHANGES)]
        return seconds(lambda: [self._registry.apply(batch) for batch in batches]) / CHANGES

    def _batch(self) -> Batch:
        self._done += 1
        uid = self._uids[self._done * STEP % len(self._uids)]
        row = StatusRow(uid, "CHARGING", format_time(CLOCK.now()))
        return Batch(SOURCE, Kind.STATUSES, CLOCK.now(), read_status, [row], events=True)


def scale(bench: Workbench) -> Iterator[Row]:
    small = bench.sized(min(SMALL, bench.evses // 2))
    here, there = Events(bench), Events(small)
    here.change()
    there.change()
    large_cost, small_cost = alternating(bench.runs, here.change, there.change)
    yield Row(
        f"one status change at {bench.network.evses:,} EVSEs",
        "ms",
        large_cost.scaled(1000),
        budget="≤ 1.5 × yardstick",
        met=large_cost.median <= 1.5 * small_cost.median,
        yardstick=f"at {small.network.evses:,}",
        reference=small_cost.scaled(1000),
        notes=f"mean of {CHANGES} commits of one change; the budget speaks of 1,000,000",
    )
