"""Charge points on one endpoint: what a status costs it until it is in the inbox, and what a connection takes of its memory."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from tests.bench.measure import Sample
from tests.bench.report import Missing, Row
from tests.bench.workbench import Workbench
from tests.processes import free_port, wait_for

CONNECTIONS, FEW = 10_000, 300
LARGE = 100_000
"""EVSEs of a network from which on all connections are made; on a smaller one a few, and shortly."""
RATE = 500.0
SECONDS, SHORT = 10.0, 3.0
BUDGET_MB = 1000


def charging(bench: Workbench) -> Iterator[Row | Missing]:
    count, seconds = (CONNECTIONS, SECONDS) if bench.evses >= LARGE else (FEW, SHORT)
    with endpoint(bench.folder / "ocpp") as (pid, url):
        before_mb = resident_mb(pid)
        command = [sys.executable, "-m", "tests.bench.chargers", url, str(count), str(RATE), str(seconds)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as chargers:
            assert chargers.stdin is not None
            assert chargers.stdout is not None
            assert chargers.stdout.readline() == "connected\n"
            cpu = cpu_s(pid)
            chargers.stdin.write("go\n")
            chargers.stdin.flush()
            answered = int(chargers.stdout.readline())
            cpu = cpu_s(pid) - cpu
            after_mb = resident_mb(pid)
            chargers.stdin.close()
    yield Row(
        "statuses of charge points, to the inbox",
        "statuses/s of one core",
        Sample((answered / cpu,)),
        budget=f"≥ {RATE:.0f}",
        met=answered / cpu >= RATE,
        notes=f"{count:,} connections, {answered / seconds:.0f} a second asked of it; written down, answered, handed in",
    )
    all_mb = before_mb + (after_mb - before_mb) * CONNECTIONS / count
    yield Row(
        f"memory of the endpoint with {CONNECTIONS:,} charge points",
        "MB",
        Sample((all_mb,)),
        budget=f"≤ {BUDGET_MB} MB",
        met=all_mb <= BUDGET_MB,
        notes=f"{before_mb:.0f} MB with none, {after_mb:.0f} MB with {count:,}",
    )


@contextmanager
def endpoint(folder: Path) -> Iterator[tuple[int, str]]:
    """`chargefeed ocpp`, whoever connects: its process and where."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    source = {"name": "hardware", "type": "ocpp", "port": port, "security_profile": 0, "strangers": "accept"}
    config = {
        "operator": {"name": "Bench"},
        "database": "sqlite:///feed.db",
        "sources": [source | {"evse_pattern": "E{charge_point}-{number}", "frames": "frames"}],
    }
    (folder / "config.yaml").write_bytes(orjson.dumps(config))
    command = [sys.executable, "-m", "app.cli", "ocpp", "--config", str(folder / "config.yaml")]
    said = folder / "said"
    with said.open("w") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            wait_for(lambda: '"listening"' in said.read_text(), 60)
            yield process.pid, f"ws://127.0.0.1:{port}/ocpp"
        finally:
            process.terminate()


def cpu_s(pid: int) -> float:
    *_, after = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    user, system = after.split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    [line] = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1000
