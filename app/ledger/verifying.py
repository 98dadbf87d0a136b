"""Checks a published log by its files alone, as anyone can: every entry, every tile, and that it continues an older tree."""

from __future__ import annotations

from collections.abc import Iterator

from app.errors import ProofFailed
from app.ledger.checkpoint import Checkpoint
from app.ledger.entries import Entry
from app.ledger.tiles import ENTRIES, WIDTH, Edge, ReadTile, Tile, covering, split_entries
from app.ledger.tree import leaf_hash


def verified_entries(new: Checkpoint, read: ReadTile, known: Checkpoint | None = None) -> Iterator[Entry]:
    """The entries that the log got since the `known` checkpoint, or all.

    They are proved when the last has come: raises ProofFailed at the latest then, where a file is not what it should be, or the
    log is not the continuation of the known one.
    """
    edge = _known_edge(new, read, known)
    while edge.size < new.size:
        bundle = covering(ENTRIES, edge.size, new.size)
        entries = split_entries(bundle, read(bundle))
        for entry in entries[edge.size - bundle.number * WIDTH :]:
            yield Entry(edge.size, entry)
            for tile, body in edge.add(leaf_hash(entry)):
                _compare(read(tile), body, tile)
    for tile, body in edge.partial():
        _compare(read(tile), body, tile)
    if edge.root() != new.root:
        raise ProofFailed(f"the entries do not give the root of the checkpoint of {new.size} entries", where=new.origin)


def _known_edge(new: Checkpoint, read: ReadTile, known: Checkpoint | None) -> Edge:
    if known is None:
        return Edge()
    if known.origin != new.origin:
        raise ProofFailed(f"this is the log `{new.origin}`, not `{known.origin}`")
    if new.size < known.size:
        raise ProofFailed(
            f"the checkpoint is of {new.size} entries, and one of {known.size} was seen before",
            where=new.origin,
            remedy="Either an old copy is served, or the log was cut: ask again later, then ask the operator",
        )
    edge = Edge.of(known.size, read, new.size)
    if edge.root() != known.root:
        raise ProofFailed(
            f"the first {known.size} entries are not those that were seen before: history was rewritten",
            where=new.origin,
            remedy="Keep both checkpoints: together they are the evidence",
        )
    return edge


def _compare(found: bytes, expected: bytes, tile: Tile) -> None:
    if found != expected:
        raise ProofFailed("the tile's hashes are not those of the entries", where=tile.path)
