"""What every store promises (`app.store.base.Store`), on a real folder and on a real S3 server."""

from __future__ import annotations

import threading
from io import BytesIO

import pytest

from app.errors import StoreConflict, StoreError
from app.store.base import Label, Store

JSON = Label("application/json")


def test_what_was_put_is_got(store: Store) -> None:
    stored = store.put("open/a.json", b"[1]", JSON)
    fetched = store.get("open/a.json")
    assert fetched is not None
    with fetched:
        assert fetched.read() == b"[1]"
    assert fetched.stored == stored == store.head("open/a.json")
    assert stored.size == 3


def test_a_file_is_put_from_its_start(store: Store) -> None:
    file = BytesIO(bytes(range(256)) * 4096)
    file.seek(1000)
    assert store.put("open/large", file, JSON).size == 256 * 4096
    fetched = store.get("open/large")
    assert fetched is not None
    assert fetched.read() == file.getvalue()


def test_what_is_not_there_is_none(store: Store) -> None:
    store.put("open/folder/a", b"1", JSON)
    assert store.get("open/b") is None
    assert store.head("open/folder") is None
    store.delete("open/b")


def test_another_content_has_another_etag(store: Store) -> None:
    first = store.put("open/a", b"1", JSON)
    assert store.put("open/a", b"2", JSON).etag != first.etag
    assert store.put("open/a", b"1", JSON).etag == first.etag


def test_a_conditional_write_needs_the_present_version(store: Store) -> None:
    first = store.put_if_match("open/manifest.json", b"1", JSON, None)
    with pytest.raises(StoreConflict):
        store.put_if_match("open/manifest.json", b"2", JSON, None)
    second = store.put_if_match("open/manifest.json", b"2", JSON, first.etag)
    with pytest.raises(StoreConflict):
        store.put_if_match("open/manifest.json", b"3", JSON, first.etag)
    assert store.head("open/manifest.json") == second


def test_a_conditional_write_of_what_was_deleted_is_a_conflict(store: Store) -> None:
    first = store.put_if_match("open/manifest.json", b"1", JSON, None)
    store.delete("open/manifest.json")
    with pytest.raises(StoreConflict):
        store.put_if_match("open/manifest.json", b"2", JSON, first.etag)


def test_of_two_writers_who_read_the_same_one_succeeds(store: Store) -> None:
    first = store.put_if_match("open/m", b"0", JSON, None)
    outcomes: list[str] = []

    def write(body: bytes) -> None:
        try:
            store.put_if_match("open/m", body, JSON, first.etag)
            outcomes.append(body.decode())
        except StoreConflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=write, args=(b"%d" % number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes)[1] == "conflict"
    fetched = store.get("open/m")
    assert fetched is not None
    assert fetched.read().decode() == sorted(outcomes)[0]


def test_a_copy_has_the_content_and_replaces(store: Store) -> None:
    store.put("open/snapshots/1", b"new", JSON)
    store.put("open/a.json", b"old", JSON)
    copied = store.copy("open/snapshots/1", "open/a.json", JSON)
    store.delete("open/snapshots/1")
    fetched = store.get("open/a.json")
    assert fetched is not None
    assert fetched.read() == b"new"
    assert fetched.stored == copied


def test_a_copy_twice_is_the_same(store: Store) -> None:
    store.put("open/snapshots/1", b"new", JSON)
    assert store.copy("open/snapshots/1", "open/a", JSON) == store.copy("open/snapshots/1", "open/a", JSON)
    assert [entry.key for entry in store.list("open/")] == ["open/a", "open/snapshots/1"]


def test_what_is_not_there_cannot_be_copied(store: Store) -> None:
    with pytest.raises(StoreError, match="no such object"):
        store.copy("open/nothing", "open/a", JSON)


def test_a_list_has_the_keys_of_a_prefix_in_order(store: Store) -> None:
    for key in ("open/b", "open/a/2", "open/a/1", "open/ab", "other/a"):
        store.put(key, b"12", JSON)
    assert [entry.key for entry in store.list("open/a")] == ["open/a/1", "open/a/2", "open/ab"]
    assert [entry.size for entry in store.list("other/")] == [2]
    assert list(store.list("nothing/")) == []


@pytest.mark.parametrize(
    "key", ["", "/etc/passwd", "open/../../x", "open//x", ".lock", "open/.hidden", "a\nb", "x" * 600]
)
def test_a_key_cannot_leave_the_store(store: Store, key: str) -> None:
    with pytest.raises(StoreError, match="no key"):
        store.get(key)
    with pytest.raises(StoreError, match="no key"):
        store.put(key, b"", JSON)
