from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from app.duties import SnapshotDuty, open_registry, open_snapshots, work
from app.errors import SourceUnreachable
from app.model.batch import Kind
from app.registry.apply import Registry
from app.registry.leases import Lease
from app.settings import Settings, load
from tests.processes import wait_for
from tests.scripted import ScriptedSource, scripted

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
    duty = SnapshotDuty(settings, registry, open_snapshots(settings, registry, settings.store.open()))
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


def test_a_worker_pulls_and_writes_snapshots(settings: Settings, tmp_path: Path) -> None:
    manifest = tmp_path / "public/open/manifest.json"
    stopped = threading.Event()
    clean: list[bool] = []
    thread = threading.Thread(target=lambda: clean.append(work(settings, stopped)))
    thread.start()
    try:
        wait_for(manifest.exists)
    finally:
        stopped.set()
        thread.join()
    assert clean == [True]
    first = orjson.loads(manifest.read_bytes())
    assert first["about"]["operator"] == {"name": "Stadtwerke", "website": "https://example.org"}
    assert {"/open/ocpi/2.2.1/locations.json", "/open/locations.geojson"} <= {file["path"] for file in first["files"]}
    assert first["sequence"] == 2, "the two sound points of the board"
