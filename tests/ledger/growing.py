"""A log in memory: tiles of any number of entries, as they are published."""

from __future__ import annotations

from app.ledger.tiles import ENTRIES, WIDTH, Edge, Tile, covering, join_entries
from app.ledger.tree import leaf_hash


def entry(place: int) -> bytes:
    return b'{"entry":%d}' % place


class Grown:
    """All files of a log that was published at each size in `sizes`."""

    def __init__(self, *sizes: int) -> None:
        self.files: dict[str, bytes] = {}
        self.roots: dict[int, bytes] = {}
        self.edge = Edge()
        for size in sizes:
            self.grow(size)

    def grow(self, size: int) -> None:
        while self.edge.size < size:
            for tile, body in self.edge.add(leaf_hash(entry(self.edge.size))):
                self.files[tile.path] = body
            if self.edge.size % WIDTH == 0 or self.edge.size == size:
                bundle = covering(ENTRIES, self.edge.size - 1, self.edge.size)
                first = bundle.number * WIDTH
                self.files[bundle.path] = join_entries(entry(first + at) for at in range(bundle.width))
        self.files |= {tile.path: body for tile, body in self.edge.partial()}
        self.roots[size] = self.edge.root()

    def read(self, tile: Tile) -> bytes:
        return self.files[tile.path]
