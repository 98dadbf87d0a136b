"""A network whose points were watched for twenty days: in use, out of order, and for two days by nobody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from app.clock import ManualClock, SystemClock
from app.registry.apply import Registry
from app.registry.policy import SourcePolicy
from tests.registry.backend import DAY, HOUR, Backend
from tests.web.network import DATA, Network, make_network

LOCATION = "/locations/DE/ABC/L1"
SILENT = 12 * DAY, 10 * DAY
"""Ago: from when to when nothing was heard."""


def make_watched(folder: Path, locations: int = 60, **web: Any) -> Network:
    """With a demo network of so many locations around it."""
    network = make_network(folder, locations=locations, **web)
    told: dict[str, Any] = json.loads((DATA / "watched.json").read_text())
    now = SystemClock().now()
    clock = ManualClock(now - 20 * DAY)
    registry = Registry(network.registry.engine, clock, {"abc": SourcePolicy(ttl=DAY)})
    backend = Backend(registry, clock)
    backend.tariffs(*told["tariffs"])
    backend.locations(*told["locations"])
    for hours in range(0, 20 * 24, 12):
        ago = 20 * DAY - hours * HOUR
        if SILENT[1] < ago < SILENT[0]:
            continue
        clock.set(now - ago)
        broken = 6 * DAY > ago > 4 * DAY
        first = "OUTOFORDER" if broken else ("CHARGING" if hours % 24 else "AVAILABLE")
        backend.statuses(("DE*ABC*E1", first), ("DE*ABC*E2", "AVAILABLE"), ("DE*ABC*E3", "CHARGING"))
    clock.set(now)
    backend.statuses(("DE*ABC*E1", "AVAILABLE"), ("DE*ABC*E2", "AVAILABLE"), ("DE*ABC*E3", "CHARGING"))
    network.pull()
    network.seal()
    return network


def say(network: Network, evse: str, status: str) -> None:
    """Of `abc`, now."""
    backend = Backend(network.registry, ManualClock(SystemClock().now()))
    backend.statuses((evse, status), complete=False)
