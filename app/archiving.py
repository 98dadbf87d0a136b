"""The history of a worker: statuses and prices of closed days as Parquet, where the packages for it are installed, and the
outages condensed from it."""

from __future__ import annotations

import time
from importlib.util import find_spec
from typing import TYPE_CHECKING

import structlog

from app.clock import Millis
from app.errors import StoreError
from app.registry.apply import Registry
from app.registry.downtime import follow
from app.registry.leases import Lease
from app.settings import Settings
from app.store.base import Store

if TYPE_CHECKING:
    from app.history.archive import Archive
    from app.history.asking import History
    from app.history.downtimes import DowntimeFiles

LOOK_EVERY = 3600.0
PACKAGES = ("pyarrow", "duckdb")

log = structlog.get_logger()


def missing() -> list[str]:
    """Packages of the extra `history` that are not installed."""
    return [name for name in PACKAGES if find_spec(name) is None]


class HistoryDuty:
    """Writes what is due: one day at a time, so that a worker with years to write can still be stopped."""

    def __init__(self, settings: Settings, registry: Registry, store: Store) -> None:
        self._settings = settings
        self._registry = registry
        self._store = store
        self._archive: Archive | None = None
        self._due = 0.0

    def __call__(self, lease: Lease) -> None:
        if time.monotonic() < self._due:
            return
        if self._archive is None:
            self._archive = open_archive(self._settings, self._registry, self._store)
        step = self._archive.step(lease)
        if step.written or step.removed:
            log.info(
                "history",
                days=sorted({str(part.day) for part in step.written}),
                rows=sum(part.rows for part in step.written),
                late=len(step.rewritten),
                removed=step.removed,
            )
        self._due = 0.0 if step.more else time.monotonic() + LOOK_EVERY


class UptimeDuty:
    """Condenses the outages of what came in, so that a report on a year finds them ready."""

    def __init__(self, settings: Settings, registry: Registry) -> None:
        self._settings = settings
        self._registry = registry

    def __call__(self, lease: Lease) -> None:
        follow(self._registry.engine, lambda: downtime_files(self._settings))


def downtime_files(settings: Settings) -> DowntimeFiles | None:
    """The quick way to what the database says too; None where there are no files, or not the packages to read them."""
    if missing():
        return None
    from app.history.downtimes import DowntimeFiles

    try:
        return DowntimeFiles(history_in_store(settings))
    except StoreError:
        return None


def history_in_store(settings: Settings) -> History:
    """Raises StoreError where there is none."""
    from app.history.asking import History, bucket_of, folder_of

    store = settings.store
    if store.s3 is None:
        return History(*folder_of(str(store.directory)))
    s3 = store.s3
    return History(*bucket_of(s3.bucket, s3.prefix, endpoint_url=s3.endpoint_url, region=s3.region))


def written_until(store: Store, epoch: str) -> tuple[Millis, int]:
    """The end of the last day that stands in files, and up to which row of `history` they have taken up all: of this life of the
    feed; 0 where there is nothing of it. Raises StoreError."""
    from app.history.index import read_index
    from app.history.schema import DAY, INDEX, begin_of

    fetched = store.get(store.name(INDEX, None))
    if fetched is None:
        return 0, 0
    with fetched:
        index = read_index(fetched.read())
    return (begin_of(index.last) + DAY, index.followed) if index.epoch == epoch else (0, 0)


def open_archive(settings: Settings, registry: Registry, store: Store) -> Archive:
    from app.history.archive import Archive
    from app.history.schema import Table

    history = settings.history
    keep = {Table.STATUS: round(history.keep_status * 1000), Table.PRICES: round(history.keep_prices * 1000)}
    return Archive(registry.engine, store, registry.clock, keep, round(history.after * 1000))
