"""A network with a past: prices that changed, one of them too late, under a sealed log."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from app.clock import ManualClock, SystemClock
from app.ledger.sealing import Sealer
from app.ledgering import signing_keys
from app.registry.apply import Registry
from app.registry.leases import Leases
from app.registry.policy import SourcePolicy
from tests.registry.backend import DAY, MINUTE, Backend, tariffs_batch
from tests.web.network import DATA, Network, make_network

EVSE = "/prices/DE/ABC/L1/E1"
WITH_OFFERS = "/prices/DE/ABC/L1/E2"
WITHOUT_PRICE = "/prices/DE/ABC/L2/E3"
BEGUN, DEARER, LATE = 20, 10, 3
"""Days ago."""


def make_priced(folder: Path) -> Network:
    network = make_network(folder, locations=1)
    told: dict[str, Any] = json.loads((DATA / "priced.json").read_text())
    now = SystemClock().now() // MINUTE * MINUTE
    clock = ManualClock(now - BEGUN * DAY)
    registry = Registry(network.registry.engine, clock, {"abc": SourcePolicy()})
    backend = Backend(registry, clock)
    seal = _sealing(network, registry)
    backend.tariffs(*told["tariffs"]["first"])
    backend.locations(*told["locations"])
    seal()
    clock.set(now - DEARER * DAY)
    backend.tariffs(*told["tariffs"]["dearer"], complete=False)
    seal()
    clock.set(now - LATE * DAY)
    registry.apply(tariffs_batch("abc", clock.now() - 5 * MINUTE, told["tariffs"]["late"], complete=False))
    seal()
    return network


def _sealing(network: Network, registry: Registry) -> Callable[[], int]:
    lease = Leases(registry.engine, "tests").acquire("duty:ledger")
    assert lease is not None
    keys = signing_keys(network.settings)
    sealer = Sealer(registry.engine, network.settings.store.open(), keys, registry.clock)
    return partial(sealer, lease)
