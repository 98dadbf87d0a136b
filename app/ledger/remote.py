"""A published log that is read from elsewhere: a URL or a folder, through a function that gets a file."""

from __future__ import annotations

from collections.abc import Callable

from app.errors import LedgerError
from app.ledger.note import Verifier, parse_verifier
from app.ledger.tiles import WIDTH, Tile

GetFile = Callable[[str], bytes | None]
"""Path below the log's prefix → bytes; None: there is none. Raises LedgerError where it cannot be known."""


class RemoteLog:
    def __init__(self, where: str, get: GetFile) -> None:
        self._where = where
        self._get = get

    def checkpoint(self) -> bytes:
        """The note, nothing of it verified. Raises LedgerError."""
        return self._need("checkpoint")

    def keys(self) -> tuple[Verifier, ...]:
        """As the log itself gives them out. Raises LedgerError."""
        return tuple(parse_verifier(line) for line in self._need("keys").decode(errors="replace").splitlines())

    def read(self, tile: Tile) -> bytes:
        """Raises LedgerError. A partial tile may be gone once there is the full one."""
        found = self._get(tile.path)
        if found is None and tile.width < WIDTH:
            full = self._get(tile.full.path)
            found = full if full is None else tile.cut(full)
        return self._need(tile.path) if found is None else found

    def _need(self, path: str) -> bytes:
        found = self._get(path)
        if found is None:
            remedy = "Check the address: it is what stands before /checkpoint"
            raise LedgerError("the log has no such file", where=f"{self._where}/{path}", remedy=remedy)
        return found
