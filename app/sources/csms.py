"""What sources have in common that read a charging station management system whole at every pull.

Statuses are rows of EVSE id and verdict, all of them each time: the registry looks just at those that changed. Of locations and
tariffs those that changed are found by the hash of their body.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from app.clock import Clock, Millis
from app.model.batch import Batch, Kind, Parsed, Raw, StatusRecord
from app.model.problem import Problem
from app.sources.base import Source, SourceSettings
from app.sources.ocpp_status import Verdict
from app.sources.records import Owner, double, nameless, nothing_to_read, read_record, record_key

PORTION = 1000
"""Locations or tariffs per batch."""
VERSION = "2.3.0"
"""Of OCPI, in which locations and tariffs are put."""

StatusRow = tuple[str, Verdict]


@dataclass
class Found:
    records: list[Any] = field(default_factory=list)
    """OCPI objects; of statuses `StatusRow`."""
    problems: list[Problem] = field(default_factory=list)


class CsmsSource(Source):
    def __init__(self, settings: SourceSettings, clock: Clock) -> None:
        super().__init__(settings, clock)
        self._told: dict[Kind, list[Problem]] = {}

    @abstractmethod
    def read(self, kind: Kind, now: Millis) -> Found:
        """All there is of it. Raises SourceError."""

    def fetch(self, kind: Kind, cursor: str | None, *, full: bool) -> Iterator[Batch]:
        found = self.read(kind, self.clock.now())
        now = self.clock.now()
        if kind is Kind.STATUSES:
            problems = self._news(kind, found.problems)
            yield Batch(self.name, kind, now, read_status, found.records, complete=True, problems=problems)
            return
        raws, nameless_ = self._raws(kind, found.records)
        rules = self.rules()
        for start in range(0, len(raws), PORTION):
            yield Batch(self.name, kind, now, self._reader(kind), raws[start : start + PORTION], rules=rules)
        problems = self._news(kind, [*found.problems, *nameless_])
        keys = frozenset(raw.key for raw in raws)
        complete = not nameless_
        yield Batch(
            self.name, kind, now, nothing_to_read, (), complete=complete, unchanged=keys, problems=problems, rules=rules
        )

    def _reader(self, kind: Kind) -> Callable[[Raw], Parsed]:
        return partial(_read_object, kind, self.settings)

    def _news(self, kind: Kind, problems: list[Problem]) -> Sequence[Problem]:
        """Told once, and again when others join or some go."""
        if self._told.get(kind) == problems:
            return ()
        self._told[kind] = problems
        return problems

    def _raws(self, kind: Kind, objects: Iterable[dict[str, Any]]) -> tuple[list[Raw], list[Problem]]:
        owner = Owner(self.settings.country_code, self.settings.party_id)
        raws: dict[str, Raw] = {}
        problems: list[Problem] = []
        for item in objects:
            key = record_key(item, owner)
            if key is None:
                problems.append(nameless(item, kind, self.name, owner))
            elif key in raws:
                problems.append(double(Raw(key, item, self.name), kind))
            else:
                raws[key] = Raw(key, item)
        return list(raws.values()), problems


def read_status(row: StatusRow) -> Parsed:
    evse_id, verdict = row
    return Parsed(
        StatusRecord(
            evse_id,
            verdict.status.value,
            verdict.occurred_at,
            verdict.origin,
            verdict.backend_at,
            detail=verdict.detail,
        )
    )


def _read_object(kind: Kind, settings: SourceSettings, raw: Raw) -> Parsed:
    parsed = read_record(kind, VERSION, settings, raw)
    # Publishing sets it; a database is not asked for it.
    problems = (problem for problem in parsed.problems if not problem.path.endswith("last_updated"))
    return replace(parsed, problems=tuple(problems))


def without_none(body: dict[str, Any]) -> dict[str, Any]:
    """What is known of an object."""
    return {name: value for name, value in body.items() if value not in (None, "", [])}
