"""As many streams as one process is said to carry: what each costs in memory, and how late the last of them hears of a commit."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from app.clock import format_time
from app.model.batch import Batch, Kind, StatusRow
from app.process import allow_many_files
from tests.bench.measure import Sample
from tests.bench.report import Missing, Row
from tests.bench.servers import chargefeed
from tests.bench.workbench import CLOCK, SOURCE, Workbench, open_registry, read_status

CROWD = 10_000
"""In a network of as many EVSEs, or more; else as many as there are EVSEs."""
AT_ONCE = 100
SPARE_FILES = 500
COMMITS = 5
MOST_KB, LATEST_MS = 40, 5000
GIVE_UP_S = 60.0


def crowd(bench: Workbench) -> Iterator[Row | Missing]:
    count = min(CROWD, bench.evses)
    if allow_many_files() < count + SPARE_FILES:
        yield Missing(f"{count:,} streams", f"too few open files: ulimit -n {count + SPARE_FILES}")
        return
    database = bench.copy("crowd")
    registry = open_registry(database)
    with chargefeed(bench.folder, database, ("stream",)) as servers:
        [pid] = servers.pids("stream")
        alone = _resident_kb(pid)
        with Listeners(servers.stream_url, count) as listeners:
            each = (_resident_kb(pid) - alone) / count
            last = []
            for number, uid in zip(range(COMMITS), bench.network.uids(), strict=False):
                row = StatusRow(uid, "CHARGING" if number % 2 else "BLOCKED", format_time(CLOCK.now()))
                listeners.begin()
                registry.apply(Batch(SOURCE, Kind.STATUSES, CLOCK.now(), read_status, [row], events=True))
                last.append(listeners.last_s(time.perf_counter()) * 1000)
    name = f"{count:,} streams of one process"
    yield Row(
        f"{name}: memory of each",
        "kB",
        Sample((each,)),
        budget=f"≤ {MOST_KB} kB",
        met=each <= MOST_KB,
        notes=f"{alone / 1000:.0f} MB without any",
    )
    late = Sample(tuple(last))
    yield Row(
        f"{name}: from a commit until the last has it",
        "ms",
        late,
        budget=f"≤ {LATEST_MS} ms",
        met=late.median <= LATEST_MS,
        notes="the clients share the cores, in one process of Python",
    )


class Listeners:
    """All streams are open while the block lasts."""

    def __init__(self, url: str, count: int) -> None:
        self._count = count
        self._target = urlsplit(url)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._open: list[asyncio.Task[None]] = []
        self._heard = 0
        self._all = threading.Event()

    def __enter__(self) -> Listeners:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open_all(), self._loop).result(GIVE_UP_S)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close_all(), self._loop).result(GIVE_UP_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def begin(self) -> None:
        self._heard = 0
        self._all.clear()

    def last_s(self, since: float) -> float:
        """Seconds from `since` until the last of them had the next change."""
        assert self._all.wait(GIVE_UP_S), f"{self._count - self._heard} of {self._count} streams did not get it"
        return time.perf_counter() - since

    async def _open_all(self) -> None:
        for _ in range(0, self._count, AT_ONCE):
            self._open += await asyncio.gather(*(self._listener() for _ in range(AT_ONCE)))

    async def _listener(self) -> asyncio.Task[None]:
        reader, writer = await asyncio.open_connection(self._target.hostname, self._target.port)
        writer.write(b"GET /open/stream HTTP/1.1\r\nHost: %b\r\n\r\n" % self._target.netloc.encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert b" 200 " in head.splitlines()[0], head
        return asyncio.create_task(self._listen(reader, writer))

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                if (await reader.readuntil(b"\n")).startswith(b"event: change"):
                    self._heard += 1
                    if self._heard == self._count:
                        self._all.set()
        finally:
            writer.close()

    async def _close_all(self) -> None:
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)


def _resident_kb(pid: int) -> int:
    [line] = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1])
