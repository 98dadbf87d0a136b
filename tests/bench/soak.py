"""A soak: changes come in for minutes on end, are read by everyone, and forgotten again.

The clock is the real one, and the rate is that of a nation; what is scaled is retention, so that minutes see as many of its
rounds as weeks would. The worker polls a status file; who follows `/open/changes` and who listens to the stream count what they
see.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import count, islice
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import orjson
import requests

from tests.bench.measure import percentile
from tests.bench.network import EVSES, Statuses
from tests.bench.servers import Servers, chargefeed
from tests.bench.workbench import CLOCK, Workbench
from tests.processes import wait_for

PARTS = ("worker", "web", "stream")
PATHS = (
    "/open/ocpi/2.3.0/locations?limit=100",
    "/open/ocpi/2.2.1/locations.json",
    "/open/prices.json",
    "/open/manifest.json",
)
PATIENCE_S = 120.0
ROUND_S = 1.0


@dataclass(frozen=True, slots=True)
class Scale:
    minutes: float
    rate: int = 200
    """Changes a second."""
    changes_s: float = 60
    """`retention.changes`, instead of 7 days."""
    statuses_s: float = 120
    """`history.keep_status`, instead of 7 years."""
    figures_s: float = 60
    """How often figures are taken."""

    def settings(self) -> dict[str, object]:
        return {
            "retention": {"changes": f"{self.changes_s}s", "behind": f"{self.changes_s}s"},
            "history": {"keep_status": f"{self.statuses_s}s"},
            "snapshots": {
                "status_every": f"{max(1, self.changes_s / 6)}s",
                "static_every": f"{max(1, self.changes_s / 3)}s",
            },
            "alerts": {"every": "10s"},
        }


@dataclass(frozen=True, slots=True)
class Figures:
    """Of some time of it."""

    at: float
    """Minutes since it began."""
    rate: float
    """Changes a second that were seen."""
    p50: float
    p99: float
    """Seconds from the file until it came over the stream."""
    memory: dict[str, float]
    """MB resident, by part; of several processes of one part the largest."""
    database: float
    """MB of its pages, wherever they are."""
    journal: int
    history: int
    """Rows."""


Told = Callable[[Figures], object]


@dataclass
class Seen:
    """What a reader saw."""

    latencies: list[float] = field(default_factory=list)
    """Of the statuses since figures were last taken."""
    statuses: int = 0
    last: int = 0
    """Sequence."""
    answers: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    figures: Sequence[Figures]
    written: int
    """Changes."""
    streamed: int
    followed: int
    answers: int
    """To the readers of pages and documents."""
    base: float
    """MB in use once all is forgotten: the network, its ledger, its evaluation."""
    processor: dict[str, float]
    """Seconds of it that a change took, by part, with all that readers had of it."""
    row_bytes: dict[str, float]
    """By table, with its indexes."""
    left: dict[str, int]
    """Rows after all has been forgotten that may be."""


def soak(bench: Workbench, scale: Scale, told: Told = lambda one: None) -> Outcome:
    """`told` gets figures as they are taken. Raises AssertionError where a change was not seen, or something is not forgotten."""
    statuses, file, database = Statuses(bench.network), bench.folder / "soak.json", bench.copy("soak")
    _write(file, statuses.body())
    source = {"name": "statuses", "type": "file", "statuses": str(file), "roles": ["status"], "status_every": "500ms"}
    with chargefeed(
        bench.folder, database, PARTS, [source], module="tests.bench.without_history", **scale.settings()
    ) as servers:
        for path in ("/readyz", *PATHS):  # documents are there when they have been written for the first time
            wait_for(lambda path=path: requests.get(servers.url + path, timeout=60).ok, PATIENCE_S)
        with _Readers(servers) as readers:
            driver, before = _Driver(bench, scale, statuses, file, readers, told), _processor_s(servers)
            figures = driver.run(lambda at, rate, seen: _figures(at, rate, seen, servers, database))
            wait_for(lambda: readers.streamed.statuses == readers.followed.statuses == driver.written, PATIENCE_S)
            full, after = _taken(database), _processor_s(servers)
        left = _forgotten(database, bench.evses, PATIENCE_S + 2 * scale.statuses_s)
        row_bytes, base = _row_bytes(full, _taken(database)), _in_use(database)
        _begin_anew(servers)
    seen = readers.streamed.statuses, readers.followed.statuses, readers.pages.answers
    processor = {name: (after[name] - before[name]) / driver.written for name in PARTS}
    return Outcome(figures, driver.written, *seen, base, processor, row_bytes, left)


class _Driver:
    """Has EVSEs change at the rate, each again once its last change was seen."""

    def __init__(
        self, bench: Workbench, scale: Scale, statuses: Statuses, file: Path, readers: _Readers, told: Told
    ) -> None:
        self._uids = list(bench.network.uids())
        self._told = told
        self._scale, self._statuses, self._file, self._readers = scale, statuses, file, readers
        self._places = count()
        self.written = 0

    def run(self, taken: Callable[[float, float, Seen], Figures]) -> list[Figures]:
        begin = time.monotonic()
        end, due, before, figures = (
            begin + self._scale.minutes * 60,
            begin + self._scale.figures_s,
            begin,
            list[Figures](),
        )
        while (now := time.monotonic()) < end or not figures:
            self._round()
            if now >= due:
                seen = self._readers.take()
                figures.append(taken((now - begin) / 60, len(seen.latencies) / (now - before), seen))
                self._told(figures[-1])
                before, due = now, due + self._scale.figures_s
            time.sleep(max(0.0, now + ROUND_S - time.monotonic()))
        return figures

    def _round(self) -> None:
        places = [place % len(self._uids) for place in islice(self._places, round(self._scale.rate * ROUND_S))]
        changed = [self._uids[place] for place in places]
        wait_for(lambda: self._readers.outstanding.keys().isdisjoint(changed), PATIENCE_S)
        self._statuses.change(places, CLOCK.now())
        self._readers.outstanding.update(dict.fromkeys(changed, time.perf_counter()))
        _write(self._file, self._statuses.body())
        self.written += len(places)


class _Readers:
    """One listens to the stream, one follows the changes, one asks for pages and documents."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self.streamed, self.followed, self.pages = Seen(), Seen(), Seen()
        self.outstanding: dict[str, float] = {}
        """EVSE → when it changed, until the stream told it."""
        self._over = threading.Event()
        self._errors: list[Exception] = []

    def __enter__(self) -> _Readers:
        self.streamed.last = self.followed.last = self._get("/open/changes")["head"]
        self._connection = HTTPConnection(urlsplit(self._servers.stream_url).netloc, timeout=PATIENCE_S)
        self._connection.request("GET", f"/open/stream?since={self.streamed.last}")
        self._answer = self._connection.getresponse()
        self._threads = [
            threading.Thread(target=self._guarded, args=(one,)) for one in (self._listen, self._follow, self._ask)
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        with suppress(OSError):
            self._connection.sock.shutdown(2)
        for thread in self._threads:
            thread.join()
        assert not self._errors, self._errors

    def take(self) -> Seen:
        taken, self.streamed.latencies = Seen(self.streamed.latencies), []
        return taken

    def _guarded(self, read: Callable[[], None]) -> None:
        try:
            read()
        except Exception as error:  # noqa: BLE001 — it is told at the end
            if not self._over.is_set():
                self._errors.append(error)

    def _listen(self) -> None:
        with suppress(HTTPException):  # it is cut at the end
            while line := self._answer.readline():
                if line.startswith(b"data:"):
                    self._hear(orjson.loads(line[5:]))

    def _hear(self, change: dict[str, object]) -> None:
        if change.get("op") == "status":
            begin = self.outstanding.pop(str(change["evse_uid"]), None)
            if begin is not None:
                self.streamed.latencies.append(time.perf_counter() - begin)
                self.streamed.statuses += 1

    def _follow(self) -> None:
        while not self._over.wait(0.2):
            page = self._get(f"/open/changes?since={self.followed.last}")
            self.followed.statuses += sum(change["op"] == "status" for change in page["data"])
            self.followed.last = page["next"]

    def _ask(self) -> None:
        with requests.Session() as session:
            for number in count():
                if self._over.wait(0.05):
                    return
                session.get(self._servers.url + PATHS[number % len(PATHS)], timeout=PATIENCE_S).raise_for_status()
                self.pages.answers += 1

    def _get(self, path: str) -> dict[str, object]:
        answer = requests.get(self._servers.url + path, timeout=PATIENCE_S)
        answer.raise_for_status()
        return orjson.loads(answer.content)


def _figures(at: float, rate: float, seen: Seen, servers: Servers, database: Path) -> Figures:
    memory = {name: max(map(_resident_mb, servers.pids(name))) for name in PARTS}
    p50, p99 = (percentile(seen.latencies, share) if seen.latencies else 0.0 for share in (0.5, 0.99))
    rows = _rows(database)
    return Figures(at, rate, p50, p99, memory, _size(database), rows["journal"], rows["history"])


def _processor_s(servers: Servers) -> dict[str, float]:
    """Taken so far, by part."""
    ticks = {name: sum(map(_ticks, servers.pids(name))) for name in PARTS}
    return {name: number / os.sysconf("SC_CLK_TCK") for name, number in ticks.items()}


def _ticks(pid: int) -> int:
    *_, user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:13]
    return int(user) + int(system)


