"""What just one worker does, whoever holds the lease: lets time pass in the registry, writes snapshots, delivers.

Also how the parts of a worker are put together from the settings.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Collection, Mapping

import structlog

from app.archiving import HistoryDuty, UptimeDuty, missing
from app.clock import Clock
from app.delivering import couriers
from app.evaluating import EvaluationDuty
from app.filling import FillingDuty
from app.formats.base import formats
from app.ledgering import LedgerDuty, Manifests
from app.listening import open_private
from app.metrics import PUBLICATION_SECONDS, PUBLICATIONS, PUBLICATIONS_WITHHELD, STATUS_DELAY_SECONDS
from app.model.problem import Problem
from app.process import spare_collector
from app.pruning import PruningDuty
from app.publish.feed import SNAPSHOT_CACHE_BYTES, Feed
from app.publish.index import Scope
from app.publish.judge import Flaws, Judge
from app.publish.left_out import kept
from app.publish.publications import Publication, catalogue
from app.publish.shelf import Pace
from app.publish.snapshots import Report, Snapshots
from app.publish.spill import Spill
from app.registry.apply import Registry
from app.registry.figures import published_statuses
from app.registry.leases import Lease, Leases
from app.registry.overlay_files import OverlayFiles
from app.registry.watch import CommitWatch
from app.relaying import PullRelay, RelayRetention, relay_couriers
from app.session_pulling import SessionDuty, session_sources
from app.session_sending import DeclareDuty, declaring
from app.settings import Private, Settings
from app.sources.base import PushSource, make_source
from app.store.base import Store
from app.tracing import span
from app.validation import official_schemas
from app.worker import Worker, new_holder

LOOK_EVERY = 1.0
DELIVER_EVERY = 0.5
OVERLAY_EVERY = 5.0
PRUNE_EVERY = 3600.0
SESSIONS_EVERY = 10.0
CONDENSE_EVERY = 3600.0
LOGGED_AT_ONCE = 5
TIMER, SNAPSHOTS, OVERLAY, RETENTION, LEDGER = "timer", "snapshots", "overlay", "retention", "ledger"
HISTORY, SESSIONS, DECLARATIONS, EVALUATION, UPTIME = "history", "sessions", "declarations", "evaluation", "uptime"
RELAY, PRUNING, FILLING = "relay-retention", "pruning", "filling"

log = structlog.get_logger()


def open_registry(settings: Settings) -> Registry:
    overlay = OverlayFiles(settings.overlay, os.environ)
    return Registry.open(settings.database, policies=settings.policies(), overlay=overlay)


def open_judge(settings: Settings) -> Judge | None:
    """By the official schemas that the settings name; None where they name none. Raises ConfigError."""
    return Judge(official_schemas(settings.schemas)[0], settings.publisher()) if settings.schemas else None


def open_feed(registry: Registry, judge: Judge | None = None) -> Feed:
    """With room for the blocks of all publications."""
    stamp = CommitWatch(registry.engine).stamp
    return Feed(registry.feed(), stamp, registry.clock, SNAPSHOT_CACHE_BYTES, judge, Spill())


def open_snapshots(settings: Settings, registry: Registry, store: Store, feed: Feed | None = None) -> Snapshots:
    known = formats()

    def publications(scopes: Collection[Scope]) -> Mapping[str, Publication]:
        found = catalogue(known, scopes, settings.web.default_party, settings.publisher())
        return kept(found, settings.snapshots.leave_out)

    return Snapshots(
        feed or open_feed(registry, open_judge(settings)),
        store,
        publications,
        registry.clock,
        Pace(settings.snapshots.status_every, settings.snapshots.static_every),
        {"operator": settings.operator.told(), "licence": settings.licence},
    )


def publish(snapshots: Snapshots, lease: Lease, *, everything: bool = False) -> Report:
    """One round of snapshots, counted and logged. Raises what `Snapshots.run` raises."""
    started = time.monotonic()
    outcome = "failed"
    try:
        with span("publish", {"everything": everything}):
            report = snapshots.run(lease.epoch, everything=everything)
        outcome = "ok"
    finally:
        PUBLICATIONS.labels(outcome).inc()
        PUBLICATION_SECONDS.observe(time.monotonic() - started)
    for flaws in report.withheld.values():
        PUBLICATIONS_WITHHELD.labels(flaws[0].where).inc()
    if report.written:
        log.info(
            "publication",
            sequence=report.sequence,
            files=len(report.written),
            unchanged=report.unchanged,
            blocks=report.rendered,
            bytes=report.uploaded,
            seconds=round(time.monotonic() - started, 3),
        )
    return report


class SnapshotDuty:
    """Writes what is due; first only when every source has answered or failed, so that no snapshot is half a feed."""

    def __init__(self, settings: Settings, registry: Registry, snapshots: Snapshots, store: Store) -> None:
        self._registry = registry
        self._snapshots = snapshots
        self._manifests = Manifests(registry.engine, store)
        self._every = settings.snapshots.status_every
        self._due = 0.0
        self._withheld: Mapping[str, Flaws] = {}
        sources = [make_source(source, registry.clock) for source in settings.sources]
        # Nobody waits for those that speak when they please.
        pulled = [source for source in sources if not isinstance(source, PushSource)]
        self._awaited = {(source.name, kind) for source in pulled for kind in source.kinds}

    def __call__(self, lease: Lease) -> None:
        if time.monotonic() < self._due or not self.all_have_come():
            return
        self._due = time.monotonic() + self._every
        self._manifests.hand_on()
        report = publish(self._snapshots, lease)
        self._manifests.hand_on()
        self._count(report)
        self._tell(report.withheld)

    def _tell(self, withheld: Mapping[str, Flaws]) -> None:
        """Once what is withheld and why, and once that it no longer is."""
        for path, flaws in withheld.items():
            if flaws != self._withheld.get(path):
                log.error("publication withheld", publication=path, flaws=len(flaws))
                for flaw in flaws[:LOGGED_AT_ONCE]:
                    log.error("not valid", publication=path, **flaw.as_dict())
        for path in self._withheld.keys() - withheld.keys():
            log.info("publication valid again", publication=path)
        self._withheld = withheld

    def _count(self, report: Report) -> None:
        if report.previous == 0:
            return  # what the first one shows is as old as the network
        for source, published_at, number in published_statuses(self._registry.engine, report.previous, report.sequence):
            delay = STATUS_DELAY_SECONDS.labels(source, "published_snapshot")
            for _ in range(number):
                delay.observe((report.visible_at - published_at) / 1000)

    def all_have_come(self) -> bool:
        """Every source that is pulled has answered or failed."""
        if self._awaited:
            self._awaited -= {(state.source, state.kind) for state in self._registry.source_states()}
        return not self._awaited


class OverlayDuty:
    """Follows edits of the overlay's files; says once what is wrong with them."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._said: tuple[Problem, ...] = ()

    def __call__(self, lease: Lease) -> None:
        problems = self._registry.refresh_overlay(lease)
        for problem in problems:
            if problem not in self._said:
                log.warning("problem", **problem.as_dict())
        self._said = problems


