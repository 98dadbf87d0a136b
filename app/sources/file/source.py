"""Files as a source: read when they changed, whole.

Of several tariff files each stands for itself: one that cannot be read, or a plan that is defective, is a problem and keeps
the tariffs it gave when it was last right.

Statuses are as old as the file they stand in: `received_at` is when it was last written. Where nobody writes it any more
there is no news, so that they become UNKNOWN after `ttl`; a status file is then an error, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from pathlib import Path

from app.clock import Clock, Millis
from app.errors import SourceError
from app.model.batch import PULLED, Batch, Kind, Parsed, Role
from app.sources.base import Capabilities, Source, SourceSettings
from app.sources.file.gathered import Gathered
from app.sources.file.objects import PLANS, Contents, is_table, read_contents, unread
from app.sources.file.settings import FileSettings
from app.sources.file.statuses import Row, StatusFile, read_statuses
from app.sources.file.watched import Look, WatchedFile, WatchedPaths, refuse_old_statuses
from app.sources.records import nothing_to_read

PORTION = 1000
"""Records per batch."""
IN_FOLDERS = {Kind.TARIFFS: (".json", *PLANS)}
"""How the files end that are taken from a folder."""


class FileSource(Source):
    type = "file"
    Settings = FileSettings
    capabilities = Capabilities(frozenset(PULLED), statuses_in_locations=True, at_hand=True)
    settings: FileSettings

    def __init__(self, settings: SourceSettings, clock: Clock) -> None:
        super().__init__(settings, clock)
        given = {
            Kind.LOCATIONS: self.settings.inventory,
            Kind.TARIFFS: self.settings.tariffs,
            Kind.STATUSES: (self.settings.statuses,) if self.settings.statuses else (),
        }
        self._watched = {
            kind: WatchedPaths(paths, IN_FOLDERS.get(kind, ()), self.name, self.settings.max_body, clock)
            for kind, paths in given.items()
        }
        self._last: dict[Kind, Batch] = {}
        self._cursors: dict[Kind, str] = {}
        self._gave: dict[Kind, Mapping[Path, frozenset[str]]] = {}

    @property
    def kinds(self) -> frozenset[Kind]:
        return frozenset(kind for kind in super().kinds if self._watched[kind].paths)

    def fetch(self, kind: Kind, cursor: str | None, *, full: bool) -> Iterator[Batch]:
        files = self._watched[kind].files()
        apart = kind is Kind.TARIFFS and len(files) > 1
        if cursor != self._cursors.get(kind):
            self._cursors.pop(kind, None)
            for file in files:
                file.forget()
        looks = [_look(file, apart=apart) for file in files]
        if kind is Kind.STATUSES:
            yield from self._statuses(files[0], looks[0])
        elif _cursor(files, looks) != self._cursors.get(kind):
            looks = [_whole(file, look, apart=apart) for file, look in zip(files, looks, strict=True)]
            yield from self._objects(kind, files, looks, apart=apart)
        elif not self._is_old(kind, looks):
            yield replace(self._last[kind], received_at=self._received_at(kind, looks))
        for file, look in zip(files, looks, strict=True):
            file.accept(look)
        self._cursors[kind] = _cursor(files, looks)

    def _received_at(self, kind: Kind, looks: Sequence[Look]) -> Millis:
        return max(look.modified_at for look in looks) if self._has_statuses(kind) else self.clock.now()

    def _has_statuses(self, kind: Kind) -> bool:
        if kind is not Kind.LOCATIONS or self.settings.statuses or Role.STATUS not in self.settings.roles:
            return kind is Kind.STATUSES
        return not all(is_table(path.name) for path in self.settings.inventory)

    def _is_old(self, kind: Kind, looks: Sequence[Look]) -> bool:
        """Whether to confirm what was read would confirm statuses that nobody has confirmed."""
        return self.clock.now() - self._received_at(kind, looks) > self.settings.ttl * 1000

    def _statuses(self, file: WatchedFile, look: Look) -> Iterator[Batch]:
        refuse_old_statuses(look, file.where, self.clock.now(), self.settings.ttl)
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
            cursor=_cursor([file], [look]),
        )

    def _read_status(self, found: StatusFile, row: Row) -> Parsed:
        return found.parse(row, self.settings.status_map)

    def _objects(
        self, kind: Kind, files: Sequence[WatchedFile], looks: Sequence[Look], *, apart: bool
    ) -> Iterator[Batch]:
        received_at = self._received_at(kind, looks)
        rules = self.rules(self.settings.version or "")
        gathered = Gathered(kind, self._gave.get(kind, {}))
        for file, look in zip(files, looks, strict=True):
            found = self._contents(kind, file, look, apart=apart)
            raws = gathered.add(file.path, found)
            for start in range(0, len(raws), PORTION):
                some = raws[start : start + PORTION]
                yield Batch(self.name, kind, received_at, found.parse, some, rules=rules)
        self._gave[kind] = gathered.gave
        self._last[kind] = Batch(
            self.name,
            kind,
            received_at,
            nothing_to_read,
            (),
            complete=gathered.complete,
            unchanged=frozenset(gathered.given),
            seen=frozenset(gathered.seen),
            problems=gathered.problems,
            cursor=_cursor(files, looks),
        )
        yield self._last[kind]

    def _contents(self, kind: Kind, file: WatchedFile, look: Look, *, apart: bool) -> Contents:
        try:
            if look.error is not None:
                raise look.error
            return read_contents(kind, look.content or b"", file.path.name, file.where, self.settings)
        except SourceError as error:
            if not apart:
                raise
            return unread(error, self.name)


def _look(file: WatchedFile, *, apart: bool) -> Look:
    """`apart`: that it cannot be read concerns this file alone. Else raises SourceError."""
    try:
        return file.look()
    except SourceError as error:
        if not apart:
            raise
        return Look.failed(error)


def _whole(file: WatchedFile, look: Look, *, apart: bool) -> Look:
    """The look with its content."""
    if look.content is not None:
        return look
    file.forget()
    return _look(file, apart=apart)


def _cursor(files: Sequence[WatchedFile], looks: Sequence[Look]) -> str:
    parts = (str(file.path).encode() + look.digest for file, look in zip(files, looks, strict=True))
    return blake2b(b"".join(parts), digest_size=16).hexdigest()
