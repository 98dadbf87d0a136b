"""Pages of a publication, as OCPI pages lists (OCPI 2.2.1-d2, transport and format, pagination).

Objects are in order of creation. Where a page starts: behind an ordinal (`after`, what our own links carry: nothing is skipped
and nothing seen twice while objects come and go), or at a count of objects (`offset`). A page that starts behind an ordinal rides
on whole blocks, some of them short, up to `limit` objects; one that starts at an offset has exactly `limit` objects, so that a
client which counts along by itself misses nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from itertools import groupby

from app import __version__
from app.clock import Millis
from app.publish.block import Block, rendered_block
from app.publish.compression import Piece, gzip_member, stored, zstd_frames
from app.publish.feed import Feed, Read
from app.publish.index import EVERYTHING, Index
from app.publish.publications import Publication
from app.registry.projection import BLOCK, Head
from app.store.base import Encoding

_CUT_WORTH = BLOCK // 2
"""Of a block that is not in memory, so many objects are rendered alone; for more, the block."""


@dataclass(frozen=True, slots=True)
class Query:
    limit: int = BLOCK
    """At most so many objects; at least 1."""
    after: int | None = None
    """Start behind this ordinal; None: at `offset`."""
    offset: int = 0
    date_from: Millis | None = None
    """Inclusive."""
    date_to: Millis | None = None
    """Exclusive."""

    @property
    def by_date(self) -> bool:
        return self.date_from is not None or self.date_to is not None


@dataclass(frozen=True)
class Page:
    publication: Publication
    head: Head
    """Nothing that was committed up to it is missing: its stamp is the client's next `date_from`."""
    blocks: tuple[Block, ...]
    total: int
    """Objects of the publication that match, on all pages (`X-Total-Count`)."""
    next: int | None
    """`after` of the next page; None on the last."""

    @property
    def count(self) -> int:
        """Objects on this page."""
        return sum(block.count for block in self.blocks)

    @cached_property
    def identity(self) -> str:
        """The same while the objects on the page, the total and the next page are the same, whatever the time is."""
        words = (__version__, self.head.epoch, *self.publication.rendering.name, self.total, self.next)
        digest = blake2b(repr(words).encode(), digest_size=12)
        for block in self.blocks:
            digest.update(block.identity)
        return digest.hexdigest()

    def etag(self, encoding: Encoding | None) -> str:
        """As the header has it. Weak: the envelope's timestamp, which moves with every commit, does not count."""
        return f'W/"{self.identity}{"-" + encoding.value if encoding else ""}"'

    def body(self, encoding: Encoding | None) -> bytes:
        if encoding is Encoding.GZIP:
            return b"".join(gzip_member(self._pieces()))
        plain = b"".join(piece.plain() for piece in self._pieces())
        return b"".join(zstd_frames([plain])) if encoding is Encoding.ZSTD else plain

    def _pieces(self) -> Iterator[Piece]:
        return enclosed(self.publication, self.head, self.blocks)


def enclosed(publication: Publication, head: Head, blocks: Sequence[Block]) -> Iterator[Piece]:
    """The envelope, and between its ends the objects of all blocks."""
    filled = (block.piece for block in blocks if block.count)
    separator = stored(publication.format.separator)
    yield stored(publication.prefix(head.published_at, head.seq))
    yield from (piece for place, block in enumerate(filled) for piece in ((separator, block) if place else (block,)))
    yield stored(publication.suffix(head.published_at, head.seq))


def page(feed: Feed, publication: Publication, query: Query) -> Page:
    if query.by_date or publication.view.terms is not None:
        return _page_by_date(feed, publication, query)
    index = feed.index()
    if query.after is None:
        return _counted_page(feed, publication, query, index)
    return _page_of_blocks(feed, publication, query, query.after, index)


