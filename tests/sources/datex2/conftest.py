"""The two publications, and sources that read them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.clock import ManualClock
from app.sources.datex2 import Datex2Settings, Datex2Source
from tests.shared import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("table.xml", "status.json"):
        shutil.copyfile(ROOT / "tests" / "data" / "datex2" / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def token() -> str:
    return "open"


@pytest.fixture
def source(clock: ManualClock) -> Callable[..., Datex2Source]:
    def make(**settings: Any) -> Datex2Source:
        known = {"name": "nap", "retries": 0, "token": "open", **settings}
        return Datex2Source(Datex2Settings.model_validate(known), clock)

    return make
