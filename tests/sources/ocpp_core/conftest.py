"""An OCPP.Core database and sources that read it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.clock import ManualClock, parse_time
from app.sources.ocpp_core import OcppCoreSettings, OcppCoreSource

DATA = Path(__file__).parents[2] / "data" / "backends" / "ocpp_core"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "OCPP.Core.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((DATA / "tables.sql").read_text())
    return path


@pytest.fixture
def core(database: Path) -> Callable[..., OcppCoreSource]:
    def make(**settings: Any) -> OcppCoreSource:
        given = {
            "name": "core",
            "database": f"sqlite:///{database}",
            "evse_id_pattern": "DE*ABC*E{charger}*{connector}",
            **settings,
        }
        return OcppCoreSource(OcppCoreSettings.model_validate(given), ManualClock(parse_time("2026-11-23T12:00:00Z")))

    return make
