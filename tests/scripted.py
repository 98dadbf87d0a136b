"""A source for tests of the worker that does what the test says."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from app.clock import parse_time
from app.model.batch import PULLED, Batch, Kind, Origin, Parsed, Raw, StatusRecord, StatusRow
from app.sources.base import BUILT_IN, Capabilities, Source, SourceSettings, source_class
from tests.plugin.chargefeed_board import read_point


@dataclass(frozen=True)
class Call:
    source: str
    kind: Kind
    full: bool
    cursor: str | None
    at: float


class ScriptedSource(Source):
    type = "scripted"
    Settings: ClassVar[type[SourceSettings]] = SourceSettings
    capabilities = Capabilities(frozenset(PULLED), incremental=True)
    calls: ClassVar[list[Call]] = []
    answer: ClassVar[Callable[[Source, Kind], Iterator[Batch]]]

    def fetch(self, kind: Kind, cursor: str | None, *, full: bool) -> Iterator[Batch]:
        self.calls.append(Call(self.name, kind, full, cursor, time.monotonic()))
        yield from type(self).answer(self, kind)


def page(source: Source, kind: Kind, *ids: str, complete: bool = True, cursor: str | None = "1") -> Batch:
    """Points of the sample plug-in, as a page of locations; nothing of the other kinds."""
    points = [{"id": id_, "place": "Market", "lat": 52.5, "lon": 13.4, "free": True} for id_ in ids]
    records: list[Any] = [Raw(f"de*brd/{id_}".lower(), point) for id_, point in zip(ids, points, strict=True)]
    parse = read_point if kind is Kind.LOCATIONS else lambda _: Parsed(None)
    return Batch(
        source=source.name,
        kind=kind,
        received_at=source.clock.now(),
        parse=parse,
        records=records if kind is Kind.LOCATIONS else [],
        complete=complete and kind is Kind.LOCATIONS,
        cursor=cursor,
    )


def poll(source: Source, status: str, occurred: str, *evses: str) -> Batch:
    """One status for all."""

    def read(row: StatusRow) -> Parsed:
        return Parsed(StatusRecord(row.evse, row.status, parse_time(occurred), Origin.BACKEND))

    rows = [StatusRow(evse, status, occurred) for evse in evses]
    return Batch(source.name, Kind.STATUSES, source.clock.now(), read, rows, complete=True)


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> type[ScriptedSource]:
    monkeypatch.setitem(BUILT_IN, "scripted", "tests.scripted:ScriptedSource")
    monkeypatch.setattr(ScriptedSource, "calls", [])
    monkeypatch.setattr(
        ScriptedSource, "answer", lambda source, kind: iter([page(source, kind, "P1", "P2")]), raising=False
    )
    source_class.cache_clear()
    return ScriptedSource
