"""Rendered blocks in memory, bounded. A cache: whatever is in it can be rendered again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from app.publish.block import Block
from app.publish.spill import Spill


class BlockCache:
    """The blocks used last, up to `capacity` bytes. For any number of threads.

    `spill`: where their contents are, of which then only what says where counts; None: in memory.
    """

    def __init__(self, capacity: int, spill: Spill | None = None) -> None:
        self.capacity = capacity
        self._spill = spill
        self._size = 0
        self._blocks: OrderedDict[Hashable, Block] = OrderedDict()
        self._flights: dict[Hashable, tuple[threading.Lock, int]] = {}
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes taken, about."""
        return self._size

    def __len__(self) -> int:
        return len(self._blocks)

    def get(self, key: Hashable) -> Block | None:
        with self._lock:
            block = self._blocks.get(key)
            if block is not None:
                self._blocks.move_to_end(key)
            return block

    def put(self, key: Hashable, block: Block) -> Block:
        """The same block as it is kept; not where a later state of it is there already."""
        if self._spill is not None:
            block = replace(block, piece=self._spill.keep(block.piece))
        with self._lock:
            old = self._blocks.get(key)
            if old is not None and old.seq > block.seq:
                return block
            self._blocks[key] = block
            self._blocks.move_to_end(key)
            self._size += block.weight - (old.weight if old else 0)
            while self._size > self.capacity and len(self._blocks) > 1:
                _, dropped = self._blocks.popitem(last=False)
                self._size -= dropped.weight
        return block

    @contextmanager
    def alone(self, key: Hashable) -> Iterator[None]:
        """Just one thread at a time is inside with the same key; the others find in the cache what it left."""
        with self._lock:
            lock, waiting = self._flights.get(key, (threading.Lock(), 0))
            self._flights[key] = (lock, waiting + 1)
        try:
            with lock:
                yield
        finally:
            with self._lock:
                lock, waiting = self._flights.pop(key)
                if waiting > 1:
                    self._flights[key] = (lock, waiting - 1)
