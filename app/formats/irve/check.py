"""A static or dynamic file, checked: by the schema's rules, by those beyond it, by the official schema if it is at hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.errors import SourceAnswerError
from app.formats.irve.columns import DYNAMIC, STATIC, Layout
from app.formats.irve.defects import Defect
from app.formats.irve.lines import ReadLine, read_line
from app.formats.irve.lint_dynamic import lint_dynamic
from app.formats.irve.lint_static import lint_static
from app.formats.irve.sheet import Sheet, read_sheet
from app.formats.irve.table_schema import TableSchema
from app.formats.report import Finding, Record, Report, Verdict
from app.model.problem import Problem, Severity

LAYOUTS = {f"irve-{layout.name}": layout for layout in (STATIC, DYNAMIC)}
_PART = "PDC"


@dataclass(frozen=True, slots=True)
class Beside:
    """What a file is checked with, where it is at hand."""

    schema: TableSchema | None = None
    """The official one."""
    static: bytes | None = None
    """The static file that a dynamic one belongs to."""


NOTHING = Beside()


def detect(data: bytes) -> str | None:
    """`irve-statique` or `irve-dynamique`, by the header; None: neither."""
    header = data[:4096].replace(b"\0", b"").lower()
    if b"id_pdc_itinerance" not in header or header.lstrip().startswith((b"{", b"[")):
        return None
    return "irve-dynamique" if b"etat_pdc" in header else "irve-statique"


def check(data: bytes, name: str, now: datetime | None, beside: Beside = NOTHING) -> Report:
    """`name` of `LAYOUTS`; `now` is aware, None: nothing is in the future.

    What the schema refuses is REFUSED, since a portal then refuses the file; PARTLY is what it accepts and then drops or
    misunderstands.
    """
    layout = LAYOUTS[name]
    try:
        sheet = read_sheet(data, layout, "the file")
        lines = [read_line(line, layout) for line in sheet.lines]
        lint = _lint(layout, lines, now, beside)
    except SourceAnswerError as error:
        return Report("", findings=(Finding(1, Problem(error.what, remedy=error.remedy)),))
    by_line: dict[int, list[Defect]] = {line.number: list(line.defects) for line in lines}
    for defect in lint:
        by_line[defect.line].append(defect)
    for defect in _official(sheet, beside.schema, by_line):
        by_line[defect.line].append(defect)
    return Report(
        name,
        tuple(_record(line, by_line[line.number]) for line in lines),
        tuple(_finding(defect) for defect in sheet.defects),
    )


def judged(data: bytes, name: str, schema: TableSchema) -> list[Finding]:
    """What the official schema refuses in a file, by line and charge point."""
    try:
        sheet = read_sheet(data, LAYOUTS[name], "the file")
    except SourceAnswerError as error:
        return [Finding(1, Problem(error.what, remedy=error.remedy))]
    ids = {line.number: line.cells.get("id_pdc_itinerance", "") for line in sheet.lines}
    refused = [*(defect for defect in sheet.defects if defect.official), *_official(sheet, schema, {})]
    return [_finding(replace(defect, record=ids.get(defect.line, ""))) for defect in refused]


def _lint(layout: Layout, lines: Sequence[ReadLine], now: datetime | None, beside: Beside) -> Iterator[Defect]:
    if layout is STATIC:
        return lint_static(lines, now)
    return lint_dynamic(lines, now, None if beside.static is None else _points(beside.static))


def _points(static: bytes) -> frozenset[str]:
    sheet = read_sheet(static, STATIC, "the static file")
    return frozenset(read_line(line, STATIC).id for line in sheet.lines)


def _official(sheet: Sheet, schema: TableSchema | None, known: dict[int, list[Defect]]) -> Iterator[Defect]:
    """What only the official schema finds."""
    if schema is None:
        return
    found = {(line, defect.column) for line, defects in known.items() for defect in defects if defect.official}
    for line, column, kind, what in schema.violations(sheet):
        if (line, column) not in found:
            yield Defect(line, column, what, Severity.REFUSED, True, f"official schema: {kind}")


def _record(line: ReadLine, defects: list[Defect]) -> Record:
    findings = tuple(_finding(defect) for defect in defects)
    worst = {finding.problem.severity for finding in findings}
    verdict = Verdict.TAKEN
    if worst - {Severity.NOTE}:
        verdict = Verdict.REFUSED if Severity.REFUSED in worst else Verdict.PARTLY
    id_ = line.id or line.texts.get("id_pdc_itinerance", "")
    return Record(line.number, _PART, id_, verdict, findings)


def _finding(defect: Defect) -> Finding:
    severity = Severity.REFUSED if defect.official else defect.severity
    return Finding(
        defect.line,
        Problem(
            defect.what,
            severity,
            record=defect.record,
            path=defect.column,
            rule=defect.rule,
            value=defect.shown,
            remedy=defect.remedy,
        ),
    )
