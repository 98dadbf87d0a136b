"""`chargefeed check --source`: one source read to its last record, and what of it does not join. Nothing is written."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import SecretStr
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from app.clock import Millis, SystemClock
from app.errors import ChargefeedError, ConfigError
from app.http.exchange import shown
from app.joining import Gathered, LeftOver
from app.model.batch import PULLED, Kind, LocationRecord, Role, StatusRecord, TariffRecord
from app.model.problem import Problem, Severity
from app.registry.overlay import Overlay
from app.settings import Settings
from app.sources.base import PushSource, Source, SourceSettings, make_source

FIRST = 3
"""Records shown of each kind."""
Record: TypeAlias = LocationRecord | TariffRecord | StatusRecord
_INDEX = re.compile(r"\[\d+\]")


@dataclass
class Defect:
    """Problems of one sort."""

    example: Problem
    count: int = 0


@dataclass
class Reading:
    """One kind of data of one source."""

    kind: Kind
    seconds: float = 0.0
    records: int = 0
    refused: int = 0
    complete: bool = False
    first: list[str] = field(default_factory=list)
    words: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(the backend's word, what it is read as) → EVSEs; the word is empty where the source does not keep it."""
    newest: Millis | None = None
    """Of the times that statuses have."""
    defects: dict[tuple[str, str], Defect] = field(default_factory=dict)
    error: str = ""
    listens: str = ""
    """Where a source that pushes is heard, which was tried; it has nothing to read."""

    @property
    def ok(self) -> bool:
        bad = any(each.example.severity is not Severity.NOTE for each in self.defects.values())
        return not (self.error or bad)

    def note(self, problems: Iterator[Problem]) -> None:
        for problem in problems:
            sort = (problem.what, _INDEX.sub("[]", problem.path))
            self.defects.setdefault(sort, Defect(problem)).count += 1


@dataclass(frozen=True, slots=True)
class Checked:
    """What there is to say of one source."""

    places: list[tuple[str, str]]
    """Setting and place, without secrets."""
    readings: list[Reading]
    left_over: list[LeftOver]
    unread: list[str]
    """Sources, or kinds of them, that could not be compared."""

    @property
    def ok(self) -> bool:
        return (
            not self.unread
            and all(reading.ok for reading in self.readings)
            and not any(left.bad for left in self.left_over)
        )


def check_source(settings: Settings, name: str, overlay: Overlay, doing: Callable[[str], None]) -> Checked:
    """Reads the source, and of the others what it is to join. Raises ConfigError for an unknown name."""
    wanted = next((source for source in settings.sources if source.name == name), None)
    if wanted is None:
        known = ", ".join(source.name for source in settings.sources)
        raise ConfigError(f"no source is called `{name}`", remedy=f"There are: {known}")
    gathered, readings = Gathered(overlay=overlay), []
    for source in sorted(settings.sources, key=lambda each: each.name != name):
        found = list(read_source(source, gathered, doing))
        readings += found if source is wanted else []
    others = [each for each in gathered.unread if not each.startswith(f"{name}: ")]
    return Checked(list(_places(wanted)), readings, gathered.left_over({name}), others)


def read_source(settings: SourceSettings, gathered: Gathered, doing: Callable[[str], None]) -> Iterator[Reading]:
    """Each kind of data to its last record; ids go into `gathered`. What a source raises is in its reading."""
    try:
        source = make_source(settings, SystemClock())
        kinds = [kind for kind in PULLED if kind in source.kinds]
    except ChargefeedError as error:
        gathered.unread.append(f"{settings.name}: {error}")
        yield Reading(Kind.LOCATIONS, error=str(error))
        return
    for kind in kinds:
        doing(f"{settings.name}: {kind.value}")
        reading = Reading(kind)
        started = time.monotonic()
        try:
            _read(source, reading, gathered)
        except Exception as error:  # noqa: BLE001  (a plug-in or a driver may raise anything, and the rest is still to be checked)
            reading.error = str(error) if isinstance(error, ChargefeedError) else f"{type(error).__name__}: {error}"
            gathered.unread.append(f"{settings.name}: {kind.value}: {reading.error}")
        reading.seconds = time.monotonic() - started
        yield reading


