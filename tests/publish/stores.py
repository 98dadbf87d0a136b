"""Stores that fail, and what can be checked of any store from outside."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from hashlib import sha256
from typing import BinaryIO

import zstandard

from app.errors import StoreError
from app.publish.manifest import PATH, File, Manifest, read_manifest
from app.store.base import Encoding, Entry, Fetched, Label, Store, Stored


class FailingStore(Store):
    """Lets `writes` writes through and then fails: before the write, or (`late`) after it was done but before it was told."""

    def __init__(self, store: Store, writes: int = 1_000_000, *, late: bool = False) -> None:
        self._store = store
        self._left = writes
        self._late = late
        self.written: list[str] = []

    def name(self, path: str, encoding: Encoding | None) -> str:
        return self._store.name(path, encoding)

    def put(self, key: str, body: bytes | BinaryIO, label: Label) -> Stored:
        self._fail_before(key)
        stored = self._store.put(key, body, label)
        self._fail_after()
        return stored

    def put_if_match(self, key: str, body: bytes, label: Label, etag: str | None) -> Stored:
        self._fail_before(key)
        stored = self._store.put_if_match(key, body, label, etag)
        self._fail_after()
        return stored

    def copy(self, source: str, target: str, label: Label) -> Stored:
        self._fail_before(target)
        stored = self._store.copy(source, target, label)
        self._fail_after()
        return stored

    def get(self, key: str) -> Fetched | None:
        return self._store.get(key)

    def head(self, key: str) -> Stored | None:
        return self._store.head(key)

    def list(self, prefix: str) -> Iterator[Entry]:
        return self._store.list(prefix)

    def delete(self, key: str) -> None:
        self._fail_before(key)
        self._store.delete(key)
        self._fail_after()

    def _fail_before(self, key: str) -> None:
        self._left -= 1
        if self._left < 0 and not self._late:
            raise StoreError("injected")
        self.written.append(key)

    def _fail_after(self) -> None:
        if self._left < 0:
            raise StoreError("injected")


def manifest_of(store: Store) -> Manifest:
    fetched = store.get(PATH[1:])
    assert fetched is not None
    return read_manifest(fetched.read())


def stored_bytes(store: Store, path: str, encoding: Encoding) -> bytes:
    fetched = store.get(store.name(path[1:], encoding))
    assert fetched is not None, f"{path} is missing as {encoding}"
    with fetched:
        return fetched.read()


def decoded(data: bytes, encoding: Encoding) -> bytes:
    if encoding is Encoding.GZIP:
        return gzip.decompress(data)
    with zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True) as reader:
        return bytes(reader.read())


def document_of(store: Store, path: str) -> bytes:
    """The plain document at a path, the same in every encoding."""
    plain = {decoded(stored_bytes(store, path, encoding), encoding) for encoding in Encoding}
    assert len(plain) == 1
    return plain.pop()


def is_whole(store: Store, file: File, path: str) -> bool:
    """What stands at `path` is exactly what the manifest says of the file."""
    for encoding, encoded in file.encodings.items():
        data = stored_bytes(store, path, encoding)
        if (len(data), sha256(data).hexdigest()) != (encoded.bytes, encoded.sha256):
            return False
        plain = decoded(data, encoding)
        assert (len(plain), sha256(plain).hexdigest()) == (file.bytes, file.sha256)
    return True
