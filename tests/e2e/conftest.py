"""An empty registry, quickly: the tables are made once and copied."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.clock import SystemClock
from app.registry.apply import Registry
from app.registry.database import open_engine


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("empty") / "feed.db"
    Registry.open(f"sqlite:///{file}").engine.dispose()
    return file


@pytest.fixture
def registry(tmp_path: Path, empty_database: Path) -> Iterator[Registry]:
    file = shutil.copy(empty_database, tmp_path / "feed.db")
    registry = Registry(open_engine(f"sqlite:///{file}"), SystemClock())
    yield registry
    registry.engine.dispose()
