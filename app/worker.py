"""The worker: pulls sources, lets time pass in the registry, writes snapshots, delivers. Any number of them share one database
by lease.

1. Every KEEP_EVERY seconds it renews what it holds and takes what is free: at most its fair share of the sources and of the
   destinations, and the lease of whatever only one worker may do. A worker that dies is replaced LIFE + KEEP_EVERY seconds
   later at most.
2. Of a source taken, the kinds that never came yet come in order: tariffs, locations, statuses, each after the first pull of
   the one before; then each by its own cadence. A source object lives as long as the lease.
3. The next run of a job is fixed when the last is over: nothing overlaps, nothing piles up.
4. Each destination and each duty has a thread of its own: none waits for another. A destination that is handed on ends what it
   is sending first.
5. Whatever may have the whole network to go through waits for the first pulls of the sources taken: what they say is urgent.
   Nobody waits longer than PATIENCE for a source's answer.
6. Told to stop, it finishes or abandons what runs, between two transactions, and hands its leases back.
"""

from __future__ import annotations

import math
import os
import random
import secrets
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count, pairwise
from time import time as wall_clock
from typing import Protocol

import structlog
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from app.clock import Clock
from app.errors import ChargefeedError, LeaseLost, RegistryError
from app.model.batch import Kind
from app.pulling import Line
from app.receiving import worked_source
from app.registry.apply import Registry
from app.registry.database import check_layout, reading
from app.registry.leases import DESTINATION, DUTY, SOURCE, WORKER, Lease, Leases
from app.sources.base import SourceSettings

KEEP_EVERY = 3.0
STOP_WITHIN = 6.0
CLOCK_STEP = 1.0
PATIENCE = 60.0
MOST_THREADS = 32
RUN = " #"
"""In the name of a job: behind the line's, before the number of the run."""
ORDER = (Kind.TARIFFS, Kind.LOCATIONS, Kind.STATUSES)

Duty = Callable[[Lease], object]
"""What just one worker does, under the lease handed to it."""


class Deliverer(Protocol):
    """Brings one destination what is due there."""

    def __call__(self, lease: Lease) -> object: ...

    def hand_on(self) -> None:
        """What it is doing ends soon: another worker is to go on."""


log = structlog.get_logger()


def new_holder() -> str:
    """A name no other process has or will have."""
    return f"{socket.gethostname()[:60]}/{os.getpid()}/{secrets.token_hex(4)}"


