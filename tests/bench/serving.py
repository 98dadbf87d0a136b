"""Pages of the feed: beside nginx with the same bytes, and while many listen to the stream."""

from __future__ import annotations

import asyncio
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import requests

from tests.bench.crowd import crowd
from tests.bench.measure import alternating
from tests.bench.report import Missing, Row
from tests.bench.servers import CORES, LACKS, NGINX, WRK, chargefeed, nginx, wrk
from tests.bench.workbench import Workbench

PATH = "/open/ocpi/2.2.1/locations?limit=100"
SECONDS = 5
STREAMS = 1000
ALIKE = 1.1
"""Two latencies are the same within this factor, or within the spread of the runs."""


def page(bench: Workbench) -> Iterator[Row | Missing]:
    if NGINX is None or WRK is None:
        yield Missing("OCPI page of 100 locations", LACKS)
        return
    with chargefeed(bench.folder, bench.copy("serve"), ("web",)) as servers:
        body = _gzipped(servers.url + PATH)
        with nginx(bench.folder, {"page": body}) as beside:
            assert _gzipped(f"{beside}/page") == body
            ours, theirs = alternating(
                bench.runs,
                lambda: wrk(servers.url + PATH, SECONDS).requests_per_s,
                lambda: wrk(f"{beside}/page", SECONDS).requests_per_s,
            )
    yield Row(
        "OCPI page of 100 locations, gzip, keep-alive",
        "requests/s",
        ours,
        budget="≥ 1/8 of the yardstick",
        met=ours.median >= theirs.median / 8,
        yardstick="nginx, the same bytes as a file",
        reference=theirs,
        notes=f"{len(body) / 1000:.0f} kB; {CORES} processes each, wrk on the same {CORES} cores",
    )


def streams(bench: Workbench) -> Iterator[Row | Missing]:
    if WRK is None:
        yield Missing(f"page while {STREAMS:,} streams idle", LACKS)
        return
    with chargefeed(bench.folder, bench.copy("serve"), ("web", "stream")) as servers:
        url = servers.url + PATH
        wrk(url, 1)

        def with_streams() -> float:
            with listening(servers.stream_url, STREAMS):
                return wrk(url, SECONDS).p99_ms

        quiet, crowded = alternating(bench.runs, lambda: wrk(url, SECONDS).p99_ms, with_streams)
    yield Row(
        f"page p99 while {STREAMS:,} streams idle",
        "ms",
        crowded,
        budget="as without them",
        met=crowded.median <= max(quiet.high, ALIKE * quiet.median),
        yardstick="without",
        reference=quiet,
        notes="16 connections that never pause",
    )
    yield from crowd(bench)


def _gzipped(url: str) -> bytes:
    with requests.get(url, headers={"Accept-Encoding": "gzip"}, stream=True, timeout=60) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        return bytes(answer.raw.read())


@contextmanager
def listening(stream_url: str, count: int) -> Iterator[None]:
    """So many open streams; all have had their headers when the block begins."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, count + 500)), hard))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        opened = asyncio.run_coroutine_threadsafe(_open(stream_url, count), loop).result(60)
        yield
        asyncio.run_coroutine_threadsafe(_close(opened), loop).result(60)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _open(stream_url: str, count: int) -> list[asyncio.StreamWriter]:
    target = urlsplit(stream_url)
    opened = []
    for _ in range(count):
        reader, writer = await asyncio.open_connection(target.hostname, target.port)
        writer.write(b"GET /open/stream HTTP/1.1\r\nHost: %b\r\n\r\n" % target.netloc.encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert b" 200 " in head.splitlines()[0], head
        opened.append(writer)
    return opened


async def _close(opened: list[asyncio.StreamWriter]) -> None:
    for writer in opened:
        writer.close()
    await asyncio.gather(*(writer.wait_closed() for writer in opened), return_exceptions=True)
