"""Reads a dynamic file into statuses of EVSEs, by their registered ids. It is polled: only rows that differ are taken apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.clock import Millis, to_millis
from app.formats.irve.columns import DYNAMIC, NOT_CONCERNED
from app.formats.irve.defects import Defect
from app.formats.irve.lines import read_line
from app.formats.irve.lint_dynamic import RULES
from app.formats.irve.sheet import Line, read_sheet
from app.model.batch import Origin, Parsed, StatusRecord
from app.model.enums import Status
from app.model.problem import Severity

Row = tuple[str, ...]
"""The cells in the order of the schema, as written; the first is the EVSE id."""
_MEANING = {
    ("en_service", "libre"): Status.AVAILABLE,
    ("en_service", "occupe"): Status.CHARGING,
    ("en_service", "reserve"): Status.RESERVED,
    ("inconnu", "occupe"): Status.CHARGING,
    ("inconnu", "reserve"): Status.RESERVED,
}
"""What is out of order is so whatever its occupation; of all else nothing is known."""


@dataclass(frozen=True, slots=True)
class DynamicFile:
    name: str
    rows: list[Row]
    """One per point, its last."""
    defects: list[Defect]
    """Of the file, and of lines that are no row of their own; those of a row are told by `parse`."""
    whole: bool
    """False where a line does not say its point, so that what is absent is not known."""
    _lines: Mapping[str, int]

    def parse(self, row: Row) -> Parsed:
        line = read_line(Line(self._lines.get(row[0], 0), dict(zip(DYNAMIC.names, row, strict=True))), DYNAMIC)
        problems = tuple(defect.problem(self.name) for defect in (*line.defects, *line.checked(RULES, None)))
        if not line.id:
            return Parsed(None, problems)
        return Parsed(_record(row[0], line.values), problems)


def _record(evse: str, values: dict[str, Any]) -> StatusRecord:
    state = values.get("etat_pdc", "inconnu")
    known = _MEANING.get((state, values.get("occupation_pdc", "inconnu")), Status.UNKNOWN)
    at = _moment(values.get("horodatage"))
    status = Status.OUTOFORDER if state == "hors_service" else known
    return StatusRecord(evse, status.value, at, Origin.OBSERVED if at is None else Origin.BACKEND)


def _moment(said: datetime | None) -> Millis | None:
    """None: without an offset, nobody knows which time it was."""
    return None if said is None or said.tzinfo is None else to_millis(said)


def read_dynamic(data: bytes, name: str) -> DynamicFile:
    """Raises SourceAnswerError for what is no such file."""
    sheet = read_sheet(data, DYNAMIC, name)
    defects, rows, numbers = list(sheet.defects), dict[str, Row](), dict[str, int]()
    whole = not sheet.broken
    for line in sheet.lines:
        row = tuple(line.cells.get(column, "") for column in DYNAMIC.names)
        if row[0] in ("", NOT_CONCERNED):
            whole = False
            remedy = "Write the id of the static file"
            what = "names no charge point: line left out"
            defects.append(
                Defect(line.number, DYNAMIC.names[0], what, Severity.REFUSED, True, value=row[0], remedy=remedy)
            )
            continue
        if row[0] in rows:
            what, remedy = f"the point has another row, line {line.number}, which counts", "One row for each point"
            defects.append(Defect(numbers[row[0]], DYNAMIC.names[0], what, Severity.NOTE, value=row[0], remedy=remedy))
        rows[row[0]], numbers[row[0]] = row, line.number
    return DynamicFile(name, list(rows.values()), defects, whole, numbers)
