"""Several processes write one database at once, one of them stalls inside its commit and the clock of one steps back: who
follows the feed by sequence or by date misses nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Engine

from app.clock import parse_time
from app.model.batch import Kind
from app.registry.database import open_engine, reading
from app.registry.projection import PublicFeed, PublicReader
from app.registry.replay import current, replay
from tests.registry.reading import EVERYTHING, follow
from tests.shared import ROOT

STALL_S = 1.0


class Writer:
    """A process of tests/registry/writing.py."""

    def __init__(self, url: str, source: str, batches: int, *how: str) -> None:
        command = [sys.executable, "-m", "tests.registry.writing", url, source, str(batches), *how]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, bufsize=1
        )

    def says(self) -> dict[str, Any]:
        assert self.process.stdout
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found

    def go(self) -> None:
        assert self.process.stdin
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def rest(self) -> list[dict[str, Any]]:
        assert self.process.stdout
        said = [json.loads(line) for line in self.process.stdout]
        assert self.process.wait(30) == 0
        return said


class BySequence:
    """A mirror that knows `/open/changes` alone."""

    def __init__(self) -> None:
        self.since = 0
        self.mirror: dict[tuple[str, str], dict[str, Any]] = {}
        self.seen: list[dict[str, Any]] = []

    def poll(self, reader: PublicReader) -> None:
        page = reader.changes(self.since, 7)
        while page.changes:
            for change in page.changes:
                if change["type"] in ("location", "status"):
                    key = change.get("id", change.get("location_id"))
                    follow(self.mirror, {**change, "id": f"{change['party']}/{key}"} | self._of_party(change))
            self.seen += page.changes
            self.since = page.next
            page = reader.changes(self.since, 7)

    def _of_party(self, change: dict[str, Any]) -> dict[str, Any]:
        return {"location_id": f"{change['party']}/{change['location_id']}"} if "location_id" in change else {}


class ByDate:
    """A mirror that pulls with the head's stamp as its next `date_from` (OCPI)."""

    def __init__(self) -> None:
        self.date_from = 0
        self.mirror: dict[str, dict[str, Any]] = {}

    def poll(self, reader: PublicReader) -> None:
        ordinals = reader.ordinals(Kind.LOCATIONS, EVERYTHING, self.date_from, None)
        for item in reader.objects(Kind.LOCATIONS, ordinals):
            self.mirror[f"{item.country_code}*{item.party_id}/{item.id}"] = item.body
        self.date_from = reader.head().published_at


@pytest.fixture
def written(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


def write_at_once(url: str, engine: Engine, batches: int) -> tuple[BySequence, ByDate, list[dict[str, Any]]]:
    """Four writers, and the two readers that poll while they write."""
    feed, by_sequence, by_date = PublicFeed(engine), BySequence(), ByDate()

    def poll() -> int:
        for mirror in (by_sequence, by_date):
            with feed.read() as reader:
                mirror.poll(reader)
        return by_sequence.since

    ways = {"AAA": ("stall",), "BBB": ("back",), "CCC": ("jitter",), "DDD": ()}
    writers = [Writer(url, source, batches, *how) for source, how in ways.items()]
    for writer in writers:
        assert "ready" in writer.says()
    for writer in writers:
        writer.go()
    acknowledged = []
    while "stopped" not in (line := writers[0].says()):
        acknowledged.append(line)
        poll()
    stopped_at = poll()
    time.sleep(STALL_S)
    assert poll() == stopped_at, "nothing overtakes a commit that stands"
    os.kill(writers[0].process.pid, signal.SIGCONT)
    while any(writer.process.poll() is None for writer in writers[1:]):
        poll()
        time.sleep(0.02)
    for writer in writers:
        acknowledged += writer.rest()
    poll()
    return by_sequence, by_date, [line for line in acknowledged if "seq" in line]


def check(engine: Engine, batches: int, by_sequence: BySequence, by_date: ByDate, acknowledged: list[Any]) -> None:
    entries = 4 * (2 * batches - 2)
    assert [change["seq"] for change in by_sequence.seen] == list(range(1, entries + 1))
    stamps = [parse_time(change["published_at"]) for change in by_sequence.seen]
    assert all(earlier <= later for earlier, later in pairwise(stamps))
    assert len(acknowledged) == 4 * batches
    commits = sorted((line["seq"], line["published_at"]) for line in acknowledged)
    assert all(earlier[1] < later[1] for earlier, later in pairwise(commits)), "each commit has a later stamp"
    with PublicFeed(engine).read() as reader:
        published = {
            f"{item.country_code}*{item.party_id}/{item.id}": item.body
            for item in reader.objects(Kind.LOCATIONS, reader.ordinals(Kind.LOCATIONS, EVERYTHING, None, None))
        }
    assert len(published) == 4 * batches
    assert by_date.mirror == published
    assert {key: body for (_, key), body in by_sequence.mirror.items()} == published
    with reading(engine) as connection:
        assert replay(connection) == current(connection)


def test_four_writers_a_stalled_commit_and_a_clock_that_steps_back(database_url: str, written: Engine) -> None:
    check(written, 12, *write_at_once(database_url, written, 12))


@pytest.mark.slow
def test_four_writers_for_long(database_url: str, written: Engine) -> None:
    check(written, 250, *write_at_once(database_url, written, 250))
