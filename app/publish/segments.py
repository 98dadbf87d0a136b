"""Closed journal segments: all public changes of a fixed range of sequences, written once and never again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from app.publish.compression import Piece, deflate, gzip_member, stored
from app.publish.documents import Spool, spooled
from app.publish.manifest import Segment
from app.registry.projection import Head, PublicReader

LENGTH = 10_000
"""Sequences in a segment."""
_PAGE = 100


def closed_segments(head: Head) -> Iterator[tuple[int, int]]:
    """(first, last) of the segments that the journal holds whole and that will get no more changes."""
    start = -(-(head.oldest - 1) // LENGTH)
    for number in range(start, head.seq // LENGTH):
        yield number * LENGTH + 1, (number + 1) * LENGTH


def missing_segments(head: Head, known: Iterable[Segment]) -> list[tuple[int, int]]:
    written = {(segment.first, segment.last) for segment in known}
    return [bounds for bounds in closed_segments(head) if bounds not in written]


def read_segment(reader: PublicReader, first: int, last: int) -> tuple[Segment, Spool]:
    """The segment and its bytes: gzip of `{"epoch", "from", "to", "next", "data": […]}`, as `/open/changes` gives changes."""
    start = {"epoch": reader.head().epoch, "from": first, "to": last, "next": last}
    count = 0

    def pieces() -> Iterator[Piece]:
        nonlocal count
        yield stored(orjson.dumps(start)[:-1] + b',"data":[')
        for changes in _pages(reader, first, last):
            yield deflate((b"," if count else b"") + b",".join(map(orjson.dumps, changes)))
            count += len(changes)
        yield stored(b"]}")

    spool = spooled(gzip_member(pieces()))
    path = f"/open/changes/{first}-{last}.json.gz"
    return Segment(path=path, first=first, last=last, count=count, bytes=spool.size, sha256=spool.sha256), spool


def _pages(reader: PublicReader, first: int, last: int) -> Iterator[list[dict[str, Any]]]:
    since = first - 1
    while since < last:
        page = reader.changes(since, _PAGE)
        if changes := [change for change in page.changes if change["seq"] <= last]:
            yield changes
        since = page.next
