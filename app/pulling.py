"""One kind of data of one source, pulled again and again: what is due next, and what a failure delays.

1. A first pull is a full one; after it each of the source's cadences counts from the start of its last pull.
2. A page is applied as it comes, in a transaction of its own. A pull that breaks off leaves what it had applied, and nothing
   counts as missing for it.
3. After a failure the next pull comes after 15 s (or the cadence, where that is shorter), then twice as long each time, up to
   LONGEST_WAIT. The last good data stays. Where it is our database that failed the wait does not grow: the source is well.
4. Nothing a source does ends the worker: whatever it raises is logged, recorded in `source_state`, and counts as a failure.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoneFree

from app.errors import ChargefeedError, LeaseLost
from app.metrics import PULL_SECONDS, PULLS, STATUS_DELAY_SECONDS
from app.model.batch import Batch, Kind
from app.registry.apply import Applied, Registry
from app.registry.leases import Lease
from app.sources.base import Pull, Source
from app.tracing import span

FIRST_WAIT = 15.0
LONGEST_WAIT = 300.0
JITTER = 0.1
"""Part of a cadence by which each pull is moved at random, so that sources do not stay in step."""
PROBLEMS_IN_LOG = 5
AWAY = (OperationalError, InterfaceError, NoneFree)
"""What our database says, or its driver, where it cannot be reached."""

log = structlog.get_logger()


class Stopped(Exception):
    """The worker stops, or no longer leads this source: what is left of the pull is not wanted."""


class Cadence:
    """When the next pull of one kind is due, by the monotonic clock, and whether it is a full one."""

    def __init__(self, pulls: Sequence[Pull], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._every = {pull.full: pull.every for pull in pulls}
        self._monotonic = monotonic
        self._due = dict.fromkeys(self._every, monotonic())
        self._failures = 0
        self._wait_until = 0.0
        self._first = True

    @property
    def wait(self) -> float:
        """Seconds until the next pull, 0 or more."""
        due = self._wait_until if self._failures else min(self._due.values())
        return max(0.0, due - self._monotonic())

    @property
    def slow(self) -> bool:
        """Seldom enough that each pull is worth a line."""
        return min(self._every.values()) >= 1

    def next_is_full(self) -> bool:
        now = self._monotonic()
        return self._first or False not in self._due or (True in self._due and self._due[True] <= now)

    def succeeded(self, full: bool, started: float) -> None:
        self._failures = 0
        self._first = False
        for kind_full in self._due:
            # A full pull brings also what a pull of the changes would have brought.
            if full or not kind_full:
                self._due[kind_full] = started + self._every[kind_full] * random.uniform(1 - JITTER, 1 + JITTER)

    def failed(self, *, ours: bool = False) -> None:
        """`ours`: nothing is known against the source."""
        self._failures = 1 if ours else self._failures + 1
        first = min(FIRST_WAIT, *self._every.values(), FIRST_WAIT)
        wait = min(first * 2.0 ** min(self._failures - 1, 30), LONGEST_WAIT)
        self._wait_until = self._monotonic() + wait * random.uniform(1.0, 1 + JITTER)


class Line:
    """A source's one kind, as long as this worker holds the source's lease."""

    def __init__(self, source: Source, kind: Kind, registry: Registry, lease: Lease, came: bool = True) -> None:
        """`came`: the kind has been pulled before, by whatever worker."""
        self.source = source
        self.kind = kind
        self.id = f"{source.name} {kind.value} {lease.epoch}"
        self.job = ""
        """What the next run, or the one that is going on, is called."""
        self.cadence = Cadence([pull for pull in source.pulls() if pull.kind is kind])
        self.then: Line | None = None
        """What waits for the first pull of this one."""
        self.lease = lease
        self._came = came
        self._tried = False
        self._since = time.monotonic()
        self._taking_in = False
        self._registry = registry
        self._stopped = threading.Event()

    def stop(self) -> None:
        """A running pull ends before its next page."""
        self._stopped.set()

    @property
    def stopped(self) -> bool:
        return self._stopped.is_set()

    def comes_first(self, patience: float) -> bool:
        """Its first pull is not over, and is being taken in, or has been waited for no longer than so many seconds."""
        return not self._tried and (self._taking_in or time.monotonic() < self._since + patience)

    def run(self) -> None:
        """One pull; never raises."""
        started = time.monotonic()
        full = self.cadence.next_is_full()
        lines = log.bind(source=self.source.name, kind=self.kind.value, full=full)
        outcome = "failed"
        try:
            tally = self.pull(full)
            self.cadence.succeeded(full, started)
            self._came = True
            outcome = "ok"
            # An inbox is looked into five times a second.
            say = lines.info if tally["records"] or self.cadence.slow else lines.debug
            say("pull", **tally, seconds=round(time.monotonic() - started, 3))
        except (Stopped, LeaseLost) as why:
            self.stop()
            outcome = "abandoned"
            lines.info("pull abandoned", why=str(why))
        except AWAY as error:
            self.cadence.failed(ours=True)
            lines.error("pull failed: the database", error=str(error), next_in=round(self.cadence.wait, 1))
        except ChargefeedError as error:
            self._failed(lines, error, str(error))
        except Exception as error:  # noqa: BLE001  (a source may be anyone's code)
            self._failed(lines, error, f"{type(error).__name__}: {error}", exc_info=True)
        finally:
            self._tried = True
            PULLS.labels(self.source.name, self.kind.value, outcome).inc()
            PULL_SECONDS.labels(self.source.name, self.kind.value).observe(time.monotonic() - started)

    def pull(self, full: bool) -> dict[str, int]:
        """Asks and applies once; returns counts of records, changes and problems. Raises what source and registry raise."""
        with span("pull", {"source": self.source.name, "kind": self.kind.value, "full": full}):
            return self._pull(full)

    def _pull(self, full: bool) -> dict[str, int]:
        tally = {"records": 0, "changes": 0, "problems": 0}
        cursor = self._registry.cursor(self.source.name, self.kind)
        for batch in self.source.ask(self.kind, cursor, full=full):
            if self.stopped:
                raise Stopped("stopping")
            with span("apply", {"source": self.source.name, "records": len(batch.records)}):
                applied = self._apply(batch)
            tally["records"] += len(batch.records)
            tally["changes"] += applied.changes
            tally["problems"] += len(applied.problems)
            self._count(applied)
            for problem in applied.problems[:PROBLEMS_IN_LOG]:
                log.warning("problem", **{"source": self.source.name, **problem.as_dict()})
        return tally

    def _apply(self, batch: Batch) -> Applied:
        self._taking_in = True
        try:
            return self._registry.apply(batch, lease=self.lease)
        finally:
            self._taking_in = False

    def _count(self, applied: Applied) -> None:
        if applied.published_at is None:
            return
        come, out = (
            STATUS_DELAY_SECONDS.labels(self.source.name, stage)
            for stage in ("occurred_received", "received_published")
        )
        for occurred_at, received_at in applied.times:
            out.observe((applied.published_at - received_at) / 1000)
            # What a first pull finds may have been so for months.
            if occurred_at is not None and self._came:
                come.observe(max(0, received_at - occurred_at) / 1000)

    def _failed(
        self, lines: structlog.typing.FilteringBoundLogger, error: Exception, said: str, exc_info: bool = False
    ) -> None:
        self.cadence.failed()
        lines.error("pull failed", error=said, next_in=round(self.cadence.wait, 1), exc_info=exc_info)
        try:
            self._registry.failed(self.source.name, self.kind, error, lease=self.lease)
        except Exception as second:  # noqa: BLE001  (the database may be what failed)
            lines.error("failure not recorded", error=str(second))
