"""Closed journal segments: all public changes of a fixed range of sequences, written once and never again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256

import orjson

from app.publish.compression import deflate, gzip_member
from app.publish.manifest import Segment
from app.registry.projection import Head, PublicReader

LENGTH = 10_000
"""Sequences in a segment."""
_PAGE = 1_000


def closed_segments(head: Head) -> Iterator[tuple[int, int]]:
    """(first, last) of the segments that the journal holds whole and that will get no more changes."""
    start = -(-(head.oldest - 1) // LENGTH)
    for number in range(start, head.seq // LENGTH):
        yield number * LENGTH + 1, (number + 1) * LENGTH


def missing_segments(head: Head, known: Iterable[Segment]) -> list[tuple[int, int]]:
    written = {(segment.first, segment.last) for segment in known}
    return [bounds for bounds in closed_segments(head) if bounds not in written]


def read_segment(reader: PublicReader, first: int, last: int) -> tuple[Segment, bytes]:
    """The segment and its bytes: gzip of `{"epoch", "from", "to", "next", "data": […]}`, as `/open/changes` gives changes."""
    since, changes = first - 1, list[bytes]()
    while since < last:
        page = reader.changes(since, _PAGE)
        changes += [orjson.dumps(change) for change in page.changes if change["seq"] <= last]
        since = page.next
    start = orjson.dumps({"epoch": reader.head().epoch, "from": first, "to": last, "next": last})
    plain = start[:-1] + b',"data":[' + b",".join(changes) + b"]}"
    body = b"".join(gzip_member([deflate(plain)]))
    path = f"/open/changes/{first}-{last}.json.gz"
    digest = sha256(body).hexdigest()
    return Segment(path=path, first=first, last=last, count=len(changes), bytes=len(body), sha256=digest), body
