"""What a store of objects promises, whatever it stands on."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import BinaryIO, Self

from app.clock import Millis
from app.errors import StoreError

CHUNK = 1 << 18
"""Bytes read and written at once."""

_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._*=-]*(/[A-Za-z0-9_][A-Za-z0-9._*=-]*)*")
_LONGEST = 512


class Encoding(StrEnum):
    """Values of Content-Encoding."""

    GZIP = "gzip"
    ZSTD = "zstd"


SUFFIX = {None: "", Encoding.GZIP: ".gz", Encoding.ZSTD: ".zst"}


@dataclass(frozen=True, slots=True)
class Label:
    """What a reader is told about an object."""

    media_type: str
    encoding: Encoding | None = None
    """How the bytes are encoded already; None: they are the document itself."""
    cache_control: str = "no-cache"
    lock_days: int | None = None
    """Where a store can: for so long nobody, not even its owner, can delete or replace what is written (`put`); None: no lock."""


@dataclass(frozen=True, slots=True)
class Stored:
    key: str
    etag: str
    """Opaque, without quotes: another content has another one."""
    size: int


@dataclass(frozen=True, slots=True)
class Entry:
    key: str
    size: int
    modified: Millis
    """By the store's own clock."""


class Fetched:
    """An object that is being read; close it, or read it to its end inside `with`."""

    def __init__(self, stored: Stored, body: BinaryIO) -> None:
        self.stored = stored
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self._read(CHUNK):
            yield chunk

    def read(self) -> bytes:
        return b"".join(self)

    def close(self) -> None:
        self._body.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self, size: int) -> bytes:
        return self._body.read(size)


class Store(ABC):
    """Objects by key (`open/ocpi/2.2.1/locations.json`), each written and read whole.

    - A reader sees the old object or the new one, never a part, also while it is written and after a crash.
    - What `put`, `put_if_match` and `copy` returned for is durable, and the next `get`, `head` or `list` sees it.
    - `put_if_match` is the one way to write what others may write too: of two writers who read the same object just one succeeds.
    - Every method raises StoreError where the store cannot be reached or refuses; a write that raised may still have happened.
    """

    @abstractmethod
    def name(self, path: str, encoding: Encoding | None) -> str:
        """The key under which the representation of a public path must stand, so that this store, or the web server in front
        of it, serves it there."""

    @abstractmethod
    def put(self, key: str, body: bytes | BinaryIO, label: Label) -> Stored:
        """Writes, whatever was there. A file is read from its start; it must be seekable."""

    @abstractmethod
    def put_if_match(self, key: str, body: bytes, label: Label, etag: str | None) -> Stored:
        """Writes if the object still has this etag (None: if there is none). Raises StoreConflict otherwise."""

    @abstractmethod
    def copy(self, source: str, target: str, label: Label) -> Stored:
        """Puts what is under `source` under `target` too. Raises StoreError where there is no source."""

    @abstractmethod
    def get(self, key: str) -> Fetched | None:
        """None where there is no such object."""

    @abstractmethod
    def head(self, key: str) -> Stored | None:
        """None where there is no such object."""

    @abstractmethod
    def list(self, prefix: str) -> Iterator[Entry]:
        """All objects whose key starts with `prefix`, by key."""

    @abstractmethod
    def delete(self, key: str) -> None:
        """Nothing happens where there is no such object."""


def checked(key: str) -> str:
    """The key itself. Raises StoreError for one that could leave the store or that not every store can hold."""
    if len(key) > _LONGEST or not _KEY.fullmatch(key):
        raise StoreError(
            f"{key[:80]!r} is no key of an object", remedy="Use letters, digits, . _ - * = and single slashes"
        )
    return key
