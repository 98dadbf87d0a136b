"""Charging sessions as people export them: CSV or XLSX with the columns of EV-ChART's module 2.

Needed are `port_id` (or `evse_id`) and `session_start`. Times without an offset are UTC; several `session_error` are separated by
`;`. A column that is not known is not read: it may hold what leads to a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from app.clock import Millis, parse_time
from app.errors import ChargefeedError
from app.model.problem import Problem, Severity
from app.model.session import SessionRecord
from app.spreadsheet import lines_of

COLUMNS = (
    *("station_id", "port_id", "evse_id", "charger_id", "connector_id", "session_id", "session_start", "session_end"),
    *("session_error", "energy_kwh", "power_kw", "payment_method"),
)
_LONGEST = 255
_Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SessionTable:
    records: tuple[SessionRecord, ...]
    problems: tuple[Problem, ...]
    """Of rows that were left out (refused), and columns that were not read (notes)."""


def read_sessions(content: bytes, where: str, source: str) -> SessionTable:
    """Raises ChargefeedError for what is no such table."""
    lines = ((number, cells) for number, cells in lines_of(content, where, ChargefeedError) if any(cells))
    line, header = next(lines, (1, ()))
    names = [name.strip().lower() for name in header]
    if "session_start" not in names or not {"port_id", "evse_id"} & set(names):
        what = "a table of sessions needs `session_start`, and `port_id` or `evse_id`"
        raise ChargefeedError(what, where=f"{where}:{line}", remedy=f"Columns that are read: {', '.join(COLUMNS)}")
    problems = list(_unread(names, where, line))
    records = []
    for number, cells in lines:
        row = {name: cell for name, cell in zip(names, cells, strict=False) if name in COLUMNS and cell}
        try:
            records.append(_record(row, source))
        except _Defect as defect:
            problems.append(defect.problem(f"{where}:{number}", row))
    return SessionTable(tuple(records), tuple(problems))


def _unread(names: list[str], where: str, line: int) -> Iterator[Problem]:
    for name in names:
        if name and name not in COLUMNS:
            remedy = f"Known are {', '.join(COLUMNS)}"
            yield Problem(
                "the column is not read", Severity.NOTE, path=name[:80], where=f"{where}:{line}", remedy=remedy
            )


class _Defect(Exception):
    def __init__(self, column: str, what: str, remedy: str) -> None:
        self.column, self.what, self.remedy = column, what, remedy

    def problem(self, where: str, row: _Cells) -> Problem:
        value = row.get(self.column, "")[:80]
        return Problem(self.what, path=self.column, where=where, value=value, remedy=self.remedy)


def _record(row: _Cells, source: str) -> SessionRecord:
    evse = row.get("port_id") or row.get("evse_id")
    began = _time(row, "session_start")
    if evse is None or began is None:
        raise _Defect("port_id" if evse is None else "session_start", "is blank: the row is left out", "Fill it")
    return SessionRecord(
        source,
        evse,
        began,
        _time(row, "session_end"),
        _decimal(row, "energy_kwh"),
        session_id=row.get("session_id"),
        location_id=row.get("station_id"),
        connector=row.get("connector_id"),
        charger=row.get("charger_id"),
        peak_kw=_decimal(row, "power_kw"),
        errors=tuple(filter(None, (code.strip() for code in row.get("session_error", "")[:_LONGEST].split(";")))),
        payment=row.get("payment_method"),
    )


def _time(row: _Cells, name: str) -> Millis | None:
    if name not in row:
        return None
    try:
        return parse_time(row[name])
    except (ValueError, OverflowError):
        raise _Defect(name, "is no time: the row is left out", "Write it as 2026-01-31T12:00:00Z") from None


def _decimal(row: _Cells, name: str) -> Decimal | None:
    if name not in row:
        return None
    try:
        number = Decimal(row[name])
    except ArithmeticError:
        number = Decimal("NaN")
    if not number.is_finite():
        raise _Defect(name, "is no number: the row is left out", "Write it as 12.34")
    return number
