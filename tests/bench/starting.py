"""From the start of the processes to the first page and the first poll, and what each EVSE takes of the worker's memory."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import requests

from app.model.batch import Kind
from app.registry.database import open_engine
from app.registry.figures import read_sources
from tests.bench.measure import Sample
from tests.bench.network import Statuses
from tests.bench.polling import SHARE, SMALL
from tests.bench.report import Row
from tests.bench.servers import chargefeed
from tests.bench.serving import PATH
from tests.bench.workbench import AT, CLOCK, SOURCE, Workbench

BUDGET_S, BUDGET_KB = 60, 4
LOOK_S, GIVE_UP_S, YEAR = 0.05, 900.0, 31_536_000
POLLS = 2
"""Until memory is looked at."""


class Started(NamedTuple):
    page_s: float
    poll_s: float
    worker_mb: float


def start(bench: Workbench) -> Iterator[Row]:
    small = bench.sized(min(SMALL, bench.evses // 2))
    runs = [started(bench) for _ in range(bench.runs)]
    page, poll, _ = (Sample(values) for values in zip(*runs, strict=True))
    for what, sample in (("the first page is answered", page), ("the first poll is taken in", poll)):
        notes = "ledger and findings of the network, which begin from nothing, come after it"
        yield Row(f"start until {what}", "s", sample, f"≤ {BUDGET_S} s", sample.high <= BUDGET_S, notes=notes)
    few = started(small).worker_mb
    grown = Sample(tuple((run.worker_mb - few) * 1000 / (bench.evses - small.evses) for run in runs))
    met = grown.median <= BUDGET_KB if bench.evses >= AT else None
    notes = f"{runs[-1].worker_mb:.0f} MB after {POLLS} polls, {few:.0f} MB at {small.evses:,}; without documents"
    yield Row("the worker's memory, each EVSE", "kB", grown, f"≤ {BUDGET_KB} kB", met, notes=notes)


def started(bench: Workbench) -> Started:
    """Of a worker and web processes that find the whole network in the database, and a poll of which 1 % is new."""
    statuses, file, database = Statuses(bench.network), bench.folder / "started.json", bench.copy("start")
    statuses.change_share(SHARE, 0, CLOCK.now())
    # However long ago the network was filled: none of it has become stale.
    source = {
        "name": SOURCE,
        "type": "file",
        "statuses": str(file),
        "max_body": 1 << 30,
        "status_every": 1,
        "ttl": YEAR,
    }
    at = CLOCK.now()
    file.write_bytes(statuses.body())  # statuses are received when they are written
    begin = time.monotonic()
    seen: dict[str, float] = {}
    with chargefeed(bench.folder, database, ("web", "worker"), [source], snapshots={"leave_out": ["*"]}) as servers:
        engine = open_engine(f"sqlite:///{database}")

        def polled_at() -> int:
            return max((one.succeeded_at or 0 for one in read_sources(engine) if one.kind is Kind.STATUSES), default=0)

        waiting = {"page": lambda: requests.get(servers.url + PATH, timeout=60).ok, "poll": lambda: polled_at() >= at}
        while waiting:
            for what in [what for what, is_there in waiting.items() if is_there()]:
                seen[what] = time.monotonic() - begin
                del waiting[what]
            assert time.monotonic() < begin + GIVE_UP_S, f"no {' and no '.join(waiting)}"
            time.sleep(LOOK_S)
        for number in range(1, POLLS):
            before = polled_at()
            statuses.change_share(SHARE, number, CLOCK.now())
            file.write_bytes(statuses.body())
            while polled_at() == before:
                time.sleep(LOOK_S)
        memory = anonymous_mb(servers.processes["worker"].pid)
        engine.dispose()
    return Started(seen["page"], seen["poll"], memory)


def anonymous_mb(pid: int) -> float:
    """Resident, without what is mapped: SQLite maps the database, which the system drops when it needs the room."""
    [line] = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("RssAnon")]
    return int(line.split()[1]) / 1000
