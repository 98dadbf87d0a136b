"""A charge point's fault, through the proxy to its backend, is in the public feed and stream within two seconds."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.fernet import Fernet
from ocpp.v16 import call

from app.model.session import SessionRecord
from app.registry.private.store import PrivateStore
from tests.ocpp_peers import Backend, charger, status16
from tests.processes import children_of, free_port, wait_for
from tests.shared import ROOT

CONFIG = """
operator: {{name: Test}}
database: sqlite:///data/feed.db
web: {{port: {port}}}
private: {{database: "sqlite:///data/sessions.db", keys: ["{key}"]}}
sources:
  - {{name: table, type: file, inventory: inventory.csv, country_code: DE, party_id: TST, roles: [inventory]}}
  - name: hardware
    type: ocpp
    port: {ocpp}
    upstream: ws://127.0.0.1:{backend}/central
    charge_points: {{CP1: {{evses: {{1: DE*TST*E0001, 2: DE*TST*E0002}}}}}}
"""


KEY = Fernet.generate_key().decode()


class Feed:
    """`chargefeed run` with a table and a charge point."""

    def __init__(self, folder: Path) -> None:
        self.port, self.ocpp, self.backend = free_port(), free_port(), free_port()
        shutil.copy(ROOT / "tests" / "data" / "file" / "inventory.csv", folder)
        config = folder / "config.yaml"
        config.write_text(CONFIG.format(port=self.port, ocpp=self.ocpp, backend=self.backend, key=KEY))
        self.said = folder / "said"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CHARGEFEED_")}
        command = [sys.executable, "-m", "app.cli", "run", "--config", str(config)]
        with self.said.open("w") as said:
            self.process = subprocess.Popen(
                command, cwd=folder, env={**environment, "PYTHONPATH": str(ROOT)}, stdout=said, stderr=said
            )
        wait_for(lambda: "/open/stream" in self.said.read_text(), 60)
        wait_for(lambda: len(self.statuses()) == 3, 60)

    def evses(self) -> dict[str, dict[str, Any]]:
        answer = requests.get(f"http://127.0.0.1:{self.port}/open/ocpi/2.2.1/locations", timeout=30)
        return {evse["evse_id"]: evse for location in answer.json()["data"] for evse in location["evses"]}

    def statuses(self) -> dict[str, str]:
        return {id: evse["status"] for id, evse in self.evses().items()}

    def follow(self, events: list[dict[str, Any]]) -> None:
        """Adds what the stream says, as it comes."""

        def read() -> None:
            url = f"http://127.0.0.1:{self.port + 1}/open/stream"
            with requests.get(url, stream=True, timeout=60) as answer:
                for line in answer.iter_lines():
                    if line.startswith(b"data: ") and b'"head"' not in line:
                        events.append(json.loads(line.removeprefix(b"data: ")))

        threading.Thread(target=read, daemon=True).start()


def sessions(folder: Path) -> list[SessionRecord]:
    store = PrivateStore.open(f"sqlite:///{folder / 'data' / 'sessions.db'}", [KEY])
    return list(store.sessions(0, 1 << 62))


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[Feed]:
    feed = Feed(tmp_path)
    yield feed
    feed.process.terminate()
    assert feed.process.wait(30) == 0


def test_a_fault_is_public_within_two_seconds(feed: Feed, tmp_path: Path, record_property: Any) -> None:
    assert "cf-listen" in children_of(feed.process.pid).values()
    events: list[dict[str, Any]] = []
    feed.follow(events)
    backend = Backend()

    async def story() -> tuple[float, float]:
        async with (
            backend.listening(feed.backend),
            charger(f"ws://127.0.0.1:{feed.ocpp}/ocpp/CP1", "ocpp1.6") as point,
        ):
            await point.call(call.BootNotification("Model", "Vendor"))
            for connector in (1, 2):
                await point.call(status16(connector, "Available"))
            await asyncio.to_thread(wait_for, lambda: feed.statuses()["DE*TST*E0001"] == "AVAILABLE")
            events.clear()
            begin = time.monotonic()
            await point.call(status16(1, "Faulted", "GroundFailure", vendor_error_code="CX002"))
            await asyncio.to_thread(wait_for, lambda: feed.statuses()["DE*TST*E0001"] == "OUTOFORDER", 10)
            in_feed = time.monotonic() - begin
            await asyncio.to_thread(wait_for, lambda: any("OUTOFORDER" in json.dumps(event) for event in events), 10)
            in_stream = time.monotonic() - begin
            now = datetime.now(UTC).isoformat()
            await point.call(call.StartTransaction(2, "04A1B2", 1000, now))
            await point.call(call.StopTransaction(2500, now, 4711))
            await asyncio.to_thread(wait_for, lambda: len(sessions(tmp_path)) == 1, 10)
            return in_feed, in_stream

    in_feed, in_stream = asyncio.run(story())
    record_property("seconds", f"in the feed after {in_feed:.2f}, in the stream after {in_stream:.2f}")
    assert max(in_feed, in_stream) < 2.0
    assert backend.statuses == [(1, "Available"), (2, "Available"), (1, "Faulted")]
    [session] = sessions(tmp_path)
    assert (session.evse, session.energy_kwh) == ("DE*TST*E0002", Decimal("1.5"))
    [written] = (tmp_path / "data" / "ocpp" / "hardware").glob("*.jsonl")
    assert "GroundFailure" in written.read_text()
    assert not any(b"04A1B2" in file.read_bytes() for file in (tmp_path / "data").rglob("*") if file.is_file())