def _resident_mb(pid: int) -> float:
    [line] = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1000


def _size(database: Path) -> float:
    pages, _, size = _pages(database)
    return pages * size / 1e6


def _in_use(database: Path) -> float:
    pages, free, size = _pages(database)
    return (pages - free) * size / 1e6


def _pages(database: Path) -> list[int]:
    """How many, how many of them are free, and bytes of each: with what only the write-ahead log has."""
    with _opened(database) as connection:
        names = ("page_count", "freelist_count", "page_size")
        return [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]


@contextmanager
def _opened(database: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=PATIENCE_S)) as connection:
        yield connection


def _rows(database: Path) -> dict[str, int]:
    with _opened(database) as connection:
        return {
            name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("journal", "history")
        }


def _taken(database: Path) -> dict[str, tuple[int, int]]:
    """(rows, bytes with indexes) by table."""
    sized = "SELECT sum(pgsize - unused) FROM dbstat JOIN sqlite_master USING (name) WHERE tbl_name = ?"
    rows = _rows(database)
    with _opened(database) as connection:
        return {name: (rows[name], connection.execute(sized, (name,)).fetchone()[0]) for name in rows}


def _row_bytes(full: dict[str, tuple[int, int]], left: dict[str, tuple[int, int]]) -> dict[str, float]:
    """Of what went: what stays of the journal are whole locations."""
    return {name: (size - left[name][1]) / max(1, rows - left[name][0]) for name, (rows, size) in full.items()}