def _read(source: Source, reading: Reading, gathered: Gathered) -> None:
    if isinstance(source, PushSource):
        reading.listens = source.check()
        return
    for batch in source.ask(reading.kind, None, full=True):
        reading.complete = batch.complete
        reading.note(iter(batch.problems))
        for record in batch.records:
            parsed = batch.parse(record)
            reading.records += 1
            reading.refused += parsed.record is None
            reading.note(iter(parsed.problems))
            if parsed.record is not None:
                _take(source, reading, record, parsed.record, gathered)


def _take(source: Source, reading: Reading, raw: Any, record: Record, gathered: Gathered) -> None:
    roles = source.settings.roles
    if len(reading.first) < FIRST:
        reading.first.append(_short(record))
    if isinstance(record, TariffRecord):
        gathered.add_tariff(source.name, raw.key, record.body)
    elif isinstance(record, StatusRecord):
        _hear(reading, record, str(raw[1]) if len(raw) > 1 and isinstance(raw[1], str | int) else "")
        gathered.heard.setdefault(source.name, set()).add(record.evse)
    elif isinstance(record, LocationRecord):
        if Role.INVENTORY in roles:
            gathered.add_location(source.name, raw.key, record.body, source.clock.now())
        if Role.STATUS in roles and record.statuses:
            _take_embedded(source.name, reading, raw.body, record, gathered)


def _take_embedded(source: str, reading: Reading, body: Any, record: LocationRecord, gathered: Gathered) -> None:
    """Statuses inside a location."""
    points = body.get("evses") if isinstance(body, dict) else None
    said = {str(point.get("uid")): point.get("status") for point in points or () if isinstance(point, dict)}
    ids = {point["uid"]: point.get("evse_id", point["uid"]) for point in record.body.get("evses", ())}
    for status in record.statuses:
        _hear(reading, status, str(said.get(status.evse) or ""))
        gathered.heard.setdefault(source, set()).add(ids.get(status.evse, status.evse))


def _hear(reading: Reading, record: StatusRecord, word: str) -> None:
    reading.words[word, record.status] += 1
    if record.occurred_at is not None:
        reading.newest = max(reading.newest or 0, record.occurred_at)


def _short(record: Record) -> str:
    if isinstance(record, StatusRecord):
        return f"{record.evse} {record.status}"
    owner = f"{record.country_code}*{record.party_id}/{record.id}"
    if isinstance(record, TariffRecord):
        return f"{owner}, {record.body['currency']}"
    evses = record.body.get("evses", ())
    ids = ", ".join(evse.get("evse_id", evse["uid"]) for evse in evses[:FIRST])
    place = ", ".join(str(record.body[name]) for name in ("name", "address", "city") if record.body.get(name))
    more = " …" if len(evses) > FIRST else ""
    return f"{owner}, {place}: {len(evses)} EVSEs {ids}{more}".strip()


def _places(settings: SourceSettings) -> Iterator[tuple[str, str]]:
    """The addresses, databases and files of the settings."""
    for name, value in settings:
        for each in value if isinstance(value, tuple | list) else (value,):
            place = _place(each)
            if place:
                yield name, place


def _place(value: Any) -> str:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, SecretStr):
        with suppress(ArgumentError):
            return make_url(value.get_secret_value()).render_as_string(hide_password=True)
        return ""
    return shown(value) if isinstance(value, str) and "://" in value else ""


def mapped(words: Mapping[tuple[str, str], int]) -> Iterator[tuple[str, str, int]]:
    """Word, status, number; the most frequent first."""
    for (word, status), number in sorted(words.items(), key=lambda item: (-item[1], item[0])):
        yield word or "(as it is)", status, number