class Worker:
    def __init__(self, sources: tuple[SourceSettings, ...], registry: Registry, leases: Leases, clock: Clock) -> None:
        self._sources = {SOURCE + source.name: source for source in sources}
        self._registry = registry
        self._leases = leases
        self._clock = clock
        self._duties: dict[str, tuple[Duty, float]] = {}
        self._waiting: set[str] = set()
        self._deliverers: dict[str, Deliverer] = {}
        self._held: dict[str, Lease] = {}
        self._lines: dict[str, Line] = {}
        self._runs = count(1)
        self._running: set[str] = set()
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={
                "default": ThreadPoolExecutor(min(2 * len(sources), MOST_THREADS) or 1),
                "statuses": ThreadPoolExecutor(min(len(sources), MOST_THREADS) or 1),  # never behind an inventory
                "keep": ThreadPoolExecutor(1),  # renewal must never wait for a pull
            },
        )

    def add_duty(self, name: str, duty: Duty, every: float, *, waits: bool = False) -> None:
        """Has `duty` done every so many seconds by whichever worker leads it; `waits`: for first pulls. Before `run`."""
        self._duties[DUTY + name] = (duty, every)
        if waits:
            self._waiting.add(DUTY + name)

    def add_destination(self, name: str, deliverer: Deliverer, every: float) -> None:
        """As `add_duty`; the workers share the destinations evenly. Before `run`."""
        self._deliverers[DESTINATION + name] = deliverer
        self._duties[DESTINATION + name] = (deliverer, every)

    def run(self, stopped: threading.Event) -> bool:
        """Works until `stopped` is set. False where something still ran STOP_WITHIN seconds later: then end the process."""
        self._scheduler.add_listener(self._ran, EVENT_JOB_EXECUTED | EVENT_JOB_ERROR)
        self._guarded("forget", partial(self._leases.forget, WORKER))
        self._every("keep", self._keep, KEEP_EVERY, "keep")
        self._scheduler.add_executor(
            ThreadPoolExecutor(len(self._duties) or 1), "duties"
        )  # one that hangs keeps no other
        for name, (_, every) in self._duties.items():
            self._every(name, partial(self._do, name), every, "duties")
        self._scheduler.start()
        log.info("worker started", holder=self._leases.holder, sources=len(self._sources))
        ahead = wall_clock() - time.monotonic()
        while not stopped.wait(1.0):
            now_ahead = wall_clock() - time.monotonic()
            if abs(now_ahead - ahead) > CLOCK_STEP:
                self._reschedule()
            ahead = now_ahead
        return self._stop()

    # jobs

    def _every(self, name: str, function: Callable[[], None], seconds: float, executor: str) -> None:
        self._scheduler.add_job(
            self._guarded,
            "interval",
            (name, function),
            seconds=seconds,
            id=name,
            executor=executor,
            next_run_time=datetime.now(UTC),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )

    def _guarded(self, name: str, function: Callable[[], None]) -> None:
        self._running.add(name)
        try:
            function()
        except LeaseLost as why:  # another worker goes on
            log.info("job abandoned", job=name, why=str(why))
        except ChargefeedError as error:
            log.error("job failed", job=name, error=str(error))
        except Exception as error:  # one bad run of a job is not the end of the worker
            log.error("job failed", job=name, error=f"{type(error).__name__}: {error}", exc_info=True)
        finally:
            self._running.discard(name)

    def _schedule(self, line: Line) -> None:
        """As a job of its own each time: one that ends while the scheduler still has it in hand is planned again before the
        scheduler strikes it off its list, by its name. Of the same name nothing would ever run again."""
        line.job = f"{line.id}{RUN}{next(self._runs)}"
        self._scheduler.add_job(
            self._guarded,
            "date",
            (line.id, line.run),
            run_date=datetime.now(UTC) + timedelta(seconds=line.cadence.wait),
            id=line.job,
            executor="statuses" if line.kind is Kind.STATUSES else "default",
            misfire_grace_time=None,
        )

    def _ran(self, event: JobExecutionEvent) -> None:
        line = self._lines.get(event.job_id.partition(RUN)[0])
        if line is None or line.stopped:
            return
        self._schedule(line)
        if line.then is not None:
            self._schedule(line.then)
            line.then = None

    def _reschedule(self) -> None:
        """The machine's clock was set: what is planned by it would come too late or all at once."""
        log.warning("the clock was set; rescheduling")
        for job in self._scheduler.get_jobs():
            line = self._lines.get(job.id.partition(RUN)[0])
            wait = line.cadence.wait if line else 0.0
            with suppress(JobLookupError):
                job.modify(next_run_time=datetime.now(UTC) + timedelta(seconds=wait))

    # leases

    def _keep(self) -> None:
        self._check_layout()
        self._leases.acquire(WORKER + self._leases.holder)
        kept = {lease.name for lease in self._leases.renew(list(self._held.values()))}
        for name in set(self._held) - kept:
            log.warning("lease lost", lease=name)
            self._drop(name)
        in_force = self._leases.held("")
        workers = max(sum(name.startswith(WORKER) for name in in_force), 1)
        for shared in (self._sources, self._deliverers):
            share = math.ceil(len(shared) / workers)
            self._hand_on([name for name in self._held if name in shared][share:])
            free = [name for name in shared if name not in in_force]
            for name in random.sample(free, len(free)):
                if sum(held in shared for held in self._held) < share:
                    self._take(name)
        for name in self._duties.keys() - self._deliverers.keys() - in_force.keys():
            self._take(name)

    def _check_layout(self) -> None:
        """What a newer version has upgraded is left to its workers. Raises RegistryError."""
        try:
            with reading(self._registry.engine) as connection:
                check_layout(connection)
        except RegistryError:
            for name in list(self._held):
                self._leases.release(self._drop(name))
            raise

    def _hand_on(self, names: Sequence[str]) -> None:
        for name in names:
            if name in self._deliverers:
                self._deliverers[name].hand_on()
            if name not in self._deliverers or name not in self._running:  # else when it has ended
                self._leases.release(self._drop(name))
                log.info("lease handed on", lease=name)

    def _take(self, name: str) -> None:
        lease = self._leases.acquire(name)
        if lease is None:
            return
        log.info("lease taken", lease=name, epoch=lease.epoch)
        self._held[name] = lease
        if name in self._sources:
            self._start(self._sources[name], lease)

    def _start(self, settings: SourceSettings, lease: Lease) -> None:
        try:
            make = partial(worked_source, settings, self._clock, self._registry.engine)
            kinds = make().kinds
            # An object each, since kinds are pulled at the same time.
            sources = [(make(), kind) for kind in ORDER if kind in kinds]
        except Exception as error:  # as it was set, it will fail each time
            log.error("source cannot be started", source=settings.name, error=str(error), exc_info=True)
            self._registry.failed(settings.name, Kind.LOCATIONS, error, lease=lease)
            return
        came = {
            state.kind
            for state in self._registry.source_states()
            if state.source == settings.name and state.succeeded_at
        }
        lines = [Line(source, kind, self._registry, lease, kind in came) for source, kind in sources]
        self._lines.update({line.id: line for line in lines})
        for line in lines[:1]:
            self._schedule(line)
        for before, line in pairwise(lines):
            if before.kind in came:
                self._schedule(line)
            else:
                before.then = line

    def _drop(self, name: str) -> Lease:
        lease = self._held.pop(name)
        if name in self._sources:
            for line in [line for line in self._lines.values() if line.lease is lease]:
                del self._lines[line.id]
                line.stop()
                with suppress(JobLookupError):
                    self._scheduler.remove_job(line.job)
        return lease

    def _do(self, name: str) -> None:
        lease = self._held.get(name)
        if lease is not None and not (name in self._waiting and self._pulls_first()):
            self._duties[name][0](lease)

    def _pulls_first(self) -> bool:
        return any(line.comes_first(PATIENCE) for line in list(self._lines.values()))

    def _stop(self) -> bool:
        for line in list(self._lines.values()):
            line.stop()
        self._scheduler.remove_all_jobs()  # it would still submit what is due, to executors that take no more
        self._scheduler.shutdown(wait=False)
        deadline = time.monotonic() + STOP_WITHIN
        while self._running and time.monotonic() < deadline:
            time.sleep(0.02)
        self._guarded("release", self._release_all)
        log.info("worker stopped", still_running=sorted(self._running))
        return not self._running

    def _release_all(self) -> None:
        own = self._leases.acquire(WORKER + self._leases.holder)
        for lease in filter(None, (own, *self._held.values())):
            self._leases.release(lease)
