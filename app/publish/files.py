"""Snapshots as a web process serves them: what the manifest names, and so all new files or all old ones."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from app.errors import StoreError
from app.publish.manifest import PATH, SNAPSHOTS, Encoded, File, Manifest, read_manifest
from app.store.base import Encoding, Fetched, Store

log = structlog.get_logger()

_SEGMENT = re.compile(r"/open/changes/\d{1,18}-\d{1,18}\.json\.gz")


@dataclass(frozen=True, slots=True)
class Representation:
    file: File
    encoding: Encoding
    encoded: Encoded

    @property
    def etag(self) -> str:
        """As the header has it. Strong, and another one for each encoding."""
        return f'"{self.encoded.sha256[:32]}"'


class Files:
    """One per process, for all its threads. The manifest is read again after `every` seconds."""

    def __init__(self, store: Store, every: float = 1.0, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._every = every
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._manifest: Manifest | None = None
        self._due = float("-inf")

    def manifest(self) -> Manifest | None:
        """The last one that could be read; None where no snapshot has been written yet.

        Raises StoreError where none could be read so far. While one thread looks, the others get what is known.
        """
        if self._monotonic() >= self._due and self._lock.acquire(blocking=self._manifest is None):
            try:
                self._look()
            except StoreError as error:
                if self._manifest is None:
                    raise
                log.warning("the store does not answer; serving the snapshots that are known", error=str(error))
            finally:
                self._due = self._monotonic() + self._every
                self._lock.release()
        return self._manifest

    def _look(self) -> None:
        fetched = self._store.get(PATH.removeprefix("/"))
        if fetched is not None:
            with fetched:
                self._manifest = read_manifest(fetched.read())

    def find(self, path: str, encoding: Encoding) -> Representation | None:
        """What stands at a stable address; None where the manifest does not list it."""
        manifest = self.manifest()
        file = manifest.file(path) if manifest else None
        encoded = file.encodings.get(encoding) if file else None
        return Representation(file, encoding, encoded) if file and encoded else None

    def open(self, representation: Representation) -> Fetched | None:
        """The bytes; None where they have been superseded since, and are gone."""
        path = representation.file.version
        return self._store.get(self._store.name(path.removeprefix("/"), representation.encoding))

    def open_version(self, path: str, encoding: Encoding) -> Fetched | None:
        """What stands at an address that never changes its content (`/open/snapshots/…`)."""
        return (
            self._store.get(self._store.name(path.removeprefix("/"), encoding)) if path.startswith(SNAPSHOTS) else None
        )

    def open_segment(self, path: str) -> Fetched | None:
        """A closed part of the journal, as the gzip file it is."""
        return self._store.get(path.removeprefix("/")) if _SEGMENT.fullmatch(path) else None