def _forgotten(database: Path, evses: int, within_s: float) -> dict[str, int]:
    """Rows, once nothing more is to go: of the journal by which locations came, of the history four of each EVSE at most."""

    def is_done() -> bool:
        with _opened(database) as connection:
            kept = connection.execute("SELECT seq - oldest FROM feed_head").fetchone()[0]
        return kept < 0 and _rows(database)["history"] <= 4 * evses

    wait_for(is_done, within_s)
    rows = _rows(database)
    assert rows["journal"] <= evses / EVSES, "none but those by which locations came"
    return rows


def _begin_anew(servers: Servers) -> None:
    """A reader that is too late is told where to begin, and can."""
    late = requests.get(f"{servers.url}/open/changes?since=1", timeout=PATIENCE_S)
    assert late.status_code == 410
    manifest = requests.get(late.json()["data"]["manifest"], timeout=PATIENCE_S).json()
    for file in manifest["files"]:
        again = requests.get(f"{servers.url}/open/changes?since={file['unchanged_until']}", timeout=PATIENCE_S)
        assert again.ok, file["path"]


def _write(file: Path, body: bytes) -> None:
    part = file.with_suffix(".part")
    part.write_bytes(body)
    part.rename(file)


# what it says


GROWTH = 1.1
"""Memory and database at the end, as a multiple of those after the first third …"""
SLOWER = 1.5
"""… and the median latency."""
LATE = 2.0
"""Rows that are kept, as a multiple of rate x retention: pruning comes a quarter of it later, and waits for the
documents; some pages are half empty."""


def expected_mb(outcome: Outcome, scale: Scale) -> float:
    """Of the database at most, by the arithmetic of deploy/scale.md."""
    kept = {"journal": scale.changes_s, "history": scale.statuses_s}
    return outcome.base + sum(scale.rate * LATE * kept[name] * size for name, size in outcome.row_bytes.items()) / 1e6


def verdicts(outcome: Outcome, scale: Scale) -> dict[str, bool]:
    third = max(1, len(outcome.figures) // 3)
    after, last = outcome.figures[third : 2 * third] or outcome.figures, outcome.figures[-third:]

    def grew(figure: Callable[[Figures], float], most: float) -> bool:
        return median(map(figure, last)) <= most * median(map(figure, after))

    flat = {f"memory of {part} flat": grew(lambda one, part=part: one.memory[part], GROWTH) for part in PARTS}
    size = max(one.database for one in outcome.figures)
    return flat | {
        "latency flat": grew(lambda one: one.p50, SLOWER),
        "database flat": grew(lambda one: one.database, GROWTH),
        f"database {size:.0f} MB, at most {expected_mb(outcome, scale):.0f} MB": size <= expected_mb(outcome, scale),
    }


def line(one: Figures) -> str:
    memory = " | ".join(f"{one.memory[part]:.0f}" for part in PARTS)
    times, rows = f"{one.p50 * 1000:.0f} | {one.p99 * 1000:.0f}", f"{one.database:.0f} | {one.journal} | {one.history}"
    return f"| {one.at:.1f} | {one.rate:.0f} | {times} | {memory} | {rows} |"


def report(outcome: Outcome, scale: Scale) -> str:
    lines = [
        "| minute | changes/s | p50 ms | p99 ms | worker MB | web MB | stream MB | database MB | journal | history |"
    ]
    lines.append("|---" * 10 + "|")
    lines += map(line, outcome.figures)
    taken = ", ".join(f"{seconds * 1000:.2f} ms of {part}" for part, seconds in outcome.processor.items())
    lines.append(f"processor time of a change, with all that readers had: {taken}")
    sizes = ", ".join(f"{size:.0f} bytes a row of {name}" for name, size in outcome.row_bytes.items())
    lines.append(
        f"{outcome.written} changes, all seen by the stream and in the changes; {outcome.answers} other answers; {sizes}"
    )
    lines += [f"{'yes' if met else 'NO '} {what}" for what, met in verdicts(outcome, scale).items()]
    return "\n".join(lines) + "\n"
