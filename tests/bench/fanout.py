"""Changes on their way to many partners: how long until all that answer have them, beside slow ones and one that never does."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import Engine

from app.delivery.states import read_standings
from app.model.batch import Batch, Kind, StatusRow
from app.registry.apply import Registry
from app.registry.database import reading
from tests.bench.charging import LARGE, cpu_s, resident_mb
from tests.bench.measure import Sample
from tests.bench.report import Row
from tests.bench.servers import chargefeed
from tests.bench.workbench import CLOCK, SOURCE, Workbench, open_registry, read_status
from tests.processes import wait_for

FAST, SLOW, DEAD = 17, 2, 1
SLOW_S = 0.05
CHANGES, FEW = 10_000, 100
WITHIN_S = 60
GIVE_UP_S = 900.0
GROWS_MB = 50
AT_ONCE = 1000
"""Changes of one poll."""


def fanout(bench: Workbench) -> Iterator[Row]:
    changes = CHANGES if bench.evses >= LARGE else FEW
    small = replace(bench, evses=changes, folder=bench.folder / "fanout")
    names = [f"partner{number}" for number in range(FAST + SLOW + DEAD)]
    with receivers() as ports:
        destinations = [_destination(name, port) for name, port in zip(names, ports, strict=True)]
        database = small.copy("fanout")
        more = {"destinations": destinations, "snapshots": {"status_every": "1d", "static_every": "1d"}}
        with chargefeed(small.folder, database, ("worker",), **more) as servers:
            registry, worker = open_registry(database), servers.processes["worker"].pid
            _until_level(registry.engine, names[: FAST + SLOW])
            before_mb, began_cpu = resident_mb(worker), cpu_s(worker)
            took = _changed(registry, small, names[:FAST])
            used = cpu_s(worker) - began_cpu
            after_mb, due = resident_mb(worker), _due(registry.engine, names[-1:])
            registry.engine.dispose()
    beside = f"{SLOW} slow ones ({SLOW_S * 1000:.0f} ms an answer) and {DEAD} that never answers beside them"
    yield Row(
        f"{changes:,} changes fanned out to {FAST + SLOW + DEAD} partners",
        "s",
        Sample((took,)),
        budget=f"≤ {WITHIN_S} s",
        met=took <= WITHIN_S,
        notes=f"until all {FAST} that answer at once have them; {beside}; {used:.0f} s of processor time",
    )
    yield Row(
        "memory while a partner is dead",
        "MB more",
        Sample((after_mb - before_mb,)),
        budget=f"≤ {GROWS_MB} MB",
        met=after_mb - before_mb <= GROWS_MB,
        notes=f"{before_mb:.0f} MB before; {due:,} changes wait there after {changes:,}",
    )


@contextmanager
def receivers() -> Iterator[list[int]]:
    """Their ports, the fast ones first and the dead ones last."""
    command = [sys.executable, "-m", "tests.bench.receivers", *map(str, (FAST, SLOW, DEAD, SLOW_S))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.communicate()


def _destination(name: str, port: int) -> dict[str, object]:
    base = f"http://127.0.0.1:{port}"
    urls = {"locations_url": f"{base}/locations", "tariffs_url": f"{base}/tariffs"}
    return {"name": name, "type": "ocpi-push", "version": "2.3.0", "token": "t", "timeout": 5, **urls}


def _changed(registry: Registry, bench: Workbench, names: Iterable[str]) -> float:
    """Seconds from before the first commit until these have the status of every EVSE."""
    uids, began = list(bench.network.uids()), time.monotonic()
    for start in range(0, len(uids), AT_ONCE):
        rows = [StatusRow(uid, "CHARGING") for uid in uids[start : start + AT_ONCE]]
        registry.apply(Batch(SOURCE, Kind.STATUSES, CLOCK.now(), read_status, rows, events=True))
    _until_level(registry.engine, names)
    return time.monotonic() - began


def _until_level(engine: Engine, names: Iterable[str]) -> None:
    wanted = set(names)
    wait_for(lambda: _due(engine, wanted) == 0, GIVE_UP_S, every=0.25)


def _due(engine: Engine, names: Iterable[str]) -> int:
    """Changes that are not there yet; of one that was never tried, very many."""
    with reading(engine) as connection:
        due = {standing.state.destination: standing.due for standing in read_standings(connection)}
    return sum(due.get(name, 1 << 30) for name in names)
