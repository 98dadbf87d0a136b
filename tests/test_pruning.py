"""The pruning of a worker: who holds changes back and for how long, and which statuses go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select
from structlog.testing import capture_logs

from app.clock import ManualClock
from app.delivery.states import begin
from app.duties import open_snapshots
from app.history.archive import Archive
from app.history.schema import Table
from app.ledger.rows import write_cursor
from app.pruning import PruningDuty
from app.registry.apply import Registry
from app.registry.database import reading, writing
from app.registry.evaluation.tables import evaluation
from app.registry.leases import Leases
from app.registry.tables import feed_head, history
from app.registry.views import read_head
from app.retention import kept
from app.settings import Settings, load
from app.store.directory import DirectoryStore
from tests.ledger.conftest import KEY, Log
from tests.registry.backend import DAY, Backend, evse, location
from tests.registry.conftest import (
    backend,
    clock,
    engine,
    migrated_file,
    migrated_url,
    postgres_engine,
    registry,
    sqlite_copy_url,
)

__all__ = [
    "backend",
    "clock",
    "engine",
    "migrated_file",
    "migrated_url",
    "postgres_engine",
    "registry",
    "sqlite_copy_url",
]

CONFIG = """
operator: {name: Stadtwerke}
store: {directory: public}
sources: [{name: abc, type: demo}]
destinations:
  - {name: hub, type: webhook, url: https://hub.example, secrets: [whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=]}
retention: {changes: 2d, behind: 3d, statuses: 2d}
"""


class Site:
    """Ten days in which an EVSE changes every six hours; the ledger and the evaluation have seen all of it."""

    def __init__(self, settings: Settings, registry: Registry, backend: Backend, clock: ManualClock) -> None:
        self.settings, self.registry, self.backend, self.clock = settings, registry, backend, clock
        self.store = settings.store.open()
        backend.locations(location("L1", evse("E1")))
        for number in range(40):
            clock.advance(seconds=6 * 3600)
            backend.statuses(("E1", ("CHARGING", "AVAILABLE")[number % 2]))
        self.lease = Leases(registry.engine, "one", 600_000).acquire("duty:pruning")
        self.duty = PruningDuty(settings, registry, self.store)
        with writing(registry.engine) as connection:
            head = read_head(connection)
            write_cursor(connection, head.epoch, head.seq)
            row = {"id": 1, "at": clock.now(), "counted_until": head.published_at}
            connection.execute(insert(evaluation).values(row))

    def prune(self) -> list[dict[str, Any]]:
        assert self.lease is not None
        with capture_logs() as logs:
            self.duty._due = 0
            self.duty(self.lease)
        return logs

    def days_kept(self) -> float:
        """Age of the oldest change."""
        found = kept(self.registry.engine, self.settings, None, self.clock)
        assert found.changes_from is not None
        return (self.clock.now() - found.changes_from) / DAY

    def rows(self) -> int:
        with reading(self.registry.engine) as connection:
            return connection.execute(select(func.count()).select_from(history)).scalar_one()


@pytest.fixture
def site(tmp_path: Path, registry: Registry, backend: Backend, clock: ManualClock) -> Site:
    (tmp_path / "config.yaml").write_text(CONFIG)
    return Site(load(tmp_path / "config.yaml"), registry, backend, clock)


def test_changes_are_kept_for_as_long_as_set(site: Site) -> None:
    assert site.days_kept() == 10
    site.prune()
    assert site.days_kept() == 2


def test_a_destination_that_is_behind_holds_them_up_to_a_limit_and_that_is_said(site: Site) -> None:
    with writing(site.registry.engine) as connection:
        head = read_head(connection)
        begin(connection, "hub", target="", rules="", epoch=head.epoch, cursor=5, known=True)
        begin(connection, "gone", target="", rules="", epoch=head.epoch, cursor=1, known=True)
    logs = site.prune()
    assert site.days_kept() == 5, "two days, and three beyond them"
    assert [log["held_by"] for log in logs if log["event"] == "changes are kept for longer"] == [["destination hub"]]
    assert kept(site.registry.engine, site.settings, None, site.clock).holding == ("destination hub",)
    with writing(site.registry.engine) as connection:
        begin(connection, "hub", target="", rules="", epoch=head.epoch, cursor=head.seq, known=True)
    assert "changes are kept as set" in [log["event"] for log in site.prune()]
    assert site.days_kept() == 2


def test_the_ledger_holds_them_for_as_long_as_it_takes(site: Site) -> None:
    with writing(site.registry.engine) as connection:
        write_cursor(connection, read_head(connection).epoch, 4)
    site.prune()
    assert site.days_kept() == 9, "from the fifth on"


def test_readers_can_go_on_from_the_documents(site: Site) -> None:
    snapshots = open_snapshots(site.settings, site.registry, site.store)
    snapshots.run(everything=True)
    site.clock.advance(seconds=4 * 86400)
    site.backend.statuses(("E1", "OUTOFORDER"))
    site.prune()
    assert site.days_kept() == 0, "nothing but what came after the documents"
    with site.registry.feed().read() as feed:
        assert [change["status"] for change in feed.changes(41, 100).changes] == ["OUTOFORDER"]


def test_statuses_go_once_they_stand_in_files(site: Site, clock: ManualClock) -> None:
    rows = site.rows()
    site.prune()
    assert site.rows() == rows, "no file is written yet"
    archived(site)
    site.duty._statuses_due = 0
    site.prune()
    assert site.rows() == 4 * 2 + 4, "two whole days; and what held before, and the first"
    with reading(site.registry.engine) as connection:
        assert connection.execute(select(feed_head.c.history_from)).scalar() == clock.now() // DAY * DAY - 2 * DAY


def archived(site: Site) -> None:
    """All days that are over."""
    engine: Engine = site.registry.engine
    assert isinstance(site.store, DirectoryStore)
    Log(engine, site.store, site.clock, (KEY,)).seal()
    lease = Leases(engine, "one", 600_000).acquire("duty:history")
    assert lease is not None
    archive = Archive(engine, site.store, site.clock, dict.fromkeys(Table, 400 * DAY), 0)
    while archive.step(lease).more:
        pass


def test_without_files_statuses_go_by_the_age_that_files_would(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.pruning.missing", lambda: ["pyarrow"])
    site.prune()
    assert site.rows() == 41
    history_kept = site.settings.history.model_copy(update={"keep_status": 5 * 86400.0})
    site.duty = PruningDuty(site.settings.model_copy(update={"history": history_kept}), site.registry, site.store)
    site.prune()
    assert site.rows() == 20 + 4
