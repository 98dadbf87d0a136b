"""The public feed as one process holds it: the index at the last commit it has seen, and the blocks it has rendered."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from app.clock import Clock
from app.errors import RegistryError
from app.model.batch import Kind
from app.publish.block import Block, Rendering, refreshed_block, rendered_block
from app.publish.cache import BlockCache
from app.publish.index import EVERYTHING, Index, follow, read_index
from app.publish.judge import Judge
from app.publish.spill import Spill
from app.registry.projection import PublicFeed, PublicObject, PublicReader, View

CACHE_BYTES = 96 << 20
"""For a process that answers readers: what they ask for stays."""
SNAPSHOT_CACHE_BYTES = 640 << 20
"""For a process that writes snapshots: it goes through all blocks of all publications each time, so all have to fit, or each is
rendered again and again. With a `Spill` those of a million EVSEs do; without, those of 100,000."""
_TRIES = 20

Stamp = tuple[str, int]
"""(epoch, last sequence)."""


class Read:
    """One consistent read of the database, with the index of the same sequence. For one thread."""

    def __init__(self, reader: PublicReader, index: Index) -> None:
        self.reader = reader
        self.index = index
        self._last: tuple[tuple[Kind, int, int], list[PublicObject]] | None = None

    def block(self, kind: Kind, number: int, newer_than: int = -1) -> list[PublicObject]:
        """As the reader gives it; asked for again at once (another format of the same block), it is not read again."""
        asked = (kind, number, newer_than)
        if self._last is None or self._last[0] != asked:
            self._last = (asked, self.reader.block(kind, number, newer_than))
        return self._last[1]


class Feed:
    """One per process, for all its threads.

    `stamp` tells cheaply whether something was committed (`registry.watch.CommitWatch.stamp`); while it says nothing new, what is
    in memory is answered from without a look at the database.
    """

    def __init__(
        self,
        public: PublicFeed,
        stamp: Callable[[], Stamp],
        clock: Clock,
        cache_bytes: int = CACHE_BYTES,
        judge: Judge | None = None,
        spill: Spill | None = None,
    ) -> None:
        self.judge = judge
        """What whole documents are held to; None: to nothing."""
        self._public = public
        self._stamp = stamp
        self._clock = clock
        self.cache = BlockCache(cache_bytes, spill)
        self._index: Index | None = None
        self._lock = threading.Lock()
        self.rendered = 0
        """Blocks rendered or refreshed so far."""

    def index(self) -> Index:
        """As of the last commit that `stamp` knows of, or a later one."""
        index, (epoch, seq) = self._index, self._stamp()
        if index is not None and index.head.epoch == epoch and index.head.seq >= seq:
            return index
        with self.read() as read:
            return read.index

    @contextmanager
    def read(self) -> Iterator[Read]:
        for _ in range(_TRIES):
            with self._public.read() as reader:
                index = self._advanced(reader)
                if index is not None:
                    yield Read(reader, index)
                    return
        raise RegistryError(
            "the database shows older states again and again", remedy="Read from the primary, not a replica"
        )

    def block(self, rendering: Rendering, number: int, view: View, index: Index) -> Block:
        """The objects of `view` in a block, as they stood at `index` or later."""
        block = self._known(rendering, number, index)
        if block is None:
            with self.cache.alone(_key(rendering, number, index)):
                block = self._known(rendering, number, index)
                if block is None:
                    with self.read() as read:
                        block = self._current(rendering, number, read)
                        index = read.index
        return self._viewed(block, rendering, number, view, index)

    def block_at(self, rendering: Rendering, number: int, view: View, read: Read) -> Block:
        """The objects of `view` in a block exactly as they stand in `read`."""
        key = _key(rendering, number, read.index)
        block = self.cache.get(key)
        if block is None or not _stands(block, rendering, number, read.index):
            with self.cache.alone(key):
                block = self._current(rendering, number, read)
        return self._viewed(block, rendering, number, view, read.index)

    def prepare(self, wanted: Iterable[tuple[Rendering, View]], read: Read) -> None:
        """Brings the blocks of many publications up to date, block by block, so that each object is read once for all formats."""
        by_block: dict[tuple[Kind, int], dict[Rendering, None]] = {}
        for rendering, view in wanted:
            for number in read.index[rendering.kind].counts(view).numbers:
                by_block.setdefault((rendering.kind, number), {})[rendering] = None
        for (_, number), renderings in by_block.items():
            for rendering in renderings:
                self.block_at(rendering, number, EVERYTHING, read)

    def is_cached(self, rendering: Rendering, number: int, index: Index) -> bool:
        """Some state of the block is in memory, so that bringing it up to date costs little."""
        return self.cache.get(_key(rendering, number, index)) is not None

    def _known(self, rendering: Rendering, number: int, index: Index) -> Block | None:
        """The block out of the cache, if it is as of `index` or later."""
        block = self.cache.get(_key(rendering, number, index))
        return block if block is not None and block.seq >= index[rendering.kind].version(number) else None

    def _current(self, rendering: Rendering, number: int, read: Read) -> Block:
        """Inside `alone`: from the cache, or brought up to date, or rendered."""
        key = _key(rendering, number, read.index)
        old = self.cache.get(key)
        if old is not None and _stands(old, rendering, number, read.index):
            return old
        kind, seq = rendering.kind, read.index.head.seq
        if old is None or old.seq > seq:
            block = rendered_block(rendering, read.block(kind, number), seq, self.judge)
        else:
            changed = read.block(kind, number, newer_than=old.seq)
            ordinals = read.index[kind].matching(number, EVERYTHING)
            others = partial(read.reader.objects, kind)
            block = refreshed_block(old, rendering, ordinals, changed, seq, others, self.judge)
        self.rendered += 1
        return self.cache.put(key, block)

    def _viewed(self, block: Block, rendering: Rendering, number: int, view: View, index: Index) -> Block:
        if view == EVERYTHING:
            return block
        wanted = index[rendering.kind].matching(number, view)
        if len(wanted) == len(block.ordinals) and wanted == block.ordinals:
            return block
        key = (_key(rendering, number, index), view)
        part = self.cache.get(key)
        if part is None or part.seq != block.seq or part.ordinals != wanted:
            part = self.cache.put(key, block.only(frozenset(wanted), rendering.format.separator))
        return part

    def _advanced(self, reader: PublicReader) -> Index | None:
        """The index at the reader's head; None where another thread has read a later head already."""
        head = reader.head()
        with self._lock:
            index = self._index
            if index is None or index.head.epoch != head.epoch or index.head.seq < head.oldest - 1:
                self._index = read_index(reader, self._clock.now())
            elif head.seq < index.head.seq:
                return None
            elif head.seq > index.head.seq:
                self._index = follow(index, reader, self._clock.now())
            return self._index


def _key(rendering: Rendering, number: int, index: Index) -> Hashable:
    return (index.head.epoch, rendering.name, rendering.countries, number)


def _stands(block: Block, rendering: Rendering, number: int, index: Index) -> bool:
    """Whether the block says exactly how things stood at the index's sequence."""
    members, seq = index[rendering.kind], index.head.seq
    if block.seq <= seq:
        return block.seq >= members.version(number)
    # read later, but nothing has happened to it in between
    return max(block.versions, default=0) <= seq and block.ordinals == members.matching(number, EVERYTHING)
