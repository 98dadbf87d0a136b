"""What sources of two files have in common: one with the inventory, one with the statuses, each on a disk or at a URL.

What did not change since the last pull is confirmed without being read again. A status file that nobody writes any more is an
error, since its statuses are as old as it is.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from app.clock import Clock, Millis
from app.model.batch import Batch, Kind, Parsed, Raw
from app.model.problem import Problem
from app.sources.base import Capabilities, Source, SourceSettings
from app.sources.file.watched import Look, WatchedFile, refuse_old_statuses
from app.sources.http import HttpSettings, Transport
from app.sources.records import nothing_to_read
from app.sources.remote import RemoteFile

PORTION = 1000
"""Locations or tariffs per batch."""
AnyFile = WatchedFile | RemoteFile


@dataclass(frozen=True, slots=True)
class Contents:
    """One file, read."""

    records: Sequence[Any]
    """`Raw` of an inventory, rows of statuses."""
    parse: Callable[[Any], Parsed]
    problems: Sequence[Problem]
    whole: bool
    """False where something in it does not say what it is, so that what is absent is not known."""


class FilePairSource(Source):
    capabilities = Capabilities(frozenset({Kind.LOCATIONS, Kind.STATUSES}))
    settings: HttpSettings
    media_types: ClassVar[str]
    """What a URL is asked for (`Accept`)."""

    def __init__(self, settings: SourceSettings, clock: Clock) -> None:
        super().__init__(settings, clock)
        self._transport = Transport(self.settings, clock)
        self._files = {kind: self.file(place) for kind, place in self.places().items() if place}
        self._last: dict[Kind, Batch] = {}
        self._cursors: dict[Kind, str] = {}

    @abstractmethod
    def places(self) -> Mapping[Kind, str | Path | None]:
        """Where the file of each kind is: a URL or a path; None: there is none."""

    @abstractmethod
    def contents(self, kind: Kind, data: bytes, name: str, now: Millis) -> Contents:
        """Raises SourceAnswerError for what is no such file."""

    def headers(self) -> Mapping[str, str]:
        """What a request for a file says, at its own origin alone."""
        return {"Accept": self.media_types}

    @property
    def kinds(self) -> frozenset[Kind]:
        return frozenset(kind for kind in super().kinds if kind in self._files)

    def fetch(self, kind: Kind, cursor: str | None, *, full: bool) -> Iterator[Batch]:
        file = self._files[kind]
        known = self._cursors.get(kind)
        if cursor != known:
            known = None
            file.forget()
        look = file.look()
        if kind is Kind.STATUSES:
            refuse_old_statuses(look, file.where, self.clock.now(), self.settings.ttl)
        if look.digest.hex() != known:
            yield from self._read(kind, file, look)
        elif kind is not Kind.STATUSES or look.content is not None:
            yield replace(self._last[kind], received_at=self._received_at(kind, look))
        file.accept(look)
        self._cursors[kind] = look.digest.hex()

    def file(self, place: str | Path) -> AnyFile:
        if isinstance(place, Path):
            return WatchedFile(place, self.name, self.settings.max_body, self.clock)
        return RemoteFile(place, self._transport, self.clock, self.headers())

    def _received_at(self, kind: Kind, look: Look) -> Millis:
        return look.modified_at if kind is Kind.STATUSES else self.clock.now()

    def _read(self, kind: Kind, file: AnyFile, look: Look) -> Iterator[Batch]:
        """The last batch stands for the whole file, and is given again as long as that stays the same."""
        at, data = self._received_at(kind, look), look.content or b""
        found = self.contents(kind, data, file.name, at)
        if kind is Kind.STATUSES:
            last = Batch(self.name, kind, at, found.parse, found.records, complete=found.whole)
        else:
            keys = frozenset(raw.key for raw in found.records)
            yield from self._portions(kind, found, at)
            last = Batch(
                self.name, kind, at, nothing_to_read, (), complete=found.whole, unchanged=keys, rules=self.rules()
            )
        self._last[kind] = replace(last, problems=found.problems, cursor=look.digest.hex())
        yield self._last[kind]

    def _portions(self, kind: Kind, found: Contents, at: Millis) -> Iterator[Batch]:
        for start in range(0, len(found.records), PORTION):
            raws: Sequence[Raw] = found.records[start : start + PORTION]
            yield Batch(self.name, kind, at, found.parse, raws, rules=self.rules())
