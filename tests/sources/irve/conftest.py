"""The two files, and sources that read them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.clock import ManualClock
from app.sources.irve import IrveSettings, IrveSource
from tests.shared import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("statique.csv", "dynamique.csv"):
        shutil.copyfile(ROOT / "tests" / "data" / "irve" / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def source(clock: ManualClock) -> Callable[..., IrveSource]:
    def make(**settings: Any) -> IrveSource:
        return IrveSource(IrveSettings.model_validate({"name": "france", "retries": 0, **settings}), clock)

    return make