class RetentionDuty:
    """Deletes the charging sessions that have been kept for long enough."""

    def __init__(self, settings: Private, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    def __call__(self, lease: Lease) -> None:
        before = self._clock.now() - round(self._settings.keep * 1000)
        deleted = open_private(self._settings).prune(before)
        if deleted:
            log.info("sessions deleted by age", sessions=deleted)


def work(settings: Settings, stopped: threading.Event) -> bool:
    """The whole of `chargefeed worker`, until `stopped` is set. False where something hangs: then end the process."""
    registry = open_registry(settings)
    feed = open_feed(registry, open_judge(settings))
    store = settings.store.open()
    snapshots = SnapshotDuty(settings, registry, open_snapshots(settings, registry, store, feed), store)

    worker = Worker(settings.sources, registry, Leases(registry.engine, new_holder()), registry.clock)
    spare_collector()
    worker.add_duty(TIMER, registry.tick, LOOK_EVERY)
    worker.add_duty(OVERLAY, OverlayDuty(registry), OVERLAY_EVERY)
    if settings.private is not None:
        worker.add_duty(RETENTION, RetentionDuty(settings.private, registry.clock), PRUNE_EVERY)
        if declared := declaring(settings):
            duty = DeclareDuty(declared, settings.private, registry.engine, registry.clock)
            worker.add_duty(DECLARATIONS, duty, SESSIONS_EVERY)
        if charged := session_sources(settings.sources, registry.clock):
            relayed = PullRelay(settings, registry.engine, registry.clock) if settings.roaming.relay else None
            pulling = SessionDuty(charged, settings.private, registry.clock, hand_on=relayed)
            worker.add_duty(SESSIONS, pulling, SESSIONS_EVERY)
    worker.add_duty(SNAPSHOTS, snapshots, LOOK_EVERY, waits=True)
    worker.add_duty(EVALUATION, EvaluationDuty(settings, registry, snapshots.all_have_come), LOOK_EVERY, waits=True)
    worker.add_duty(LEDGER, LedgerDuty(settings, registry, store), LOOK_EVERY, waits=True)
    worker.add_duty(UPTIME, UptimeDuty(settings, registry), CONDENSE_EVERY)
    worker.add_duty(FILLING, FillingDuty(registry), LOOK_EVERY, waits=True)
    worker.add_duty(PRUNING, PruningDuty(settings, registry, store), LOOK_EVERY, waits=True)
    if not missing():
        worker.add_duty(HISTORY, HistoryDuty(settings, registry, store), LOOK_EVERY, waits=True)
    if settings.roaming.relay is not None:
        worker.add_duty(RELAY, RelayRetention(settings, registry.clock), PRUNE_EVERY)
        for name, relay in relay_couriers(settings, registry.engine, registry.clock).items():
            worker.add_destination(f"relay:{name}", relay, DELIVER_EVERY)
    for name, courier in couriers(settings, registry, feed, stopped).items():
        worker.add_destination(name, courier, DELIVER_EVERY)
    return worker.run(stopped)
