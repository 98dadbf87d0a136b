"""Snapshots become visible all at once, and whatever breaks, what the manifest names is whole."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterable, Mapping
from hashlib import sha256

import orjson
import pytest

from app.clock import ManualClock, format_time
from app.errors import LeaseLost, StoreConflict, StoreError
from app.formats.base import Cadence, Envelope, Format
from app.model.batch import Kind
from app.publish import segments
from app.publish.block import Rendering
from app.publish.feed import Feed
from app.publish.files import Files
from app.publish.index import Scope
from app.publish.manifest import File
from app.publish.publications import Publication
from app.publish.shelf import Pace
from app.publish.snapshots import Report, Snapshots
from app.registry.projection import View
from app.store.base import Encoding, Label, Store, Stored
from app.store.directory import DirectoryStore
from tests.publish.forms import Plain
from tests.publish.network import Network
from tests.publish.stores import FailingStore, decoded, document_of, is_whole, manifest_of, stored_bytes
from tests.store.servers import Fault, FaultyProxy

ALL, ONE, SLOW = "/open/locations.json", "/open/party/FR-XYZ/locations.json", "/open/slow.json"


class Publisher:
    """One process that writes snapshots of a network."""

    def __init__(self, network: Network, store: Store, clock: ManualClock, form: Format | None = None) -> None:
        self.form = form or Plain()
        feed = Feed(network, network.stamp, clock)
        self.snapshots = Snapshots(feed, store, self.catalogue, clock, Pace(10, 600, 120), {"licence": "CC0"})

    def catalogue(self, scopes: Iterable[Scope]) -> Mapping[str, Publication]:
        rendering = Rendering(self.form, Kind.LOCATIONS)
        found = [Publication(ALL, rendering), Publication(SLOW, rendering, cadence=Cadence.STATIC)]
        for party in sorted({party for party, _ in scopes}):
            path = f"/open/party/{party.replace('*', '-')}/locations.json"
            found.append(Publication(path, rendering, View(parties=frozenset({party}))))
        return {publication.path: publication for publication in found}

    def run(self, lease_epoch: int = 0, *, everything: bool = False) -> Report:
        return self.snapshots.run(lease_epoch, everything=everything)


@pytest.fixture
def network() -> Network:
    network = Network()
    for number in range(250):
        network.add(f"text {number}", party="FR*XYZ" if number < 40 else "DE*ABC")
    return network


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(int(time.time() * 1000))


def assert_whole(store: Store) -> None:
    manifest = manifest_of(store)
    for file in manifest.files:
        assert is_whole(store, file, file.version)
    for segment in manifest.changes.segments:
        fetched = store.get(segment.path[1:])
        assert fetched is not None
        assert sha256(fetched.read()).hexdigest() == segment.sha256


def test_the_manifest_says_what_there_is(network: Network, store: Store, clock: ManualClock) -> None:
    report = Publisher(network, store, clock).run()
    manifest = manifest_of(store)
    assert [file.path for file in manifest.files] == [ALL, SLOW, "/open/party/DE-ABC/locations.json", ONE]
    assert list(report.written) == [file.path for file in manifest.files]
    assert (manifest.sequence, manifest.epoch, manifest.next_date_from) == (250, "e", format_time(250))
    assert manifest.about == {"licence": "CC0"}
    assert [file.count for file in manifest.files] == [250, 250, 210, 40]
    for file in manifest.files:
        assert is_whole(store, file, file.path)
        assert is_whole(store, file, file.version)
        listed = orjson.loads(document_of(store, file.path))["data"]
        assert len(listed) == file.count
    assert (report.previous, report.sequence, report.visible_at) == (0, 250, clock.now())


def test_nothing_is_written_while_nothing_changes(network: Network, directory: Store, clock: ManualClock) -> None:
    counting = FailingStore(directory)
    publisher = Publisher(network, counting, clock)
    publisher.run()
    counting.written.clear()
    clock.advance(seconds=10)
    report = publisher.run()
    assert counting.written == []
    assert (report.written, report.unchanged) == ((), 3)


def test_a_manifest_is_renewed_before_a_reader_might_think_it_dead(
    network: Network, directory: Store, clock: ManualClock
) -> None:
    publisher = Publisher(network, directory, clock)
    publisher.run()
    clock.advance(seconds=601)
    publisher.run()
    assert manifest_of(directory).generated == format_time(clock.now())


def test_only_what_changed_is_written(network: Network, store: Store, clock: ManualClock) -> None:
    publisher = Publisher(network, store, clock)
    publisher.run()
    before = manifest_of(store)
    network.change(7, "new")
    clock.advance(seconds=10)
    report = publisher.run()
    after = manifest_of(store)
    assert report.written == (ALL, ONE)
    assert report.rendered == 1
    assert (report.previous, report.sequence) == (250, 251)
    untouched = after.file("/open/party/DE-ABC/locations.json")
    assert untouched == before.files[2].model_copy(update={"unchanged_until": 251})
    assert_whole(store)


def test_static_files_wait_for_their_time(network: Network, directory: Store, clock: ManualClock) -> None:
    publisher = Publisher(network, directory, clock)
    publisher.run()
    network.change(7, "new")
    clock.advance(seconds=10)
    assert SLOW not in publisher.run().written
    assert SLOW in publisher.run(everything=True).written
    network.change(7, "newer")
    clock.advance(seconds=600)
    assert SLOW in publisher.run().written


def test_publications_of_the_same_content_share_a_version(
    network: Network, directory: Store, clock: ManualClock
) -> None:
    Publisher(network, directory, clock).run()
    manifest = manifest_of(directory)
    assert manifest.files[0].version == manifest.files[1].version
    assert len(list(directory.list("open/snapshots/"))) == 3 * len(Encoding)


def test_what_this_program_renders_otherwise_is_written_again(
    network: Network, directory: Store, clock: ManualClock
) -> None:
    class Other(Plain):
        def suffix(self, envelope: Envelope) -> bytes:
            return b'],"other":%d}' % envelope.stamp

    Publisher(network, directory, clock).run()
    assert Publisher(network, directory, clock).run().written == ()
    assert len(Publisher(network, directory, clock, Other()).run().written) == 4
    assert b"other" in document_of(directory, ALL)


@pytest.mark.parametrize("late", [False, True])
def test_a_crash_between_any_two_writes_leaves_a_whole_snapshot(
    network: Network, clock: ManualClock, tmp_path_factory: pytest.TempPathFactory, late: bool
) -> None:
    writes, reached = 0, set()
    while "end" not in reached:
        store = DirectoryStore(tmp_path_factory.mktemp("store"))
        Publisher(network, store, clock).run()
        before = {file.path: document_of(store, file.path) for file in manifest_of(store).files}
        old = manifest_of(store)
        network.change(7, f"new {writes}")
        publisher = Publisher(network, FailingStore(store, writes, late=late), clock)
        try:
            publisher.run(everything=True)
            reached.add("end")
        except StoreError:
            pass
        assert_whole(store)
        now = manifest_of(store)
        if now.sequence == old.sequence:
            reached.add("before the manifest")
            assert now == old
            assert {file.path: document_of(store, file.path) for file in now.files} == before
        else:
            reached.add("behind the manifest")
            for file in now.files:
                allowed = (before[file.path], document_of(store, file.version))
                assert all(decoded(stored_bytes(store, file.path, coding), coding) in allowed for coding in Encoding)
        Publisher(network, store, clock).run()
        repaired = manifest_of(store)
        assert repaired.sequence == network.seq
        assert all(is_whole(store, file, file.path) for file in repaired.files)
        writes += 1
    assert reached == {"before the manifest", "behind the manifest", "end"}
    assert writes > 8


@pytest.mark.parametrize("breakage", ["403", "500", "lose request"])
def test_an_s3_that_fails_in_the_middle_leaves_the_old_snapshot(
    network: Network, s3: Store, proxy: FaultyProxy, clock: ManualClock, breakage: str
) -> None:
    Publisher(network, s3, clock).run()
    old = manifest_of(s3)
    network.change(7, "new")
    publisher = Publisher(network, s3, clock)
    for fault in (Fault("PUT", breakage, skip=6), Fault("PUT", breakage, ending="manifest.json")):  # type: ignore[arg-type]
        proxy.faults = [fault]
        with pytest.raises(StoreError):
            publisher.run()
        assert manifest_of(s3) == old
        assert all(is_whole(s3, file, file.path) for file in old.files)
    proxy.faults = []
    publisher.run()
    assert all(is_whole(s3, file, file.path) for file in manifest_of(s3).files)
    assert manifest_of(s3).sequence == network.seq


def test_a_bucket_that_came_back_empty_gets_everything(network: Network, s3: Store, clock: ManualClock) -> None:
    publisher = Publisher(network, s3, clock)
    publisher.run()
    for entry in list(s3.list("open/")):
        s3.delete(entry.key)
    publisher.run()
    found = manifest_of(s3)
    assert found.sequence == network.seq
    assert all(is_whole(s3, file, file.path) for file in found.files)


def test_dates_do_not_go_back_with_the_clock(network: Network, directory: Store, clock: ManualClock) -> None:
    publisher = Publisher(network, directory, clock)
    publisher.run()
    before = manifest_of(directory)
    clock.advance(seconds=-3600)
    network.change(7, "new")
    publisher.run(everything=True)
    after = manifest_of(directory)
    assert (after.sequence, after.generated) == (network.seq, before.generated)
    assert {file.generated for file in after.files} == {before.generated}
    clock.advance(seconds=3601)
    network.change(7, "newer")
    publisher.run(everything=True)
    assert manifest_of(directory).generated > before.generated


def test_superseded_versions_stay_for_a_while(network: Network, directory: Store, clock: ManualClock) -> None:
    publisher = Publisher(network, directory, clock)
    publisher.run()
    first = manifest_of(directory)
    network.change(7, "new")
    clock.advance(seconds=10)
    publisher.run()
    clock.advance(seconds=119)
    publisher.run()
    assert all(is_whole(directory, file, file.version) for file in first.files)
    clock.advance(seconds=2)
    publisher.run()
    publisher.run()
    gone = first.file(ONE)
    assert gone is not None
    assert directory.get(directory.name(gone.version[1:], Encoding.GZIP)) is None
    assert manifest_of(directory).superseded == ()
    assert_whole(directory)


def test_the_address_of_a_party_that_left_is_deleted(network: Network, directory: Store, clock: ManualClock) -> None:
    publisher = Publisher(network, directory, clock)
    publisher.run()
    for ordinal in range(40):
        network.hide(ordinal)
    clock.advance(seconds=10)
    publisher.run()
    assert manifest_of(directory).file(ONE) is None
    clock.advance(seconds=10)
    publisher.run()
    assert directory.get(directory.name(ONE[1:], Encoding.GZIP)) is None
    clock.advance(seconds=200)
    publisher.run()
    assert not [entry.key for entry in directory.list("open/") if "XYZ" in entry.key]
    network.show(0)
    clock.advance(seconds=10)
    publisher.run()
    assert orjson.loads(document_of(directory, ONE))["data"] == [{"id": "L0", "text": "text 0"}]


def test_what_a_crash_left_behind_is_removed_in_time(network: Network, directory: Store, clock: ManualClock) -> None:
    with pytest.raises(StoreError):
        Publisher(network, FailingStore(directory, 2), clock).run()
    assert len(list(directory.list("open/snapshots/"))) == 2
    network.change(0, "new")
    publisher = Publisher(network, directory, clock)
    publisher.run()
    clock.advance(seconds=3700)
    publisher.run()
    assert len(list(directory.list("open/snapshots/"))) == 3 * len(Encoding)
    assert_whole(directory)


def test_a_worker_with_an_older_lease_writes_nothing(network: Network, directory: Store, clock: ManualClock) -> None:
    older, newer = Publisher(network, directory, clock), Publisher(network, directory, clock)
    older.run(1)
    network.change(0, "new")
    newer.run(2)
    network.change(0, "newer")
    with pytest.raises(LeaseLost):
        older.run(1)
    assert manifest_of(directory).sequence == network.seq - 1


def test_a_feed_that_began_a_new_life_is_published_over_the_old_one(
    network: Network, directory: Store, clock: ManualClock
) -> None:
    Publisher(network, directory, clock).run(7)
    network.epoch = "another"
    Publisher(network, directory, clock).run(1)
    assert (manifest_of(directory).epoch, manifest_of(directory).lease_epoch) == ("another", 1)


def test_of_two_workers_that_write_at_once_one_succeeds(network: Network, directory: Store, clock: ManualClock) -> None:
    class Overtaken(FailingStore):
        def put_if_match(self, *arguments: object) -> object:  # type: ignore[override]
            Publisher(network, directory, clock).run(2)
            return self._store.put_if_match(*arguments)  # type: ignore[arg-type]

    Publisher(network, directory, clock).run(1)
    network.change(0, "new")
    slept = Publisher(network, Overtaken(directory), clock)
    with pytest.raises(StoreConflict):
        slept.run(1)
    assert manifest_of(directory).lease_epoch == 2
    assert_whole(directory)


def test_a_worker_that_slept_does_not_put_old_files_over_newer_ones(
    network: Network, directory: Store, clock: ManualClock
) -> None:
    class Sleeping(FailingStore):
        def put_if_match(self, *arguments: object) -> object:  # type: ignore[override]
            stored = self._store.put_if_match(*arguments)  # type: ignore[arg-type]
            network.change(0, "while it slept")
            Publisher(network, directory, clock).run(2)
            return stored

    with pytest.raises(LeaseLost):
        Publisher(network, Sleeping(directory), clock).run(1)
    assert b"while it slept" in document_of(directory, ALL)


def test_a_web_process_serves_the_bytes_of_the_store(network: Network, directory: Store, clock: ManualClock) -> None:
    files = Files(directory, every=0)
    assert files.find(ALL, Encoding.GZIP) is None
    Publisher(network, directory, clock).run()
    for file in manifest_of(directory).files:
        for encoding in Encoding:
            found = files.find(file.path, encoding)
            assert found is not None
            fetched = files.open(found)
            assert fetched is not None
            assert fetched.read() == stored_bytes(directory, file.path, encoding)
            version = files.open_version(file.version, encoding)
            assert version is not None
            assert version.read() == stored_bytes(directory, file.version, encoding)
    assert files.find("/open/else.json", Encoding.GZIP) is None
    assert files.open_version("/open/manifest.json", Encoding.GZIP) is None


def test_a_web_process_switches_all_files_at_once(network: Network, directory: Store, clock: ManualClock) -> None:
    class Looking(FailingStore):
        def copy(self, source: str, target: str, label: Label) -> Stored:
            seen.append({file.sequence for path in (ALL, ONE) if (file := now_at(path))})
            return super().copy(source, target, label)

    def now_at(path: str) -> File | None:
        found = files.find(path, Encoding.GZIP)
        return found.file if found else None

    files, seen = Files(directory, every=0), list[set[int]]()
    publisher = Publisher(network, Looking(directory), clock)
    publisher.run()
    network.change(7, "new")
    seen.clear()
    publisher.run(everything=True)
    assert len(seen) >= 6
    assert all(sequences == {251} for sequences in seen)


def test_a_file_that_someone_deleted_is_written_again(network: Network, directory: Store, clock: ManualClock) -> None:
    Publisher(network, directory, clock).run()
    deleted = manifest_of(directory).file(ONE)
    assert deleted is not None
    directory.delete(directory.name(deleted.version[1:], Encoding.ZSTD))
    clock.advance(seconds=10)
    assert Publisher(network, directory, clock).run().written == (ONE,)
    assert_whole(directory)


def test_a_web_process_serves_on_while_the_store_does_not_answer(
    network: Network, s3: Store, proxy: FaultyProxy, clock: ManualClock
) -> None:
    files = Files(s3, every=0)
    proxy.faults = [Fault("GET", "500")]
    with pytest.raises(StoreError):
        files.manifest()
    proxy.faults = []
    Publisher(network, s3, clock).run()
    known = files.manifest()
    proxy.faults = [Fault("GET", "500")]
    assert files.manifest() == known is not None


def test_a_manifest_that_is_none_is_reported(network: Network, directory: Store, clock: ManualClock) -> None:
    publisher = Publisher(network, directory, clock)
    publisher.run()
    directory.put("open/manifest.json", b"<html>", Label("text/html"))
    with pytest.raises(StoreError, match="not a manifest"):
        publisher.run()


def test_losses_are_told_by_publication(network: Network, directory: Store, clock: ManualClock) -> None:
    for ordinal in (0, 1, 45):
        network.change(ordinal, "loud")
    network.change(2, "unsayable")
    Publisher(network, directory, clock).run()
    told = manifest_of(directory).file(ONE)
    assert told is not None
    assert [(loss.path, loss.reason, loss.count) for loss in told.losses] == [
        ("", "cannot be said", 1),
        ("text", "too loud", 2),
    ]
    assert told.count == 39


def test_closed_segments_of_the_journal_are_written_once(
    network: Network, directory: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "LENGTH", 100)
    counting = FailingStore(directory)
    publisher = Publisher(network, counting, clock)
    publisher.run()
    listed = manifest_of(directory).changes.segments
    assert [(segment.path, segment.count) for segment in listed] == [
        ("/open/changes/1-100.json.gz", 100),
        ("/open/changes/101-200.json.gz", 100),
    ]
    fetched = Files(directory).open_segment(listed[1].path)
    assert fetched is not None
    body = orjson.loads(gzip.decompress(fetched.read()))
    assert [change["seq"] for change in body["data"]] == list(range(101, 201))
    assert (body["from"], body["to"], body["next"], body["epoch"]) == (101, 200, 200, "e")
    counting.written.clear()
    for ordinal in range(60):
        network.change(ordinal, "new")
    clock.advance(seconds=10)
    publisher.run()
    assert [key for key in counting.written if "changes" in key] == ["open/changes/201-300.json.gz"]
    assert_whole(directory)
