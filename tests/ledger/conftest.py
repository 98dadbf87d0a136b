"""A registry, a store in a folder, and a log over them, by a clock that stands until it is moved."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from app.clock import Clock, ManualClock
from app.ledger.checkpoint import Checkpoint, open_checkpoint
from app.ledger.note import Signer
from app.ledger.sealing import Sealer
from app.ledger.sequencing import note_manifest
from app.ledger.shelf import Shelf
from app.ledger.verifying import verified_entries
from app.registry.leases import Leases
from app.store.base import Store
from app.store.directory import DirectoryStore
from tests.registry.conftest import (
    backend,
    clock,
    engine,
    migrated_file,
    migrated_url,
    postgres_engine,
    registry,
    sqlite_copy_url,
)

__all__ = [
    "backend",
    "clock",
    "engine",
    "migrated_file",
    "migrated_url",
    "postgres_engine",
    "registry",
    "sqlite_copy_url",
]

KEY = Signer("charging.example/ledger", b"\x01" * 32)


@dataclass
class Log:
    """Who seals it, and what an auditor finds."""

    engine: Engine
    store: Store
    clock: Clock
    keys: tuple[Signer, ...] = field(default=(KEY,))
    holder: str = "one"

    def __post_init__(self) -> None:
        lease = Leases(self.engine, self.holder, 600_000).acquire("duty:ledger")
        assert lease is not None
        self.lease = lease
        self.shelf = Shelf(self.store)
        self.restart()

    def restart(self) -> None:
        self.sealer = Sealer(self.engine, self.store, self.keys, self.clock)

    def seal(self) -> int:
        return self.sealer(self.lease)

    def note_manifest(self, sha256: str) -> None:
        note_manifest(self.engine, sha256, "e", 1, self.clock.now())

    def checkpoint(self) -> Checkpoint:
        found = self.shelf.read_checkpoint()
        assert found is not None
        return open_checkpoint(found[0], [key.verifier for key in self.keys])[0]

    def entries(self, known: Checkpoint | None = None) -> list[dict[str, Any]]:
        """All of them, verified from scratch."""
        return [entry.content for entry in verified_entries(self.checkpoint(), self.shelf.read, known)]

    def said(self) -> list[tuple[str, str]]:
        """(kind, what about) of each entry."""
        return [(entry["kind"], _about(entry)) for entry in self.entries()]


def _about(entry: dict[str, Any]) -> str:
    return next(entry[name] for name in ("evse_uid", "id", "tariff_id", "sha256") if name in entry)


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path / "public")


@pytest.fixture
def log(engine: Engine, store: DirectoryStore, clock: ManualClock) -> Log:
    return Log(engine, store, clock)
