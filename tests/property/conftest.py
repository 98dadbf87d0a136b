"""Databases that live for the session: each example begins with emptied ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.registry.database import migrate, open_engine
from tests.registry.conftest import migrated_url, postgres_engine

__all__ = ["migrated_url", "postgres_engine"]


@pytest.fixture(scope="session")
def sqlite_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    path: Path = tmp_path_factory.mktemp("property") / "registry.db"
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    yield engine
    engine.dispose()
