"""Publishes the log as static files below `ledger/` in the store: what one leader does, and what makes it safe.

Each run, in this order:

1. The published checkpoint is read and its signature verified; the tree's right edge, read from its tiles, must give its root.
2. *Adopt*: entries that are published but not in the database (it lost its last commits in a power cut, or is an older backup)
   are read back. What was published holds; the database follows.
3. *Sequence*: new entries get their places (`sequencing`).
4. Full tiles and bundles, then the partial ones. Nobody may rely on them yet, and a place never gets another entry, so whoever
   writes them writes the same.
5. The checkpoint, if it is still the one that was read (`put_if_match`): the moment the entries are public.

A crash before 5 leaves the old checkpoint and all it needs. A leader that slept writes tiles that are there, and fails at 5.
The tree of a size is a function of the entries, and entries are only ever added: there are never two. Partial tiles are deleted
once the full one is public; whoever still wants one takes it from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import structlog
from sqlalchemy import Engine

from app.clock import Clock
from app.errors import LeaseLost, ProofFailed
from app.ledger import rows
from app.ledger.checkpoint import Checkpoint, open_checkpoint
from app.ledger.entries import columns_of
from app.ledger.note import Signer, split_note
from app.ledger.sequencing import Sequencer
from app.ledger.shelf import Shelf
from app.ledger.tiles import ENTRIES, WIDTH, Edge, ReadTile, Tile, covering, join_entries, split_entries
from app.ledger.tree import HASH_BYTES, leaf_hash
from app.registry.database import reading, writing
from app.registry.leases import Lease, check_lease, still_leads
from app.store.base import Store

AT_ONCE = 256 * WIDTH
"""Entries between two checkpoints at most."""

log = structlog.get_logger()


class Sealer:
    """One object per process, one run at a time."""

    def __init__(
        self, engine: Engine, store: Store, keys: Sequence[Signer], clock: Clock, lock_days: int | None = None
    ) -> None:
        """The first of `keys` names the log. `lock_days`: see `Shelf`."""
        self._engine = engine
        self._shelf = Shelf(store, lock_days)
        self._keys = keys
        self._sequencer = Sequencer(engine, clock)
        self._unsigned = True
        """By just the present keys; or there is no checkpoint at all."""
        self._edge: Edge | None = None
        """Of the published tree, as far as this process knows."""

    def __call__(self, lease: Lease) -> int:
        """Entries that became public.

        Raises LeaseLost or StoreConflict where another leads meanwhile, StoreError, and ProofFailed where what is published is
        not this log: then nothing more is published until a person has looked.
        """
        edge, etag = self._published()
        self._edge = None
        before = edge.size
        self._adopt(lease, edge)
        self._sequencer.run(lease)
        size = self._ensure_same(edge)
        while self._unsigned or edge.size < size:
            full = self._extend(edge, min(size, edge.size + AT_ONCE))
            if not still_leads(self._engine, lease, 0):
                raise LeaseLost(f"the lease `{lease.name}` has gone to another worker", where=lease.holder)
            etag = self._publish(edge, etag)
            for tile in full:
                self._shelf.forget_partial(tile)
        self._edge = edge
        return size - before

    def cosign(self, ask: Callable[[bytes, ReadTile], Iterable[str]]) -> int:
        """Adds what `ask` answers, verified signature lines of witnesses, to the published checkpoint; how many signed it.

        Raises StoreConflict where another checkpoint was published meanwhile.
        """
        found = self._shelf.read_checkpoint()
        if found is None:
            return 0
        note, etag = found
        signed = {one.name for one in split_note(note)[1]}
        lines = list(ask(note, self._shelf.read))
        new = [line for line in lines if line.split(" ")[1] not in signed]
        if new:
            self._shelf.write_checkpoint(note + "".join(new).encode(), etag)
        return len(lines)

    # what is published

    def _published(self) -> tuple[Edge, str | None]:
        found = self._shelf.read_checkpoint()
        self._unsigned = found is None
        if found is None:
            return Edge(), None
        note, etag = found
        checkpoint, _ = open_checkpoint(note, [key.verifier for key in self._keys])
        if checkpoint.origin != self._keys[0].name:
            raise ProofFailed(
                f"the log that is published here is `{checkpoint.origin}`, not `{self._keys[0].name}`",
                remedy="Restore its key, or give this log another store",
            )
        signed = {(one.name, one.number) for one in split_note(note)[1] if one.name == checkpoint.origin}
        self._unsigned = signed != {(key.name, key.verifier.number) for key in self._keys}
        edge = self._edge
        if edge is None or edge.size != checkpoint.size:
            edge = Edge.of(checkpoint.size, self._shelf.read, checkpoint.size)
        if edge.root() != checkpoint.root:
            raise ProofFailed(
                f"the published tiles do not give the root of the checkpoint of {checkpoint.size} entries",
                remedy="Somebody has changed files below ledger/: restore them from a backup or a mirror",
            )
        return edge, etag

    def _adopt(self, lease: Lease, edge: Edge) -> None:
        """Brings entries that only the published log has into the database, after they have proved to be its entries."""
        with reading(self._engine) as connection:
            size = rows.size(connection)
        if size >= edge.size:
            return
        known = Edge.of(size, self._shelf.read, edge.size)
        bodies: list[bytes] = []
        for number in range(size // WIDTH, -(-edge.size // WIDTH)):
            tile = covering(ENTRIES, number * WIDTH, edge.size)
            bodies += split_entries(tile, self._shelf.read(tile))[max(0, size - number * WIDTH) :]
        for body in bodies:
            known.add(leaf_hash(body))
        if known.root() != edge.root():
            raise ProofFailed("the published entries are not those of the published tree", where="ledger/tile/entries")
        with writing(self._engine) as connection:
            check_lease(connection, lease)
            rows.add_entries(connection, size, [columns_of(body) for body in bodies])
        log.warning("ledger entries read back", entries=len(bodies), size=edge.size)

    def _ensure_same(self, edge: Edge) -> int:
        """The size to publish. Raises ProofFailed where the database has another entry at the end of the published tree."""
        with reading(self._engine) as connection:
            size = rows.size(connection)
            last = list(rows.entries(connection, edge.size - 1, edge.size))
        leaf = self._shelf.read(covering(0, edge.size - 1, edge.size))[-HASH_BYTES:] if edge.size else b""
        if size < edge.size or any(leaf_hash(entry.body) != leaf for entry in last):
            raise ProofFailed(
                f"the database has other entries than the published log of {edge.size}",
                remedy="Restore the database that belongs to the log, or one from before: what is missing is read back",
            )
        return size

    # publishing

    def _extend(self, edge: Edge, size: int) -> list[Tile]:
        """Writes the tiles and bundles that a tree of `size` has and that of the edge has not; those that are full now."""
        start = edge.size // WIDTH * WIDTH
        with reading(self._engine) as connection:
            bodies = [entry.body for entry in rows.entries(connection, start, size)]
        completed: list[Tile] = []
        for place in range(edge.size, size):
            full = edge.add(leaf_hash(bodies[place - start]))
            if full:
                full.append(self._bundle(bodies, start, place + 1))
                completed += self._write(full)
        self._write(edge.partial())
        if size % WIDTH:
            self._write([self._bundle(bodies, start, size)])
        return completed

    def _bundle(self, bodies: Sequence[bytes], start: int, size: int) -> tuple[Tile, bytes]:
        """The last bundle of a tree of `size`; `bodies` begin at `start`."""
        tile = covering(ENTRIES, size - 1, size)
        return tile, join_entries(bodies[tile.number * WIDTH - start : size - start])

    def _write(self, tiles: Iterable[tuple[Tile, bytes]]) -> list[Tile]:
        return [self._shelf.write(tile, body) for tile, body in tiles]

    def _publish(self, edge: Edge, etag: str | None) -> str:
        checkpoint = Checkpoint(self._keys[0].name, edge.size, edge.root())
        self._shelf.write_keys([key.verifier for key in self._keys])
        self._unsigned = False
        return self._shelf.write_checkpoint(checkpoint.signed(self._keys), etag)
