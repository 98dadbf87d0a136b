"""Whole documents: every object of a publication, from one read of the database, put together from blocks."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b, sha256
from typing import BinaryIO, cast

from app import __version__
from app.clock import Millis
from app.publish.block import Block, total_losses
from app.publish.compression import gzip_member, zstd_frames
from app.publish.feed import Feed, Read
from app.publish.judge import Flaws
from app.publish.pages import enclosed
from app.publish.publications import Publication
from app.registry.projection import Head
from app.store.base import Encoding

_IN_MEMORY = 1 << 18


@dataclass(frozen=True)
class Document:
    publication: Publication
    head: Head
    blocks: tuple[Block, ...]

    @property
    def count(self) -> int:
        return sum(block.count for block in self.blocks)

    @property
    def losses(self) -> list[tuple[str, str, int]]:
        """(path, reason, how often), by path."""
        return sorted((path, reason, times) for (path, reason), times in total_losses(self.blocks).items())

    @property
    def flaws(self) -> Flaws:
        """What is not valid in its objects, by the official schema: with any, it is not to leave."""
        return tuple(flaw for block in self.blocks if any(block.flaws) for flaws in block.flaws for flaw in flaws)

    @cached_property
    def identity(self) -> str:
        """The same while the objects are; the stamp in the envelope does not count."""
        words = (__version__, self.head.epoch, *self.publication.rendering.name)
        digest = blake2b(repr(words).encode(), digest_size=16)
        for block in self.blocks:
            digest.update(block.identity)
        return digest.hexdigest()

    def plain(self, stamp: Millis, sequence: int | None = None) -> Iterator[bytes]:
        """The document in parts of about a block; `stamp` and `sequence` (None: its own) are those that its envelope gives."""
        publication, separator = self.publication, b""
        sequence = self.head.seq if sequence is None else sequence
        yield publication.prefix(stamp, sequence)
        for block in self.blocks:
            if block.count:
                yield separator + block.piece.plain()
                separator = publication.format.separator
        yield publication.suffix(stamp, sequence)

    def sha256(self, stamp: Millis, sequence: int) -> str:
        """Of the plain document with that stamp and sequence."""
        digest = sha256()
        for part in self.plain(stamp, sequence):
            digest.update(part)
        return digest.hexdigest()


def read_document(feed: Feed, publication: Publication, read: Read) -> Document:
    """Renders what has changed since it was last read; what the blocks hold already costs nothing."""
    numbers = read.index[publication.kind].counts(publication.view).numbers
    blocks = (feed.block_at(publication.rendering, number, publication.view, read) for number in numbers)
    return Document(publication, read.index.head, tuple(blocks))


@dataclass(frozen=True)
class Spool:
    """Bytes on their way to the store, in a temporary file when they are many; gone when it is closed."""

    file: BinaryIO
    sha256: str
    size: int

    def close(self) -> None:
        self.file.close()


@dataclass(frozen=True)
class Assembled:
    """A document in the encodings it is stored in.

    There is no plain file: it would be ten times as large to write, every few seconds, and each HTTP client reads gzip; the web
    server in front unpacks for one that does not say so.
    """

    sha256: str
    """Of the plain document."""
    size: int
    """Of the plain document."""
    encoded: dict[Encoding, Spool]


def assemble(document: Document) -> Assembled:
    """gzip from the deflated blocks as they are; the plain digest and zstd from one pass over the inflated blocks."""
    stamp, digest, size = document.head.published_at, sha256(), 0

    def hashed() -> Iterator[bytes]:
        nonlocal size
        for part in document.plain(stamp):
            digest.update(part)
            size += len(part)
            yield part

    packed = spooled(gzip_member(enclosed(document.publication, document.head, document.blocks)))
    framed = spooled(zstd_frames(hashed()))
    return Assembled(digest.hexdigest(), size, {Encoding.GZIP: packed, Encoding.ZSTD: framed})


def spooled(parts: Iterable[bytes]) -> Spool:
    file, digest, size = tempfile.SpooledTemporaryFile(_IN_MEMORY), sha256(), 0  # noqa: SIM115 (the Spool closes it)
    for part in parts:
        digest.update(part)
        size += file.write(part)
    return Spool(cast("BinaryIO", file), digest.hexdigest(), size)
