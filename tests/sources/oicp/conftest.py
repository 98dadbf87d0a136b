"""The two files, and sources that read them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.clock import ManualClock
from app.sources.oicp import OicpSettings, OicpSource
from tests.shared import ROOT

FILES = ROOT / "tests" / "data" / "oicp"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("evse-data.json", "evse-status.json"):
        shutil.copyfile(FILES / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def source(clock: ManualClock) -> Callable[..., OicpSource]:
    def make(**settings: Any) -> OicpSource:
        return OicpSource(OicpSettings.model_validate({"name": "hub", "retries": 0, **settings}), clock)

    return make
