"""The two files as batches. What did not change since the last pull is confirmed without being read again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from app.clock import Clock, format_time, from_millis
from app.errors import SourceAnswerError
from app.formats.irve.dynamic_file import read_dynamic
from app.formats.irve.static_file import read_static
from app.model.batch import Batch, Kind
from app.sources.base import Capabilities, Source, SourceSettings
from app.sources.file.watched import Look, WatchedFile
from app.sources.http import Transport
from app.sources.irve.remote import RemoteFile
from app.sources.irve.settings import IrveSettings
from app.sources.records import nothing_to_read

PORTION = 1000
"""Locations per batch."""


class IrveSource(Source):
    type = "irve"
    Settings = IrveSettings
    capabilities = Capabilities(frozenset({Kind.LOCATIONS, Kind.STATUSES}))
    settings: IrveSettings

    def __init__(self, settings: SourceSettings, clock: Clock) -> None:
        super().__init__(settings, clock)
        transport = Transport(self.settings, clock)
        given = {Kind.LOCATIONS: self.settings.static, Kind.STATUSES: self.settings.dynamic}
        self._files = {kind: self._file(place, transport) for kind, place in given.items() if place}
        self._last: dict[Kind, Batch] = {}
        self._cursors: dict[Kind, str] = {}

    def _file(self, place: str, transport: Transport) -> WatchedFile | RemoteFile:
        if place.lower().startswith(("http://", "https://")):
            return RemoteFile(place, transport, self.clock)
        return WatchedFile(Path(place), self.name, self.settings.max_body, self.clock)

    @property
    def kinds(self) -> frozenset[Kind]:
        return frozenset(kind for kind in super().kinds if kind in self._files)

    def fetch(self, kind: Kind, cursor: str | None, *, full: bool) -> Iterator[Batch]:
        file = self._files[kind]
        if cursor != self._cursors.get(kind):
            self._cursors.pop(kind, None)
            file.forget()
        look = file.look()
        if kind is Kind.STATUSES:
            self._refuse_old(file, look)
        if look.digest.hex() != self._cursors.get(kind):
            read = self._locations if kind is Kind.LOCATIONS else self._statuses
            yield from read(file, look)
        elif kind is Kind.LOCATIONS or look.content is not None:
            yield replace(self._last[kind], received_at=self._received_at(kind, look))
        file.accept(look)
        self._cursors[kind] = look.digest.hex()

    def _received_at(self, kind: Kind, look: Look) -> int:
        return look.modified_at if kind is Kind.STATUSES else self.clock.now()

    def _refuse_old(self, file: WatchedFile | RemoteFile, look: Look) -> None:
        if self.clock.now() - look.modified_at > self.settings.ttl * 1000:
            raise SourceAnswerError(
                f"was last written {format_time(look.modified_at)}; statuses as old as that are not published",
                where=file.where,
                remedy="Look at the program that writes it, or raise `ttl`",
            )

    def _locations(self, file: WatchedFile | RemoteFile, look: Look) -> Iterator[Batch]:
        settings, now = self.settings, self.clock.now()
        owner = {"country_code": settings.country_code, "party_id": settings.party_id}
        found = read_static(look.content or b"", file.name, from_millis(now), **owner)
        batch = Batch(self.name, Kind.LOCATIONS, now, found.parse, (), rules=self.rules())
        for start in range(0, len(found.raws), PORTION):
            yield replace(batch, records=found.raws[start : start + PORTION])
        self._last[Kind.LOCATIONS] = replace(
            batch,
            parse=nothing_to_read,
            complete=not found.nameless,
            unchanged=frozenset(raw.key for raw in found.raws),
            problems=[defect.problem(file.name) for defect in found.defects],
            cursor=look.digest.hex(),
        )
        yield self._last[Kind.LOCATIONS]

    def _statuses(self, file: WatchedFile | RemoteFile, look: Look) -> Iterator[Batch]:
        found = read_dynamic(look.content or b"", file.name)
        self._last[Kind.STATUSES] = Batch(
            self.name,
            Kind.STATUSES,
            look.modified_at,
            found.parse,
            found.rows,
            complete=found.whole,
            problems=[defect.problem(file.name) for defect in found.defects],
            cursor=look.digest.hex(),
        )
        yield self._last[Kind.STATUSES]
