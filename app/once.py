"""`chargefeed publish --once`: every source pulled once, then every snapshot written and the ledger sealed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.duties import LEDGER, SNAPSHOTS, open_registry, open_snapshots, publish
from app.errors import LeaseLost
from app.filling import FillingDuty
from app.ledgering import LedgerDuty, Manifests
from app.publish.snapshots import Report
from app.pulling import Line
from app.receiving import worked_source
from app.registry.apply import Registry
from app.registry.leases import DUTY, SOURCE, Lease, Leases
from app.settings import Settings
from app.sources.base import SourceSettings
from app.store.directory import DirectoryStore
from app.worker import KEEP_EVERY, ORDER, new_holder

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Result:
    report: Report
    failed: tuple[str, ...]
    """Sources that could not be read, with the reason; their last good data is in the snapshots."""


def publish_once(settings: Settings, to: Path | None, doing: Callable[[str], None]) -> Result:
    """Raises LeaseLost where a worker is at work on the same database, StoreError where nothing can be written, LedgerError where
    the ledger cannot be sealed: the snapshots are public by then.
    """
    registry = open_registry(settings)
    leases = Leases(registry.engine, new_holder())
    names = [SOURCE + source.name for source in settings.sources]
    held = {name: _taken(leases, name) for name in (DUTY + SNAPSHOTS, DUTY + LEDGER, *names)}
    with _kept(leases, list(held.values())):
        failed: list[str] = []
        for source in settings.sources:
            failed += _pull(source, registry, held[SOURCE + source.name], doing)
        doing("overlay")
        registry.refresh_overlay()
        registry.tick()
        filling = FillingDuty(registry)
        while not filling.done:
            filling()
        doing("writing snapshots")
        store = DirectoryStore(to) if to is not None else settings.store.open()
        report = publish(open_snapshots(settings, registry, store), held[DUTY + SNAPSHOTS], everything=True)
        doing("sealing the ledger")
        Manifests(registry.engine, store).hand_on()
        LedgerDuty(settings, registry, store)(held[DUTY + LEDGER])
        return Result(report, tuple(failed))


def _taken(leases: Leases, name: str) -> Lease:
    lease = leases.acquire(name)
    if lease is None:
        holder = leases.held(name).get(name, "another process")
        raise LeaseLost("a worker is at work on this database", where=holder, remedy="It publishes; or stop it first")
    return lease


@contextmanager
def _kept(leases: Leases, held: Sequence[Lease]) -> Iterator[None]:
    """Renews them as long as it takes, and hands them back."""
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(KEEP_EVERY):
            try:
                leases.renew(held)
            except SQLAlchemyError as error:
                log.warning("leases not renewed", error=str(error).splitlines()[0])

    keeper = threading.Thread(target=renew, name="leases", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join()
        for lease in held:
            leases.release(lease)


def _pull(settings: SourceSettings, registry: Registry, lease: Lease, doing: Callable[[str], None]) -> list[str]:
    failed = []
    for kind in ORDER:
        doing(f"{settings.name}: {kind.value}")
        try:
            source = worked_source(settings, registry.clock, registry.engine)
            if kind in source.kinds:
                Line(source, kind, registry, lease).pull(full=True)
        except LeaseLost:
            raise
        except Exception as error:  # noqa: BLE001  (a source may be anyone's code)
            registry.failed(settings.name, kind, error, lease=lease)
            failed.append(f"{settings.name} {kind.value}: {error}")
    return failed
