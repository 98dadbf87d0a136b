"""Deflated blocks in a file without a name, so that a process stays small that keeps those of all publications.

The system holds in memory what it has room for. A place is written again when nobody holds the piece any more that stood there.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections import defaultdict, deque

import structlog

from app.publish.compression import Piece

log = structlog.get_logger()

_GRAIN = 1 << 10
"""Places have sizes of so many bytes, or times as many: one that is free fits another piece."""


class Spill:
    """For any number of threads."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 (open for as long as there are pieces in it)
        self._free: defaultdict[int, deque[int]] = defaultdict(deque)
        """Size of a place → where there are some."""
        self._end = 0
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self._end

    def keep(self, piece: Piece) -> Piece:
        """The piece with its bytes in the file; as it is, where the disk is full."""
        if isinstance(piece, FiledPiece) or not piece.length:
            return piece
        at = self._place(len(piece.deflated))
        try:
            written = os.pwrite(self._file.fileno(), piece.deflated, at)
        except OSError as error:
            log.warning("blocks stay in memory", error=str(error))
            written = 0
        if written < len(piece.deflated):
            self.free(at, len(piece.deflated))
            return piece
        return FiledPiece(self, at, piece)

    def read(self, at: int, size: int) -> bytes:
        """Raises OSError where the file was cut short."""
        found = os.pread(self._file.fileno(), size, at)
        if len(found) != size:
            raise OSError(f"of a rendered block {len(found)} of {size} bytes are left in the temporary file")
        return found

    def free(self, at: int, size: int) -> None:
        """Without a lock: it is called whenever a piece is forgotten, in the middle of anything."""
        self._free[_rounded(size)].append(at)

    def _place(self, size: int) -> int:
        rounded = _rounded(size)
        try:
            return self._free[rounded].pop()
        except IndexError:
            with self._lock:
                self._end += rounded
                return self._end - rounded


class FiledPiece(Piece):
    """Its bytes are read when they are asked for."""

    __slots__ = ("_at", "_size", "_spill")
    _spill: Spill
    _at: int
    _size: int

    def __init__(self, spill: Spill, at: int, piece: Piece) -> None:
        values = {"_spill": spill, "_at": at, "_size": len(piece.deflated), "crc": piece.crc, "length": piece.length}
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __del__(self) -> None:
        self._spill.free(self._at, self._size)

    @property
    def deflated(self) -> bytes:
        return self._spill.read(self._at, self._size)

    @property
    def resident(self) -> int:
        return 0


def _rounded(size: int) -> int:
    return -(-size // _GRAIN) * _GRAIN
