"""Tiles of C2SP tlog-tiles: 256 hashes, or 256 entries, in one file that never changes.

A tile at level 0 holds leaf hashes; above, the roots of full tiles below. The last one of a level is *partial* and its path says
how wide it is, so a wider one is another file.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from app.errors import ProofFailed
from app.ledger.tree import HASH_BYTES, complete_hash, root_hash

HEIGHT = 8
WIDTH = 1 << HEIGHT
LONGEST_ENTRY = (1 << 16) - 1
"""Bytes: the length before an entry is a uint16."""
ENTRIES = -1
"""In place of a level: the tile holds entries."""
_REMEMBERED = 1024
_PATH = re.compile(
    r"tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?"
)


class Tile(NamedTuple):
    level: int
    """0 and up, or ENTRIES."""
    number: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Below the log's prefix: `tile/0/x001/x234/067.p/8`."""
        level = "entries" if self.level == ENTRIES else str(self.level)
        groups = f"{self.number:0{-(-len(str(self.number)) // 3) * 3}d}"
        parts = [groups[at : at + 3] for at in range(0, len(groups), 3)]
        path = "/".join(["tile", level, *(f"x{part}" for part in parts[:-1]), parts[-1]])
        return path if self.width == WIDTH else f"{path}.p/{self.width}"

    @property
    def full(self) -> Tile:
        return self._replace(width=WIDTH)

    def cut(self, full: bytes) -> bytes:
        """This tile, from the bytes of the full one."""
        if self.level != ENTRIES:
            return full[: self.width * HASH_BYTES]
        return join_entries(split_entries(self.full, full)[: self.width])


def tile_at(path: str) -> Tile | None:
    """The tile with this path, if there can be one."""
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    width = int(match[3]) if match[3] else WIDTH
    return Tile(
        ENTRIES if match[1] == "entries" else int(match[1]), int(match[2].replace("x", "").replace("/", "")), width
    )


ReadTile = Callable[[Tile], bytes]
"""The bytes of a tile, as they are published. Raises LedgerError or StoreError where they cannot be had."""


def covering(level: int, index: int, size: int) -> Tile:
    """The tile of a tree of `size` in which a place of that tile level stands."""
    shift = max(level, 0) * HEIGHT
    number = index // WIDTH
    return Tile(level, number, min((size >> shift) - number * WIDTH, WIDTH))


def partial_tiles(size: int) -> Iterator[Tile]:
    """The partial tiles of hashes of a tree, from level 0 up."""
    level = 0
    while size:
        if size % WIDTH:
            yield Tile(level, size // WIDTH, size % WIDTH)
        size, level = size // WIDTH, level + 1


class TileHashes:
    """The hashes of a tree of `size`, out of its tiles: a `tree.HashOf`. Raises ProofFailed for a tile of another length."""

    def __init__(self, size: int, read: ReadTile) -> None:
        self.size = size
        self._read = read
        self._hashes = lru_cache(_REMEMBERED)(self._hashes_of)

    def __call__(self, level: int, index: int) -> bytes:
        tile_level, rise = divmod(level, HEIGHT)
        first = index << rise
        hashes = self._hashes(covering(tile_level, first, self.size))
        at = first % WIDTH
        return complete_hash(hashes[at : at + (1 << rise)])

    def _hashes_of(self, tile: Tile) -> tuple[bytes, ...]:
        return split_hashes(tile, self._read(tile))


def split_hashes(tile: Tile, body: bytes) -> tuple[bytes, ...]:
    """Raises ProofFailed for a body of another length than the tile's."""
    if len(body) != tile.width * HASH_BYTES:
        raise ProofFailed(
            f"the tile has {len(body)} bytes, not {tile.width * HASH_BYTES}: it is cut off or not a tile",
            where=tile.path,
        )
    return tuple(body[at : at + HASH_BYTES] for at in range(0, len(body), HASH_BYTES))


def join_entries(entries: Iterable[bytes]) -> bytes:
    """The body of an entry bundle."""
    return b"".join(struct.pack(">H", len(entry)) + entry for entry in entries)


def split_entries(tile: Tile, body: bytes) -> list[bytes]:
    """Raises ProofFailed where it does not hold just as many entries as the bundle is wide."""
    entries, at = list[bytes](), 0
    while at + 2 <= len(body):
        (length,) = struct.unpack_from(">H", body, at)
        entries.append(body[at + 2 : at + 2 + length])
        at += 2 + length
    if at != len(body) or len(entries) != tile.width:
        raise ProofFailed(f"the bundle does not hold {tile.width} whole entries: it is cut off", where=tile.path)
    return entries


class Edge:
    """The right edge of a growing tree: the hashes of each level's partial tile. What it costs to add an entry is constant."""

    def __init__(self, size: int = 0, rows: Iterable[Iterable[bytes]] = ()) -> None:
        self.size = size
        self._rows = [list(row) for row in rows]

    @classmethod
    def of(cls, size: int, read: ReadTile, published: int) -> Edge:
        """Of the first `size` entries of a published tree that may be larger."""
        rows: list[tuple[bytes, ...]] = []
        for level in range((size.bit_length() + HEIGHT - 1) // HEIGHT):
            count = size >> level * HEIGHT
            tile = covering(level, count, published)
            hashes = split_hashes(tile, read(tile)) if count % WIDTH else ()
            rows.append(hashes[: count % WIDTH])
        return cls(size, rows)

    def add(self, leaf: bytes) -> list[tuple[Tile, bytes]]:
        """The tiles that became full, with their bytes, from level 0 up."""
        self.size += 1
        full: list[tuple[Tile, bytes]] = []
        level, found = 0, leaf
        while True:
            if level == len(self._rows):
                self._rows.append([])
            row = self._rows[level]
            row.append(found)
            if len(row) < WIDTH:
                return full
            full.append((Tile(level, (self.size >> (level + 1) * HEIGHT) - 1), b"".join(row)))
            found, self._rows[level] = complete_hash(row), []
            level += 1

    def partial(self) -> list[tuple[Tile, bytes]]:
        """The partial tiles as they are now."""
        return [(tile, b"".join(self._rows[tile.level])) for tile in partial_tiles(self.size)]

    def root(self) -> bytes:
        return root_hash(self.size, self._hash)

    def _hash(self, level: int, index: int) -> bytes:
        tile_level, rise = divmod(level, HEIGHT)
        at = (index << rise) % WIDTH
        return complete_hash(self._rows[tile_level][at : at + (1 << rise)])
