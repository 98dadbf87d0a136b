"""Files as a source: read when they changed, whole.

What is said of them is as old as the file: `received_at` is when it was last written. A status file that nobody writes any
more brings no news, so that its statuses become UNKNOWN after `ttl`; so do statuses inside an inventory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from typing import Any

from app.clock import Clock, Millis
from app.model.batch import Batch, Kind, Parsed, Role
from app.model.problem import Problem
from app.sources.base import Capabilities, Source, SourceSettings
from app.sources.file.objects import read_contents
from app.sources.file.settings import FileSettings
from app.sources.file.statuses import Row, StatusFile, read_statuses
from app.sources.file.watched import Look, WatchedFile
from app.sources.records import double

PORTION = 1000
"""Records per batch."""


class FileSource(Source):
    type = "file"
    Settings = FileSettings
    capabilities = Capabilities(frozenset(Kind), statuses_in_locations=True)
    settings: FileSettings

    def __init__(self, settings: SourceSettings, clock: Clock) -> None:
        super().__init__(settings, clock)
        given = {
            Kind.LOCATIONS: self.settings.inventory,
            Kind.TARIFFS: self.settings.tariffs,
            Kind.STATUSES: (self.settings.statuses,) if self.settings.statuses else (),
        }
        self._files = {
            kind: [WatchedFile(path, self.name, self.settings.max_body, clock) for path in paths]
            for kind, paths in given.items()
        }
        self._last: dict[Kind, Batch] = {}
        self._cursors: dict[Kind, str] = {}

    @property
    def kinds(self) -> frozenset[Kind]:
        return frozenset(kind for kind in super().kinds if self._files[kind])

    def fetch(self, kind: Kind, cursor: str | None, *, full: bool) -> Iterator[Batch]:
        files = self._files[kind]
        if cursor != self._cursors.get(kind):
            for file in files:
                file.forget()
        looks = [file.look() for file in files]
        if kind is Kind.STATUSES:
            yield from self._statuses(files[0], looks[0])
        elif any(file.changed(look) for file, look in zip(files, looks, strict=True)):
            looks = [file.whole(look) for file, look in zip(files, looks, strict=True)]
            yield from self._objects(kind, files, looks)
        elif not self._says_old_statuses(kind, looks):
            yield replace(self._last[kind], received_at=_written(looks))
        for file, look in zip(files, looks, strict=True):
            file.accept(look)
        self._cursors[kind] = _cursor(looks)

    def _says_old_statuses(self, kind: Kind, looks: Sequence[Look]) -> bool:
        """Whether confirming the inventory would confirm statuses that nobody has confirmed."""
        inside = kind is Kind.LOCATIONS and not self._files[Kind.STATUSES] and Role.STATUS in self.settings.roles
        age = self.clock.now() - _written(looks)
        return inside and age > self.settings.ttl * 1000

    def _statuses(self, file: WatchedFile, look: Look) -> Iterator[Batch]:
        if look.content is None:
            return
        found = read_statuses(look.content, file.where, file.path.name)
        yield Batch(
            self.name,
            Kind.STATUSES,
            look.modified_at,
            partial(self._read_status, found),
            found.rows,
            complete=not found.nameless,
            problems=found.problems,
            cursor=_cursor([look]),
        )

    def _read_status(self, found: StatusFile, row: Row) -> Parsed:
        return found.parse(row, self.settings.status_map)

    def _objects(self, kind: Kind, files: Sequence[WatchedFile], looks: Sequence[Look]) -> Iterator[Batch]:
        written = _written(looks)
        places: dict[str, str] = {}
        problems: list[Problem] = []
        whole = True
        for file, look in zip(files, looks, strict=True):
            found = read_contents(kind, look.content or b"", file.path.name, file.where, self.settings)
            raws = [raw for raw in found.raws if places.setdefault(raw.key, raw.where) == raw.where]
            problems += found.problems
            problems += [double(raw, kind) for raw in found.raws if places[raw.key] != raw.where]
            whole = whole and found.whole
            for start in range(0, len(raws), PORTION):
                yield Batch(self.name, kind, written, found.parse, raws[start : start + PORTION])
        self._last[kind] = Batch(
            self.name,
            kind,
            written,
            _nothing_to_read,
            (),
            complete=whole,
            unchanged=frozenset(places),
            problems=problems,
            cursor=_cursor(looks),
        )
        yield self._last[kind]


def _written(looks: Sequence[Look]) -> Millis:
    return max(look.modified_at for look in looks)


def _cursor(looks: Sequence[Look]) -> str:
    return blake2b(b"".join(look.digest for look in looks), digest_size=16).hexdigest()


def _nothing_to_read(raw: Any) -> Parsed:
    raise AssertionError("a batch without records has none to read")
