"""How long a change takes to be seen by readers, while others read as fast as they can."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, IncompleteRead
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests

from app.clock import format_time
from app.model.batch import Batch, Kind, StatusRow
from tests.bench.measure import Sample, percentile
from tests.bench.report import Missing, Row
from tests.bench.servers import LACKS, PAGES, WRK, Servers, chargefeed, wrk_command
from tests.bench.workbench import CLOCK, SOURCE, Workbench, open_registry, read_status

CHANGES = 100
"""In one run."""
PAUSE_S = 0.02
GIVE_UP_S = 30.0
STEP = 7919


def visible(bench: Workbench) -> Iterator[Row | Missing]:
    if WRK is None:
        yield Missing("one status change until it is seen", LACKS)
        return
    with chargefeed(bench.folder, bench.copy("visible"), ("web", "stream")) as servers:
        change = Changes(bench, servers)
        with reading(servers, bench.network.locations), Listener(servers.stream_url) as listener:
            time.sleep(2)
            runs = [change.run(listener) for _ in range(bench.runs)]
    for where in ("feed", "changes", "stream"):
        p99 = Sample(tuple(percentile([seen[where] for seen in run], 0.99) * 1000 for run in runs))
        middle = Sample(tuple(percentile([seen[where] for seen in run], 0.5) * 1000 for run in runs))
        yield Row(
            f"one status change until seen in the {where}, p99",
            "ms",
            p99,
            budget="≤ 1000 ms under read load",
            met=p99.median <= 1000,
            notes=f"from before the commit; p50 {middle.median:.0f} ms; {CHANGES} changes a run, wrk on pages with 8 connections",
        )


@contextmanager
def reading(servers: Servers, locations: int) -> Iterator[None]:
    """wrk crawls the pages until the block ends."""
    command, environment = wrk_command(servers.url, 3600, 8, PAGES, locations)
    load = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        yield
        assert load.poll() is None, "wrk ended early"
    finally:
        load.terminate()
        load.wait()


class Changes:
    def __init__(self, bench: Workbench, servers: Servers) -> None:
        self._registry = open_registry(bench.folder / f"visible-{bench.evses}.db")
        self._uids = list(bench.network.uids())
        self._url = servers.url
        self._session = requests.Session()
        self._done = 0

    def run(self, listener: Listener) -> list[dict[str, float]]:
        return [self._one(listener) for _ in range(CHANGES)]

    def _one(self, listener: Listener) -> dict[str, float]:
        """Seconds until it was seen at each place."""
        self._done += 1
        uid = self._uids[self._done * STEP % len(self._uids)]
        row = StatusRow(uid, "CHARGING" if self._done % 2 else "BLOCKED", format_time(CLOCK.now()))
        begin = time.perf_counter()
        applied = self._registry.apply(Batch(SOURCE, Kind.STATUSES, CLOCK.now(), read_status, [row], events=True))
        seq = applied.seq
        assert seq is not None
        url = f"{self._url}/open/ocpi/2.3.0/locations/{uid.partition('-')[0]}/{uid}"
        waiting: dict[str, Callable[[], bool]] = {
            "feed": lambda: self._get(url)["data"]["status"] == row.status,
            "changes": lambda: bool(self._get(f"{self._url}/open/changes?since={seq - 1}")["data"]),
        }
        seen: dict[str, float] = {}
        while waiting:
            for where in [where for where, is_seen in waiting.items() if is_seen()]:
                seen[where] = time.perf_counter() - begin
                del waiting[where]
            assert time.perf_counter() - begin < GIVE_UP_S, f"never seen in {', '.join(waiting)}"
        seen["stream"] = listener.time_of(seq) - begin
        time.sleep(PAUSE_S)
        return seen

    def _get(self, url: str) -> Any:
        return orjson.loads(self._session.get(url, timeout=GIVE_UP_S).content)


class Listener:
    """Notes when each sequence came over the stream."""

    def __init__(self, stream_url: str) -> None:
        self._connection = HTTPConnection(urlsplit(stream_url).netloc, timeout=60)
        self._times: dict[int, float] = {}
        self._came = threading.Condition()

    def __enter__(self) -> Listener:
        self._connection.request("GET", "/open/stream")
        self._answer = self._connection.getresponse()
        assert self._answer.status == 200
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._connection.close()

    def _listen(self) -> None:
        with suppress(IncompleteRead):  # the shutdown above
            while line := self._answer.readline():
                if line.startswith(b"id:"):
                    with self._came:
                        self._times[int(line[3:])] = time.perf_counter()
                        self._came.notify_all()

    def time_of(self, seq: int) -> float:
        with self._came:
            assert self._came.wait_for(lambda: seq in self._times, GIVE_UP_S), f"{seq} never came over the stream"
            return self._times[seq]
