"""Files as a source: read when they changed, whole.

Statuses are as old as the file they stand in: `received_at` is when it was last written. Where nobody writes it any more
there is no news, so that they become UNKNOWN after `ttl`; a status file is then an error, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from typing import Any

from app.clock import Clock, Millis, format_time
from app.errors import SourceAnswerError
from app.model.batch import Batch, Kind, Parsed, Role
from app.model.problem import Problem
from app.sources.base import Capabilities, Source, SourceSettings
from app.sources.file.objects import is_table, read_contents
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
        elif not self._is_old(kind, looks):
            yield replace(self._last[kind], received_at=self._received_at(kind, looks))
        for file, look in zip(files, looks, strict=True):
            file.accept(look)
        self._cursors[kind] = _cursor(looks)

    def _received_at(self, kind: Kind, looks: Sequence[Look]) -> Millis:
        return max(look.modified_at for look in looks) if self._has_statuses(kind) else self.clock.now()

    def _has_statuses(self, kind: Kind) -> bool:
        if kind is not Kind.LOCATIONS or self._files[Kind.STATUSES] or Role.STATUS not in self.settings.roles:
            return kind is Kind.STATUSES
        return not all(is_table(path.name) for path in self.settings.inventory)

    def _is_old(self, kind: Kind, looks: Sequence[Look]) -> bool:
        """Whether to confirm what was read would confirm statuses that nobody has confirmed."""
        return self.clock.now() - self._received_at(kind, looks) > self.settings.ttl * 1000

    def _statuses(self, file: WatchedFile, look: Look) -> Iterator[Batch]:
        if self._is_old(Kind.STATUSES, [look]):
            raise SourceAnswerError(
                f"was last written {format_time(look.modified_at)}; statuses as old as that are not published",
                where=file.where,
                remedy="Look at the program that writes it, or raise `ttl`",
            )
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
        received_at = self._received_at(kind, looks)
        rules = self.rules(self.settings.version or "")
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
                some = raws[start : start + PORTION]
                yield Batch(self.name, kind, received_at, found.parse, some, rules=rules)
        self._last[kind] = Batch(
            self.name,
            kind,
            received_at,
            _nothing_to_read,
            (),
            complete=whole,
            unchanged=frozenset(places),
            problems=problems,
            cursor=_cursor(looks),
        )
        yield self._last[kind]


def _cursor(looks: Sequence[Look]) -> str:
    return blake2b(b"".join(look.digest for look in looks), digest_size=16).hexdigest()


def _nothing_to_read(raw: Any) -> Parsed:
    raise AssertionError("a batch without records has none to read")
