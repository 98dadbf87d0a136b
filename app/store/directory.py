"""A store in a folder, which a web server can serve as it is.

A key is a file's path. A gzip representation of the path `x.json` is the file `x.json.gz`, zstd is `x.json.zst`; nginx answers a
request for `x.json` from them with `gzip_static always; gunzip on;`. Labels are not kept: the web server knows types by name.
Files are written beside the tree (`.writing/`), flushed to disk and renamed into place. One machine: the lock is a file lock.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from hashlib import file_digest, sha256
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import BinaryIO

from app.errors import StoreConflict, StoreError
from app.store.base import CHUNK, SUFFIX, Encoding, Entry, Fetched, Label, Store, Stored, checked

_WRITING = ".writing"
_LOCK = ".lock"
_ABANDONED_S = 3600
_REMEMBERED = 4096
_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.EXDEV)


class DirectoryStore(Store):
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._etags: dict[tuple[int, int, int], str] = {}
        with self._errors():
            (folder / _WRITING).mkdir(parents=True, exist_ok=True)
            self._clear_abandoned()

    def name(self, path: str, encoding: Encoding | None) -> str:
        return path + SUFFIX[encoding]

    def put(self, key: str, body: bytes | BinaryIO, label: Label) -> Stored:
        with self._errors(key):
            written, etag, size = self._write_aside(body)
            self._move(written, self._path(key))
        return Stored(key, etag, size)

    def put_if_match(self, key: str, body: bytes, label: Label, etag: str | None) -> Stored:
        with self._errors(key), self._locked():
            present = self.head(key)
            if (present.etag if present else None) != etag:
                raise StoreConflict("someone else has written it meanwhile", where=str(self._path(key)))
            return self.put(key, body, label)

    def copy(self, source: str, target: str, label: Label) -> Stored:
        """A second name of the same file: no bytes are copied. Safe, since files are replaced and never changed."""
        with self._errors(source):
            found = self.head(source)
            if found is None:
                raise StoreError("there is no such object to copy", where=str(self._path(source)))
            self._move(self._linked_aside(self._path(source)), self._path(target))
        return replace(found, key=target)

    def get(self, key: str) -> Fetched | None:
        with self._errors(key):
            try:
                file = self._path(key).open("rb")
            except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
                return None
            etag, size = self._identity(file)
            return Fetched(Stored(key, etag, size), file)

    def head(self, key: str) -> Stored | None:
        fetched = self.get(key)
        if fetched is None:
            return None
        fetched.close()
        return fetched.stored

    def list(self, prefix: str) -> Iterator[Entry]:
        with self._errors(prefix):
            folder = self._folder / prefix.rpartition("/")[0]
            keys = sorted(self._keys_below(folder))
        for key in keys:
            if key.startswith(prefix):
                with suppress(FileNotFoundError):
                    found = self._path(key).stat()
                    yield Entry(key, found.st_size, found.st_mtime_ns // 1_000_000)

    def delete(self, key: str) -> None:
        with self._errors(key):
            self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / checked(key)

    def _keys_below(self, folder: Path) -> Iterator[str]:
        for parent, folders, files in os.walk(folder):
            folders[:] = [name for name in folders if not name.startswith(".")]
            relative = Path(parent).relative_to(self._folder)
            yield from ((relative / name).as_posix() for name in files if not name.startswith("."))

    def _aside(self) -> Path:
        return self._folder / _WRITING / secrets.token_hex(12)

    def _linked_aside(self, path: Path) -> Path:
        aside = self._aside()
        try:
            os.link(path, aside)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            with path.open("rb") as file:
                return self._write_aside(file)[0]
        return aside

    def _identity(self, file: BufferedReader) -> tuple[str, int]:
        """(etag, size); a file is hashed once, since it is replaced and never changed."""
        found = os.fstat(file.fileno())
        version = (found.st_ino, found.st_mtime_ns, found.st_size)
        etag = self._etags.get(version)
        if etag is None:
            etag = file_digest(file, "sha256").hexdigest()
            file.seek(0)
            if len(self._etags) >= _REMEMBERED:
                self._etags.clear()
            self._etags[version] = etag
        return etag, found.st_size

    def _write_aside(self, body: bytes | BinaryIO) -> tuple[Path, str, int]:
        source = BytesIO(body) if isinstance(body, bytes) else body
        source.seek(0)
        path, digest, size = self._aside(), sha256(), 0
        try:
            with path.open("xb") as file:
                while chunk := source.read(CHUNK):
                    digest.update(chunk)
                    size += file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return path, digest.hexdigest(), size

    def _move(self, written: Path, path: Path) -> None:
        try:
            if not path.parent.is_dir():
                self._make_folder(path.parent)
            written.replace(path)
        except BaseException:
            written.unlink(missing_ok=True)
            raise
        # rename(2) does nothing where both are names of one file already
        written.unlink(missing_ok=True)
        _sync_folder(path.parent)

    def _make_folder(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        while folder != self._folder:
            folder = folder.parent
            _sync_folder(folder)

    def _clear_abandoned(self) -> None:
        for path in (self._folder / _WRITING).iterdir():
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < time.time() - _ABANDONED_S:
                    path.unlink()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._folder / _LOCK).open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def _errors(self, key: str = "") -> Iterator[None]:
        try:
            yield
        except OSError as error:
            where = str(self._folder / key) if key else str(self._folder)
            remedy = "Check the folder's owner, permissions and free space"
            raise StoreError(error.strerror or str(error), where=where, remedy=remedy) from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