def _page_of_blocks(feed: Feed, publication: Publication, query: Query, after: int, index: Index) -> Page:
    """What is left of the block that `after` lies in, then whole blocks as far as they fit."""
    members, blocks, last, room = index[publication.kind], list[Block](), after, query.limit
    for number in members.counts(publication.view).from_block((after + 1) // BLOCK):
        if blocks and len(members.matching(number, publication.view)) > room:
            break
        block = _behind(feed.block(publication.rendering, number, publication.view, index), after, publication)
        if len(block.ordinals) > room:
            if not blocks:
                blocks = [_first(block, room, publication)]
                last = blocks[0].ordinals[-1]
            break
        blocks.append(block)
        room -= len(block.ordinals)
        last = (number + 1) * BLOCK - 1
    return _page(publication, index, blocks, last)


def _counted_page(feed: Feed, publication: Publication, query: Query, index: Index) -> Page:
    """Exactly `limit` objects from `offset` on, or what there is."""
    members = index[publication.kind]
    counts = members.counts(publication.view)
    start = counts.locate(query.offset)
    if start is None:
        return Page(publication, index.head, (), counts.total, None)
    first, skipped = start
    after = members.matching(first, publication.view)[skipped] - 1
    blocks, last, room = list[Block](), after, query.limit
    for number in counts.from_block(first):
        block = feed.block(publication.rendering, number, publication.view, index)
        blocks.append(_first(_behind(block, after, publication), room, publication))
        room -= len(blocks[-1].ordinals)
        last = blocks[-1].ordinals[-1] if blocks[-1].ordinals else last
        if room == 0:
            break
    return _page(publication, index, blocks, last)


def _page(publication: Publication, index: Index, blocks: Sequence[Block], last: int) -> Page:
    members = index[publication.kind]
    counts = members.counts(publication.view)
    newest = members.matching(counts.numbers[-1], publication.view)[-1] if counts.numbers else -1
    return Page(publication, index.head, tuple(blocks), counts.total, last if newest > last else None)


def _page_by_date(feed: Feed, publication: Publication, query: Query) -> Page:
    with feed.read() as read:
        ordinals = read.reader.ordinals(
            publication.kind, publication.view, query.date_from, query.date_to, publication.boundaries
        )
        start = query.offset if query.after is None else bisect_right(ordinals, query.after)
        wanted = ordinals[start : start + query.limit]
        blocks = tuple(
            _some_of(feed, publication, number, frozenset(part), read)
            for number, part in groupby(wanted, lambda ordinal: ordinal // BLOCK)
        )
        following = wanted[-1] if wanted and start + query.limit < len(ordinals) else None
        return Page(publication, read.index.head, blocks, len(ordinals), following)


def _some_of(feed: Feed, publication: Publication, number: int, ordinals: frozenset[int], read: Read) -> Block:
    """Objects of one block: cut out of it where it is in memory or most of it is wanted, else rendered alone; for a partner with
    terms always, since blocks are as the public sees them."""
    rendering, terms = publication.rendering, publication.view.terms
    if terms is not None:
        found = read.reader.objects(rendering.kind, sorted(ordinals), terms)
        block = rendered_block(rendering, found, read.index.head.seq)
        # What is shown of an object may change without a version of its own.
        return replace(block, identity=blake2b(block.piece.plain(), digest_size=16).digest())
    if len(ordinals) > _CUT_WORTH or feed.is_cached(rendering, number, read.index):
        return feed.block_at(rendering, number, EVERYTHING, read).only(ordinals, rendering.format.separator)
    return rendered_block(rendering, read.reader.objects(rendering.kind, sorted(ordinals)), read.index.head.seq)


def _behind(block: Block, after: int, publication: Publication) -> Block:
    """The block's objects whose ordinal is above `after`."""
    if not block.ordinals or block.ordinals[0] > after:
        return block
    return block.only(frozenset(o for o in block.ordinals if o > after), publication.format.separator)


def _first(block: Block, count: int, publication: Publication) -> Block:
    return block.only(frozenset(block.ordinals[:count]), publication.format.separator)
