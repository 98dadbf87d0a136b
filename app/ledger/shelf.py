"""The log's part of the store: what stands where below `ledger/`, and for how long readers may keep it."""

from __future__ import annotations

from collections.abc import Iterable

from app.errors import LedgerError
from app.ledger.note import Verifier, parse_verifier
from app.ledger.tiles import WIDTH, Tile
from app.store.base import Label, Store

FOLDER = "ledger"
CHECKPOINT, KEYS = f"{FOLDER}/checkpoint", f"{FOLDER}/keys"
TEXT = "text/plain; charset=utf-8"
BINARY = "application/octet-stream"
FOR_EVER = "public, max-age=31536000, immutable"
SOON = "public, max-age=2"
"""A checkpoint is not to be kept beyond a few seconds (tlog-tiles, Checkpoints)."""


class Shelf:
    def __init__(self, store: Store, lock_days: int | None = None) -> None:
        """`lock_days`: for how long a bucket with Object Lock keeps full tiles and bundles whatever happens; None: no lock."""
        self._store = store
        self._full = Label(BINARY, None, FOR_EVER, lock_days)

    def read_checkpoint(self) -> tuple[bytes, str] | None:
        """The note and its etag; None where nothing is published yet."""
        fetched = self._store.get(CHECKPOINT)
        if fetched is None:
            return None
        with fetched:
            return fetched.read(), fetched.stored.etag

    def read_keys(self) -> tuple[Verifier, ...]:
        """The public keys as the log itself gives them out: whoever wants to be sure has them from elsewhere."""
        found = self._read(KEYS)
        return tuple(parse_verifier(line) for line in (found or b"").decode().splitlines())

    def read(self, tile: Tile) -> bytes:
        """Raises LedgerError where it is missing. A partial tile that was deleted is the beginning of the full one."""
        found = self._read(f"{FOLDER}/{tile.path}")
        if found is None and tile.width < WIDTH:
            full = self._read(f"{FOLDER}/{tile.full.path}")
            found = full if full is None else tile.cut(full)
        if found is None:
            remedy = "Restore it from a backup or a mirror of the log"
            raise LedgerError("a file of the log is missing", where=f"{FOLDER}/{tile.path}", remedy=remedy)
        return found

    def write(self, tile: Tile, body: bytes) -> Tile:
        # Partial ones are deleted once the full one is there.
        label = self._full if tile.width == WIDTH else Label(BINARY, None, FOR_EVER)
        self._store.put(f"{FOLDER}/{tile.path}", body, label)
        return tile

    def forget_partial(self, tile: Tile) -> None:
        """Deletes the partial tiles that became this full one."""
        for entry in list(self._store.list(f"{FOLDER}/{tile.full.path}.p/")):
            self._store.delete(entry.key)

    def write_keys(self, keys: Iterable[Verifier]) -> None:
        body = "".join(f"{key.text}\n" for key in keys).encode()
        if self._read(KEYS) != body:
            self._store.put(KEYS, body, Label(TEXT, None, SOON))

    def write_checkpoint(self, note: bytes, etag: str | None) -> str:
        """Its new etag. Raises StoreConflict where it is no longer the one with this etag."""
        return self._store.put_if_match(CHECKPOINT, note, Label(TEXT, None, SOON), etag).etag

    def _read(self, key: str) -> bytes | None:
        fetched = self._store.get(key)
        if fetched is None:
            return None
        with fetched:
            return fetched.read()
