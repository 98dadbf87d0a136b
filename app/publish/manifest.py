"""`/open/manifest.json`: what there is, file by file, as of one sequence. Stable; readers ignore members they do not know."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app import __version__
from app.errors import StoreError
from app.store.base import Encoding

PATH = "/open/manifest.json"
SNAPSHOTS = "/open/snapshots/"


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class Encoded(_Part):
    """The document as it is sent with this Content-Encoding."""

    bytes: int
    sha256: str


class LossCount(_Part):
    path: str
    reason: str
    count: int


class File(_Part):
    path: str
    """The stable address: always the latest."""
    version: str
    """The address of exactly this content: never changes, and is kept for a while after the next one has come."""
    media_type: str
    format: str
    kind: str
    parties: tuple[str, ...] = ()
    """`DE*ABC`; empty: all."""
    sequence: int
    """Of the last change in it: ask `/open/changes?since=` for what came after."""
    unchanged_until: int
    """Last sequence up to which it is known to be still the same; where `sequence` is no longer kept, go on from here."""
    stamp: str
    """Time of the commit of `sequence`; the envelope's `timestamp`."""
    generated: str
    count: int
    """Objects in it."""
    bytes: int
    """Of the document, decoded."""
    sha256: str
    """Of the document, decoded."""
    encodings: dict[Encoding, Encoded]
    losses: tuple[LossCount, ...] = ()
    """What this format cannot say of the objects in it."""
    identity: str
    """Of the content without its time."""


class Segment(_Part):
    """A closed part of the journal. It never changes."""

    path: str
    first: int = Field(alias="from")
    last: int = Field(alias="to")
    count: int
    bytes: int
    sha256: str


class Changes(_Part):
    live: str = "/open/changes?since={sequence}"
    segments: tuple[Segment, ...] = ()


class LiveOnly(_Part):
    path: str
    why: str


LIVE_ONLY = (
    LiveOnly(path="/open/ocpi/{version}/{locations,tariffs}", why="pages, filters by date"),
    LiveOnly(path="/open/ocpi/{version}/{locations,tariffs}/{id}…", why="single objects"),
    LiveOnly(path="/open/changes?since={sequence}", why="the newest changes"),
    LiveOnly(path="/open/stream", why="a stream"),
    LiveOnly(path="/open/catalog.jsonld", why="made of what there is to fetch"),
)
"""Answered by the process alone: not in the store, nor at a CDN in front of it."""


class Superseded(_Part):
    path: str
    until: str
    """Kept so long for those who are still reading it."""


class Manifest(_Part):
    generator: str = f"chargefeed {__version__}"
    about: dict[str, Any] = Field(default_factory=dict)
    """Who publishes, under which licence."""
    epoch: str
    """Of this feed's life: with another one, sequences begin anew."""
    lease_epoch: int = 0
    """Of the worker that wrote it: a worker with a lower one writes no more."""
    sequence: int
    next_date_from: str
    """The stamp of `sequence`: where an OCPI client goes on by date."""
    generated: str
    files: tuple[File, ...] = ()
    changes: Changes = Changes()
    live_only: tuple[LiveOnly, ...] = LIVE_ONLY
    superseded: tuple[Superseded, ...] = ()

    def file(self, path: str) -> File | None:
        return next((file for file in self.files if file.path == path), None)

    def paths(self) -> set[str]:
        """Of all files, by both addresses, and of all segments."""
        files = {path for file in self.files for path in (file.path, file.version)}
        return files | {segment.path for segment in self.changes.segments}

    def to_bytes(self) -> bytes:
        return self.model_dump_json(indent=1, by_alias=True).encode()


def read_manifest(data: bytes) -> Manifest:
    """Raises StoreError where it is no manifest."""
    try:
        return Manifest.model_validate_json(data)
    except ValidationError as error:
        remedy = "Remove it, and the next snapshot writes a new one"
        raise StoreError(
            f"not a manifest of chargefeed: {error.errors()[0]['msg']}", where=PATH, remedy=remedy
        ) from error
