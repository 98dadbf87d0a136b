"""A registry on SQLite with a clock that stands, and a small demo network in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from app.clock import ManualClock
from app.model.batch import Kind
from app.registry.apply import Registry
from app.registry.overlay_files import load_overlay
from app.sources.demo.source import DemoSettings, DemoSource
from tests.compliance.sites import AT


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(AT)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/feed.db"


@pytest.fixture
def open_registry(url: str, clock: ManualClock) -> Callable[..., Registry]:
    """The registry as it is with an overlay of these files."""

    def opened(*overlay: Path) -> Registry:
        facts = load_overlay(overlay, {})
        assert facts.problems == (), [str(problem) for problem in facts.problems]
        return Registry.open(url, clock=clock, overlay=lambda: facts)

    return opened


def fill(path: Path, locations: int, countries: Sequence[str]) -> None:
    clock = ManualClock(AT)
    registry = Registry.open(f"sqlite:///{path}", clock=clock)
    settings = DemoSettings.model_validate({"name": "demo", "locations": locations, "countries": countries})
    source = DemoSource(settings, clock)
    for kind in (Kind.TARIFFS, Kind.LOCATIONS, Kind.STATUSES):
        for batch in source.fetch(kind, None, full=True):
            registry.apply(batch)
    registry.engine.dispose()


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "feed.db"
    fill(path, 150, ["DE", "NL", "GB"])
    return path


@pytest.fixture
def demo(demo_file: Path, tmp_path: Path, open_registry: Callable[..., Registry]) -> Registry:
    """A hundred and fifty sites in three countries."""
    shutil.copy(demo_file, tmp_path / "feed.db")
    return open_registry()
