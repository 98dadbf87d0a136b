"""Threads that read while others write, on SQLite and on PostgreSQL; and a writer of snapshots that is killed."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pytest

from app.publish.documents import read_document
from app.publish.feed import Feed
from app.publish.pages import Query, page
from app.publish.publications import Publication
from app.store.directory import DirectoryStore
from tests.publish.backend import Backend, catalogue_of, demo_locations, demo_tariffs, dressed
from tests.publish.stores import is_whole, manifest_of

BODIES = demo_locations(210)
HIDDEN_AT_TIMES = range(40, 60)


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    sqlite = request.param == "sqlite"
    backend = Backend(f"sqlite:///{tmp_path}/registry.db" if sqlite else request.getfixturevalue("postgres_url"))
    backend.put_tariffs(*demo_tariffs())
    backend.put_locations(*(dressed(body, publish=True) for body in BODIES))
    yield backend
    backend.registry.engine.dispose()


def test_crawls_while_the_network_changes(backend: Backend) -> None:
    """Each reader finds all that was public throughout, once, in order; at the end all see what a new process sees."""
    feed, over, draw = backend.feed(), threading.Event(), random.Random(1)
    publication = catalogue_of({("DE*DEM", "DEU")})["/open/ocpi/2.2.1/locations.json"]
    throughout = {body["id"] for place, body in enumerate(BODIES) if place not in HIDDEN_AT_TIMES}

    def read(limit: int) -> int:
        crawls = 0
        while not over.is_set():
            seen = crawl(feed, publication, limit)
            assert len(seen) == len(set(seen))
            assert throughout <= set(seen)
            crawls += 1
        return crawls

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read, limit) for limit in (100, 100, 37)]
        try:
            for number in range(15):
                body = BODIES[draw.choice(HIDDEN_AT_TIMES)]
                backend.put_locations(dressed(body, publish=number % 2 == 0, name=f"Name {number}"))
                backend.say(BODIES[draw.randrange(210)]["evses"][0]["uid"], draw.choice(["CHARGING", "AVAILABLE"]))
        finally:
            over.set()
        assert all(reader.result() for reader in readers)
    assert whole(feed, publication) == whole(backend.feed(), publication)


def crawl(feed: Feed, publication: Publication, limit: int) -> list[str]:
    seen, after = list[str](), -1
    while True:
        found = page(feed, publication, Query(limit, after=after))
        assert found.count <= limit
        seen += [body["id"] for body in orjson.loads(found.body(None))["data"]]
        if found.next is None:
            return seen
        after = found.next


def whole(feed: Feed, publication: Publication) -> bytes:
    with feed.read() as read:
        return b"".join(read_document(feed, publication, read).plain(0))


WRITER = """
import sys
from pathlib import Path
from app.publish.shelf import Pace
from app.publish.snapshots import Snapshots
from app.store.directory import DirectoryStore
from tests.publish.backend import Backend, catalogue_of, demo_locations, dressed

backend, bodies = Backend("sqlite:///" + sys.argv[1]), demo_locations(30)
snapshots = Snapshots(backend.feed(), DirectoryStore(Path(sys.argv[2])), catalogue_of, backend.clock, Pace(0, 0, 0))
number = int(sys.argv[3])
while True:
    number += 1
    backend.put_locations(dressed(bodies[number % 30], publish=True, name=f"Name {number}"))
    print(snapshots.run(everything=True).sequence, flush=True)
"""


@pytest.mark.slow
def test_a_killed_writer_leaves_a_whole_snapshot_each_time(tmp_path: Path) -> None:
    store, draw = DirectoryStore(tmp_path / "public"), random.Random(2)
    for number in range(10):
        command = [
            sys.executable,
            "-c",
            WRITER,
            str(tmp_path / "registry.db"),
            str(tmp_path / "public"),
            str(number * 7),
        ]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
        assert process.stdout is not None
        process.stdout.readline()
        acknowledged = int(process.stdout.readline())
        time.sleep(draw.uniform(0, 0.2))
        process.send_signal(signal.SIGKILL)
        acknowledged = max([acknowledged, *map(int, process.stdout.read().split())])
        process.wait()
        manifest = manifest_of(store)
        assert manifest.sequence >= acknowledged
        assert all(is_whole(store, file, file.version) for file in manifest.files)
