"""Encoded bytes that are put together from parts encoded apart.

gzip: each part is deflated by itself up to a full flush (it ends on a byte, and nothing after it looks back), so parts stand one
after another in one member (RFC 1951, RFC 1952); the member's CRC is combined from the parts'.
zstd: each part is a frame; frames one after another are a valid stream (RFC 8878, 3).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import zstandard
from isal import isal_zlib

_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # no name, no time (the same bytes every time), any system
_LAST_BLOCK = b"\x03\x00"
_RAW = -15
_LEVEL = 2
_ZSTD_LEVEL = 3
_STORED_MOST = 0xFFFF


@dataclass(frozen=True, slots=True)
class Piece:
    """Plain bytes, deflated so that another piece may follow."""

    deflated: bytes
    crc: int
    """CRC-32 of the plain bytes."""
    length: int
    """Of the plain bytes."""

    @property
    def resident(self) -> int:
        """Bytes of it in memory, about."""
        return len(self.deflated)

    def plain(self) -> bytes:
        return isal_zlib.decompress(self.deflated + _LAST_BLOCK, _RAW, self.length) if self.length else b""


EMPTY = Piece(b"", 0, 0)


def deflate(plain: bytes) -> Piece:
    if not plain:
        return EMPTY
    compressor = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _RAW)
    deflated = compressor.compress(plain) + compressor.flush(isal_zlib.Z_FULL_FLUSH)
    return Piece(deflated, isal_zlib.crc32(plain), len(plain))


def stored(plain: bytes) -> Piece:
    """As it is (RFC 1951, 3.2.4), for separators and envelopes too short to gain anything."""
    parts = (plain[start : start + _STORED_MOST] for start in range(0, len(plain), _STORED_MOST))
    deflated = b"".join(struct.pack("<BHH", 0, len(part), len(part) ^ 0xFFFF) + part for part in parts)
    return Piece(deflated, isal_zlib.crc32(plain), len(plain))


def gzip_member(pieces: Iterable[Piece]) -> Iterator[bytes]:
    """One gzip member of all pieces, part by part."""
    crc = length = 0
    yield _GZIP_HEADER
    for piece in pieces:
        yield piece.deflated
        crc = isal_zlib.crc32_combine(crc, piece.crc, piece.length)
        length += piece.length
    yield _LAST_BLOCK + struct.pack("<II", crc, length & 0xFFFFFFFF)


def zstd_frames(plains: Iterable[bytes]) -> Iterator[bytes]:
    """A frame for each part; the parts should be large."""
    compressor = zstandard.ZstdCompressor(level=_ZSTD_LEVEL)
    return (compressor.compress(plain) for plain in plains if plain)
