"""What a run of the snapshots will write: found out in one read of the database, so that all files tell of the same sequence."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from app.clock import Millis, format_time, parse_time
from app.publish.documents import Assembled, Document, Spool, assemble, read_document
from app.publish.feed import Feed, Read
from app.publish.index import Scope
from app.publish.judge import Flaws
from app.publish.manifest import SNAPSHOTS, Encoded, File, LossCount, Manifest, Segment
from app.publish.publications import Publication
from app.publish.segments import missing_segments, read_segment
from app.registry.projection import Head
from app.store.base import Encoding

SEGMENTS_AT_ONCE = 4

Catalogue = Callable[[Collection[Scope]], Mapping[str, Publication]]
"""Parties and countries → publications by path, each after those it refers to."""


@dataclass(frozen=True, slots=True)
class NewFile:
    file: File
    assembled: Assembled | None
    """None: another new file has the same content, and names the same version."""


@dataclass
class Plan:
    head: Head
    files: list[File] = field(default_factory=list)
    """All of the next manifest, in the catalogue's order."""
    new: list[NewFile] = field(default_factory=list)
    looked_at: list[str] = field(default_factory=list)
    """Paths of those that were due, but for the withheld, which are looked at again at once."""
    withheld: dict[str, Flaws] = field(default_factory=dict)
    """Path → what is not valid in the document: its last good one stays, or there is none."""
    segments: list[tuple[Segment, Spool]] = field(default_factory=list)
    """New ones."""

    @property
    def size(self) -> int:
        """Bytes to be written."""
        return sum(spool.size for _, _, spool in self.spools()) + sum(spool.size for _, spool in self.segments)

    def spools(self) -> Iterator[tuple[File, Encoding, Spool]]:
        for new in self.new:
            if new.assembled is not None:
                for encoding, spool in new.assembled.encoded.items():
                    yield new.file, encoding, spool

    def close(self) -> None:
        for spool in (*(spool for _, _, spool in self.spools()), *(spool for _, spool in self.segments)):
            spool.close()


@dataclass
class Planner:
    feed: Feed
    catalogue: Catalogue
    verified: set[str] = field(default_factory=set)
    """Paths of files that this process wrote or compared byte by byte: from then on their identity is enough."""

    def plan(self, old: Manifest, is_due: Callable[[Publication], bool], generated: Millis) -> Plan:
        with self.feed.read() as read:
            plan = Plan(read.index.head)
            try:
                listed = [(one, old.file(one.path)) for one in self.catalogue(read.index.scopes()).values()]
                due = {one.path: one for one, file in listed if file is None or is_due(one)}
                self.feed.prepare(((one.rendering, one.view) for one in due.values()), read)
                for publication, file in listed:
                    if publication.path in due:
                        file = self._look(plan, publication, file, read, generated)
                    if file is not None:
                        plan.files.append(file)
                self._close_segments(plan, old, read)
            except BaseException:
                plan.close()
                raise
            return plan

    def _look(
        self, plan: Plan, publication: Publication, old: File | None, read: Read, generated: Millis
    ) -> File | None:
        """The manifest's entry of a publication that is due; None where there is none yet that is valid."""
        document = read_document(self.feed, publication, read)
        if flaws := document.flaws:
            plan.withheld[publication.path] = flaws
            return old
        plan.looked_at.append(publication.path)
        if old is not None and self._is_unchanged(document, old):
            return old.model_copy(update={"unchanged_until": read.index.head.seq})
        twin = next((new.file for new in plan.new if new.file.identity == document.identity), None)
        if twin is not None:
            new = NewFile(_twin(twin, publication), None)
        else:
            assembled = assemble(document)
            new = NewFile(_described(document, assembled, generated), assembled)
        plan.new.append(new)
        return new.file

    def _is_unchanged(self, document: Document, old: File) -> bool:
        path = document.publication.path
        if document.identity != old.identity:
            return False
        if path not in self.verified and document.sha256(parse_time(old.stamp), old.sequence) != old.sha256:
            return False  # the same objects, but this program renders them otherwise than the one that wrote the file
        self.verified.add(path)
        return True

    def _close_segments(self, plan: Plan, old: Manifest, read: Read) -> None:
        known = old.changes.segments if old.epoch == plan.head.epoch else ()
        for first, last in missing_segments(plan.head, known)[:SEGMENTS_AT_ONCE]:
            plan.segments.append(read_segment(read.reader, first, last))


def _described(document: Document, assembled: Assembled, generated: Millis) -> File:
    publication, head = document.publication, document.head
    name, extension = publication.stem
    return File(
        path=publication.path,
        version=f"{SNAPSHOTS}{name}.{head.seq}-{assembled.sha256[:16]}{extension}",
        media_type=publication.format.media_type,
        format=publication.format.name,
        kind=publication.kind.value,
        parties=tuple(sorted(publication.view.parties)),
        sequence=head.seq,
        unchanged_until=head.seq,
        stamp=format_time(head.published_at),
        generated=format_time(generated),
        count=document.count,
        bytes=assembled.size,
        sha256=assembled.sha256,
        encodings={
            encoding: Encoded(bytes=spool.size, sha256=spool.sha256) for encoding, spool in assembled.encoded.items()
        },
        losses=tuple(LossCount(path=path, reason=reason, count=times) for path, reason, times in document.losses),
        identity=document.identity,
    )


def _twin(file: File, publication: Publication) -> File:
    """The entry of a publication that says the same as another one, such as the only party's."""
    return file.model_copy(update={"path": publication.path, "parties": tuple(sorted(publication.view.parties))})
