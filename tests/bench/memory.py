"""How much memory each process has taken at most, after everything a process does has been done."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import requests

from tests.bench.measure import Sample
from tests.bench.network import Statuses
from tests.bench.report import Missing, Row
from tests.bench.sender import sender
from tests.bench.servers import LACKS, WRK, Servers, chargefeed
from tests.bench.switching import Reader
from tests.bench.visibility import reading
from tests.bench.workbench import CLOCK, PAGE, SOURCE, Workbench

ROUNDS = 6
ROUND_S = 5.0
BUDGET_MB = {"worker": 1000, "web": 300}


def memory(bench: Workbench) -> Iterator[Row | Missing]:
    if WRK is None:
        yield Missing("memory", LACKS)
        return
    statuses, file = Statuses(bench.network), bench.folder / "polled.json"
    file.write_bytes(statuses.body())
    with sender(bench.evses) as url:
        inventory = {"name": SOURCE, "type": "ocpi", "url": url, "page_limit": PAGE, "inventory_every": ROUND_S}
        polled = {"name": "statuses", "type": "file", "statuses": str(file), "roles": ["status"], "max_body": 1 << 30}
        sources = [inventory | {"roles": ["inventory", "price"]}, polled]
        with chargefeed(bench.folder, bench.copy("memory"), ("web", "worker", "stream"), sources) as servers:
            reader = Reader(servers)
            _until_pulled(servers)
            with reading(servers, bench.network.locations):
                for number in range(ROUNDS):
                    statuses.change_share(0.01, number, CLOCK.now())
                    file.write_bytes(statuses.body())
                    requests.post(url, timeout=60).raise_for_status()
                    time.sleep(ROUND_S)
                reader.crawl(ready=None)
            reader.wait_for_snapshots(reader.head())
            taken = {name: max(map(_peak_mb, servers.pids(name))) for name in BUDGET_MB}
    for name, budget in BUDGET_MB.items():
        yield Row(
            f"memory of {'the worker' if name == 'worker' else 'a web process'}",
            "MB",
            Sample((taken[name],)),
            budget=f"≤ {budget} MB",
            met=taken[name] <= budget,
            notes="peak resident: pulls, polls, snapshots, crawls of 2.1.1 and 2.2.1",
        )


def _until_pulled(servers: Servers) -> None:
    """Until every source has been pulled once."""
    deadline = time.monotonic() + 600
    while not requests.get(f"{servers.url}/readyz", timeout=60).ok:
        assert time.monotonic() < deadline, "the sources were not pulled"
        time.sleep(1)


def _peak_mb(pid: int) -> float:
    [line] = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1000
