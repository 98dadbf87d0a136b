"""A network of which days go by, and what the archive writes of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from pyarrow import fs

from app.clock import ManualClock
from app.history.archive import Archive, Step
from app.history.asking import History
from app.history.schema import Table
from app.registry.leases import Leases
from app.store.directory import DirectoryStore
from tests.ledger.conftest import (
    Log,
    backend,
    clock,
    engine,
    log,
    migrated_file,
    migrated_url,
    postgres_engine,
    registry,
    sqlite_copy_url,
    store,
)
from tests.registry.backend import DAY, HOUR, Backend, connector, evse, location, tariff

__all__ = [
    "backend",
    "clock",
    "engine",
    "log",
    "migrated_file",
    "migrated_url",
    "postgres_engine",
    "registry",
    "sqlite_copy_url",
    "store",
]

FIRST = date(2026, 1, 1)


@dataclass
class Past:
    """By the hours of the first day: `at(14)` is two in the afternoon, `at(26)` two in the morning of the second."""

    backend: Backend
    clock: ManualClock
    log: Log
    store: DirectoryStore
    keep: dict[Table, int] = field(default_factory=lambda: dict.fromkeys(Table, 30 * DAY))

    def __post_init__(self) -> None:
        self.begin = self.clock.now()
        lease = Leases(self.log.engine, "one", 600_000).acquire("duty:history")
        assert lease is not None
        self.lease = lease
        self.restart()

    def restart(self) -> None:
        self.archive = Archive(self.log.engine, self.store, self.clock, self.keep, 3 * HOUR)

    def at(self, hour: float) -> int:
        self.clock.set(self.begin + round(hour * HOUR))
        return self.clock.now()

    def write(self) -> list[Step]:
        """All that is due."""
        self.log.seal()
        steps = [self.archive.step(self.lease)]
        while steps[-1].more:
            steps.append(self.archive.step(self.lease))
        return steps

    def open(self) -> History:
        return History(fs.LocalFileSystem(), str(self.store._folder))

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        return [tuple(map(self._plain, row)) for row in self.open().ask(query).fetchall()]

    def _plain(self, value: Any) -> Any:
        """Times as hours of the first day, to some seconds."""
        if hasattr(value, "timestamp"):
            return round((value.timestamp() * 1000 - self.begin) / HOUR, 3)
        return value

    def files(self) -> dict[str, bytes]:
        listed = self.store.list("history/")
        return {entry.key: (self.store._folder / entry.key).read_bytes() for entry in listed}


@pytest.fixture
def past(backend: Backend, clock: ManualClock, log: Log, store: DirectoryStore) -> Past:
    """One EVSE at an hourly price that is FREE from eight on and CHARGING from nine to ten."""
    past = Past(backend, clock, log, store)
    past.at(8)
    backend.tariffs(by_day_and_night())
    backend.locations(location("L1", evse("E1", connector(tariff_ids=["T1"]))))
    past.at(9)
    backend.statuses(("E1", "CHARGING"))
    past.at(10)
    backend.statuses(("E1", "AVAILABLE"))
    return past


def by_day_and_night() -> dict[str, Any]:
    """0.40 € from eight in the evening to seven in the morning in Berlin (from 19 to 6 UTC in winter), else 0.50 €."""
    night = {"restrictions": {"start_time": "20:00", "end_time": "07:00"}, "price_components": [_energy(0.4)]}
    return tariff("T1", elements=[night, {"price_components": [_energy(0.5)]}])


def _energy(price: float) -> dict[str, Any]:
    return {"type": "ENERGY", "price": price, "step_size": 1, "vat": 19}
