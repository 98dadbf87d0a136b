from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest
from prometheus_client import REGISTRY
from structlog.testing import CapturingLogger

from app import duties
from app.clock import SystemClock
from app.duties import SnapshotDuty, open_registry, open_snapshots, work
from app.errors import SourceUnreachable
from app.ledger.rows import read_waiting
from app.model.batch import Kind
from app.model.problem import Problem
from app.publish.judge import Flaws
from app.publish.settings import SnapshotSettings
from app.publish.snapshots import Report
from app.registry.apply import Registry
from app.registry.database import reading
from app.registry.leases import Lease
from app.settings import Settings, load
from app.sources.base import SourceSettings
from tests.processes import wait_for
from tests.scripted import ScriptedSource, page, poll, scripted

__all__ = ["scripted"]

PLUGIN = Path(__file__).parent / "plugin"
CONFIG = """
operator: {name: Stadtwerke, website: https://example.org}
database: sqlite:///feed.db
store: {directory: public}
sources: [{name: board, type: board, board: board.json}, {name: a, type: scripted}]
"""
LEASE = Lease("duty:snapshots", "one", 1)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scripted: type[ScriptedSource]) -> Settings:
    monkeypatch.syspath_prepend(str(PLUGIN))
    (tmp_path / "config.yaml").write_text(CONFIG)
    shutil.copy(PLUGIN / "board.json", tmp_path)
    return load(tmp_path / "config.yaml")


@pytest.fixture
def registry(settings: Settings) -> Iterator[Registry]:
    registry = open_registry(settings)
    yield registry
    registry.engine.dispose()


def test_the_first_snapshot_waits_until_every_source_has_answered_or_failed(
    settings: Settings, registry: Registry, tmp_path: Path
) -> None:
    manifest = tmp_path / "public/open/manifest.json"
    duty = SnapshotDuty(settings, registry, open_snapshots(settings, registry, store := settings.store.open()), store)
    for source, kind in (
        ("board", Kind.LOCATIONS),
        ("a", Kind.TARIFFS),
        ("a", Kind.STATUSES),
        ("a", Kind.LOCATIONS),
    ):
        duty(LEASE)
        assert not manifest.exists()
        registry.failed(source, kind, SourceUnreachable("no connection"))
    duty(LEASE)
    assert manifest.exists()


def test_each_manifest_is_handed_to_the_ledger_also_the_one_of_the_worker_before(
    settings: Settings, registry: Registry
) -> None:
    def waiting() -> list[str]:
        with reading(registry.engine) as connection:
            return [key for kind, key, _ in read_waiting(connection)[0] if kind == "manifest"]

    alone = settings.model_copy(update={"sources": (), "snapshots": SnapshotSettings(status_every=1)})
    store = settings.store.open()
    snapshots = open_snapshots(alone, registry, store)
    snapshots.run()
    before = sha256(b"".join(store.get("open/manifest.json") or ())).hexdigest()
    inventory = ScriptedSource(SourceSettings(name="inventory", type="scripted"), SystemClock())
    registry.apply(page(inventory, Kind.LOCATIONS, "P1"))
    SnapshotDuty(alone, registry, snapshots, store)(LEASE)
    after = sha256(b"".join(store.get("open/manifest.json") or ())).hexdigest()
    assert waiting() == [before, after]


def test_how_long_a_status_takes_to_the_snapshot_is_counted(settings: Settings, registry: Registry) -> None:
    def counted() -> float:
        labels = {"source": "poll", "stage": "published_snapshot"}
        return REGISTRY.get_sample_value("chargefeed_status_delay_seconds_count", labels) or 0

    often = settings.model_copy(update={"sources": (), "snapshots": SnapshotSettings(status_every=1)})
    duty = SnapshotDuty(often, registry, open_snapshots(often, registry, store := settings.store.open()), store)
    inventory, polled = (
        ScriptedSource(SourceSettings(name=name, type="scripted"), SystemClock()) for name in ("inventory", "poll")
    )
    registry.apply(page(inventory, Kind.LOCATIONS, "P1", "P2"))
    duty(LEASE)
    assert counted() == 0
    registry.apply(poll(polled, "CHARGING", "2026-01-01T00:00:00Z", "P1", "P2"))
    time.sleep(1)
    duty(LEASE)
    assert counted() == 2


class Withholding:
    """Snapshots of which each run reports the next of these."""

    def __init__(self, *withheld: dict[str, Flaws]) -> None:
        self.withheld = list(withheld)

    def run(self, lease_epoch: int, *, everything: bool) -> Report:
        return Report(0, 0, 0, (), 0, 0, 0, 0, self.withheld.pop(0))


def test_what_is_withheld_is_said_once_and_counted(
    settings: Settings, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    flaw = Problem("no unit", record="fr*abc/l1", path="E1 deliveryUnit", where="form", rule="schema v3.7")
    snapshots: Any = Withholding({"/open/a.xml": (flaw,)}, {"/open/a.xml": (flaw,)}, {})
    duty = SnapshotDuty(settings.model_copy(update={"sources": ()}), registry, snapshots, settings.store.open())
    monkeypatch.setattr(duty, "_every", 0)
    said = []
    for _ in range(3):
        log = CapturingLogger()
        monkeypatch.setattr(duties, "log", log)
        duty(LEASE)
        said.append([(*call.args, call.kwargs["publication"], call.kwargs.get("record")) for call in log.calls])
    first = [("publication withheld", "/open/a.xml", None), ("not valid", "/open/a.xml", "fr*abc/l1")]
    assert said == [first, [], [("publication valid again", "/open/a.xml", None)]]
    assert REGISTRY.get_sample_value("chargefeed_publications_withheld_total", {"format": "form"}) == 2


def test_a_worker_pulls_and_writes_snapshots(settings: Settings, tmp_path: Path) -> None:
    manifest = tmp_path / "public/open/manifest.json"
    stopped = threading.Event()
    clean: list[bool] = []
    thread = threading.Thread(target=lambda: clean.append(work(settings, stopped)))
    thread.start()
    try:
        wait_for(manifest.exists)
        wait_for((tmp_path / "public/ledger/checkpoint").exists)
    finally:
        stopped.set()
        thread.join()
    assert clean == [True]
    first = orjson.loads(manifest.read_bytes())
    assert first["about"]["operator"] == {"name": "Stadtwerke", "website": "https://example.org"}
    assert (tmp_path / "data/ledger.key").stat().st_mode & 0o777 == 0o600
    assert {"/open/ocpi/2.2.1/locations.json", "/open/locations.geojson"} <= {file["path"] for file in first["files"]}
    assert first["sequence"] == 2, "the two sound points of the board"
