"""A bucket that is gone, silent, slow, broken, closed or empty, while the network goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import boto3
import pytest

from app.store.s3 import S3Store
from tests.e2e.cluster import Cluster, Kept, running, say
from tests.e2e.promises import nothing_is_lost, nothing_went_back, the_journal_has_no_gap
from tests.e2e.watching import DOCUMENT
from tests.processes import wait_for
from tests.publish.stores import is_whole
from tests.relay import Line, Relays
from tests.store.conftest import REGION, credentials
from tests.store.servers import Breakage, Fault, FaultyProxy, MotoServer

__all__ = ["credentials"]

BUCKET = "feed"


class Shelf:
    """A bucket behind a line that can be cut and a proxy that breaks."""

    def __init__(self) -> None:
        self._server = MotoServer()
        self._proxy = FaultyProxy(self._server.port)
        self._relays = Relays(self._proxy.port)
        self._line = self._relays.open()
        self._make_bucket()

    @property
    def kept(self) -> Kept:
        behind = {"bucket": BUCKET, "endpoint_url": f"http://127.0.0.1:{self._line.port}", "region": REGION}
        return Kept({"s3": behind}, S3Store(BUCKET, endpoint_url=self._server.url, region=REGION))

    @contextmanager
    def line(self, line: Line) -> Iterator[None]:
        self._line.set(line)
        yield
        self._line.set(Line.PASSES)

    @contextmanager
    def broken(self, breakage: Breakage) -> Iterator[None]:
        self._proxy.faults = [Fault("*", breakage, times=1_000_000)]
        yield
        self._proxy.faults = []

    @contextmanager
    def lost(self) -> Iterator[None]:
        """It comes back with nothing in it."""
        self._server.stop()
        yield
        self._server = MotoServer(self._server.port)
        self._make_bucket()

    def close(self) -> None:
        self._relays.close()
        self._proxy.stop()
        self._server.stop()

    def _make_bucket(self) -> None:
        client = boto3.client("s3", endpoint_url=self._server.url, region_name=REGION)
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})


@pytest.fixture
def shelf(credentials: None) -> Iterator[Shelf]:
    made = Shelf()
    yield made
    made.close()


@pytest.fixture
def cluster(tmp_path: Path, postgres_url: str, shelf: Shelf) -> Iterator[Cluster]:
    made = Cluster(tmp_path, postgres_url, shelf.kept, workers=1, webs=1)
    with running(made):
        yield made


def faults(shelf: Shelf) -> dict[str, Callable[[], AbstractContextManager[None]]]:
    return {
        "gone": lambda: shelf.line(Line.REFUSES),
        "503 each time": lambda: shelf.broken("503"),
        "AccessDenied": lambda: shelf.broken("403"),
        "silent": lambda: shelf.line(Line.SWALLOWS),
        "slow": lambda: shelf.broken("slow"),
        "lost": shelf.lost,
    }


AWAY_S, MOST_SILENCE_S = 30.0, 5.0


@pytest.mark.slow
def test_while_the_bucket_fails_the_feed_goes_on_and_what_is_named_is_whole(cluster: Cluster, shelf: Shelf) -> None:
    for name, fault in faults(shelf).items():
        before, since = cluster.feed.reads.copy(), time.time()
        with fault():
            cluster.keep_running(AWAY_S)
            if name != "lost":
                what_the_manifest_names_is_whole(cluster)
        head, began = cluster.head(), time.monotonic()
        wait_for(lambda head=head: is_published(cluster, head), 90)
        back = time.monotonic() - began
        reads = cluster.feed.reads - before
        refused = {f"{path} {outcome}": count for (path, outcome), count in reads.items() if outcome != "200"}
        live = cluster.longest_silence(since)
        say(
            f"{name}: documents {back:.1f} s after it was back; live {live}; of {reads.total()} not answered: {refused}"
        )
        assert max(live.values()) < MOST_SILENCE_S
    cluster.backend.finish()
    wait_for(cluster.is_level, 60, every=0.5)
    say(cluster.feed.report())
    nothing_is_lost(cluster)
    the_journal_has_no_gap(cluster.engine)
    nothing_went_back(cluster)
    what_the_manifest_names_is_whole(cluster)
    only_documents_were_refused(cluster)


def is_published(cluster: Cluster, head: int) -> bool:
    manifest = cluster.manifest()
    return manifest is not None and manifest.sequence >= head


def what_the_manifest_names_is_whole(cluster: Cluster) -> None:
    manifest = cluster.manifest()
    assert manifest is not None
    assert all(is_whole(cluster.store, file, file.version) for file in manifest.files)


def only_documents_were_refused(cluster: Cluster) -> None:
    assert {read for read in cluster.feed.reads if read[1] != "200"} <= {(DOCUMENT, "503")}
