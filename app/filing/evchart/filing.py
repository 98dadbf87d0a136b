"""One filing: the files of a period's modules, held to the federal rules, and all that a person has to know of them.

A row that the federal side would refuse is left out and named, since it refuses a whole file for one of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from app.clock import Millis
from app.compliance.uptime.figures import Outage, PortUptime
from app.filing.evchart.doubts import Doubts
from app.filing.evchart.facts import FILLED_IN, PLACE, Facts
from app.filing.evchart.period import Period
from app.filing.evchart.sessions import Words, session_rows
from app.filing.evchart.stations import Places
from app.filing.evchart.uptimes import outage_rows, uptime_rows
from app.formats.evchart.check import check
from app.formats.evchart.module import STATION, Module, modules
from app.formats.evchart.writing import File, Values, write
from app.formats.report import Record, Verdict
from app.model.problem import Problem, Severity
from app.model.session import SessionRecord

Span = tuple[Millis, Millis]
"""The end is not included."""


class Figures(Protocol):
    """Uptime as the rules of NEVI count it."""

    def uptimes(self, windows: Sequence[Span]) -> Iterable[PortUptime]:
        """Of each port, each window."""

    def outages(self, span: Span) -> Iterable[Outage]:
        """Of each port, clipped to the span."""


@dataclass(frozen=True, slots=True)
class Material:
    """What a filing is made of; None: there is none, and the modules that need it are missing."""

    sessions: Callable[[Millis, Millis], Iterable[SessionRecord]] | None = None
    is_known: Callable[[str], bool] = field(default=lambda _: False)
    figures: Figures | None = None
    facts: Facts | None = None
    words: Words = field(default_factory=Words)


@dataclass(frozen=True, slots=True)
class Filed:
    module: Module
    files: tuple[File, ...] = ()
    problems: tuple[Problem, ...] = ()
    """By the federal rules: of rows that were left out (refused), and of rows that are in (notes)."""
    doubts: Doubts = field(default_factory=Doubts)
    missing: str = ""
    """Why there is no file, and what to do."""

    @property
    def rows(self) -> int:
        return sum(len(file.rows) for file in self.files)

    @property
    def stations(self) -> int:
        return sum(file.stations for file in self.files)

    @property
    def concerns(self) -> int:
        """How much a person has to look at."""
        return len(self.problems) + sum(doubt.count for doubt in self.doubts) + bool(self.missing)

    def as_dict(self) -> dict[str, Any]:
        return {
            "module": self.module.module,
            "name": self.module.name,
            "files": [file_record(file) for file in self.files],
            "problems": [problem.as_dict() for problem in self.problems],
            "doubts": [doubt.as_dict() for doubt in self.doubts],
            **({"missing": self.missing} if self.missing else {}),
        }


def file_record(file: File) -> dict[str, Any]:
    digest = hashlib.sha256(file.body).hexdigest()
    size = {"rows": len(file.rows), "stations": file.stations, "bytes": len(file.body)}
    return {"file": file.name, **size, "sha256": digest}


def filed(number: int, period: Period, places: Places, material: Material, *, switched: bool = False) -> Filed:
    """A module. `switched`: with the newer columns of module 4."""
    module, doubts = modules()[number], Doubts()
    rows = _rows(number, period, places, material, doubts)
    if rows is None:
        return Filed(module, missing=_missing(number))
    files, problems = _sound(module, list(rows), places, switched=switched)
    more = () if material.facts is None or number not in FILLED_IN else material.facts.problems
    meant = tuple(problem for problem in more if f"sheet Module {number}," in problem.where)
    return Filed(module, tuple(files), (*meant, *problems), doubts)


def _rows(number: int, period: Period, places: Places, material: Material, doubts: Doubts) -> Iterable[Values] | None:
    """None: there is nothing to make them of."""
    if number in FILLED_IN:
        return None if material.facts is None else _facts(number, material.facts, places, doubts)
    if number == 2:
        if material.sessions is None:
            return None
        records = material.sessions(period.since, period.until)
        return session_rows(records, places, material.is_known, material.words, doubts)
    if material.figures is None:
        return None
    if number == 3:
        return uptime_rows(material.figures.uptimes(period.windows), places, doubts)
    return outage_rows(material.figures.outages((period.since, period.until)), places, doubts)


def _facts(number: int, facts: Facts, places: Places, doubts: Doubts) -> Iterator[Values]:
    known = {station.id for station in places.stations}
    for row in facts.rows.get(number, ()):
        if row[STATION] not in known:
            remedy = "Correct the id, or add the site with its funding to the inventory"
            doubts.add("rows of a station that is not known here", str(row[PLACE]), remedy, kept=True)
        yield row


def _missing(number: int) -> str:
    if number in FILLED_IN:
        return "nobody has said it: fill what --template FILE.xlsx writes, and give it to --facts"
    if number == 2:
        return "no sessions are kept: add `private` to the settings, and `sessions` to a source or import a file"
    return "there are no figures of uptime"


def _sound(module: Module, rows: list[Values], places: Places, *, switched: bool) -> tuple[list[File], list[Problem]]:
    """Files without the rows that would be refused, and every problem."""
    problems: list[Problem] = []
    sound: list[Values] = []
    for file in write(module, rows, switched=switched):
        report = check(file.body, module, places.registered())
        problems += (finding.problem for finding in report.findings if not _is_ours(finding.problem))
        for record, row in zip(report.records, file.rows, strict=True):
            problems += _placed(record, row, file.name)
            if record.verdict is not Verdict.REFUSED:
                sound.append(row)
    return write(module, sound, switched=switched), problems


def _is_ours(problem: Problem) -> bool:
    """What was asked for is no problem: the newer columns."""
    return problem.severity is Severity.NOTE


def _placed(record: Record, row: Values, name: str) -> Iterator[Problem]:
    where = str(row.get(PLACE) or f"{name}:{record.line}")
    for finding in record.findings:
        yield replace(finding.problem, where=where, record=record.id)
