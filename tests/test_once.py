"""`publish --once` holds its leases for as long as it takes."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import pytest

from app import once
from app.registry.leases import Leases
from app.settings import load

CONFIG = """
operator: {name: Example}
database: sqlite:///data/chargefeed.db
store: {directory: data/public}
sources:
  - {name: demo, type: demo, locations: 5}
"""
LIFE_MS = 600


def test_what_takes_longer_than_a_lease_lives_is_published_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    monkeypatch.setattr(once, "KEEP_EVERY", LIFE_MS / 4000)
    monkeypatch.setattr(once, "Leases", partial(Leases, life=LIFE_MS))
    told: list[str] = []

    def slowly(what: str) -> None:
        told.append(what)
        time.sleep(LIFE_MS / 1000 if what == "writing snapshots" else 0.05)

    once.publish_once(load(tmp_path / "config.yaml"), None, slowly)
    assert told[-1] == "sealing the ledger"
    assert (tmp_path / "data/public/ledger/checkpoint").exists()
