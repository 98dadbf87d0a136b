"""What no source knows: costs, operators and energy resources (modules 5 to 9), in a workbook that the operator fills.

A sheet per module, a row per station with what is known of it, and a sheet that says what may stand where. Read back, a row in
which nothing was filled is left out; what was filled goes into the files as it stands, and `check` says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import ChargefeedError
from app.filing.evchart.stations import Station
from app.formats.evchart.module import NETWORK, STATION, Column, Module, Need, modules
from app.formats.evchart.writing import Values
from app.model.problem import Problem
from app.spreadsheet import Line, sheets_of

FILLED_IN = range(5, 10)
"""Modules that are written so."""
_MONTHS = "maintenance_report_start", "maintenance_report_end"
KNOWN = frozenset((STATION, NETWORK, "operator_name", "program_report_year", *_MONTHS))
"""Cells that the template fills; a row with nothing else in it was not filled."""
PLACE = "#place"
"""Of a row: `facts.xlsx, sheet Module 5, row 7`."""
_FLAGS = {"yes": "TRUE", "true": "TRUE", "1": "TRUE", "no": "FALSE", "false": "FALSE", "0": "FALSE"}
_DAY = len("2026-01-31")
_NEEDS = {
    Need.REQUIRED: "required",
    Need.BLANK_WHEN_NOTHING: "required; blank in one case",
    Need.OPTIONAL: "recommended",
}
GUIDE = (
    "Fill what is coloured, a row per station, more rows where it has several; then give this file to --facts. "
    f"{STATION} and {NETWORK} are those of module 1."
)
WIDE, NARROW = 60, 22
LAST_ROW = 10_000


@dataclass(frozen=True, slots=True)
class Facts:
    rows: dict[int, list[Values]]
    """Module → rows, each with its PLACE."""
    problems: tuple[Problem, ...] = ()


def sheet_name(module: Module) -> str:
    return f"Module {module.module}"


def known_cells(station: Station, year: int) -> dict[str, str | None]:
    """What the template fills."""
    months = {
        "maintenance_report_start": f"{year}-01-01T00:00:00Z",
        "maintenance_report_end": f"{year}-12-31T23:59:59Z",
    }
    return {**station.names, "operator_name": station.operator, "program_report_year": str(year), **months}


def read_facts(content: bytes, where: str) -> Facts:
    """Raises ChargefeedError for what is no workbook, or has no sheet of a module."""
    sheets = sheets_of(content, where, ChargefeedError) if content.startswith(b"PK\x03\x04") else {}
    meant = {number: sheets.get(sheet_name(module)) for number, module in modules().items() if number in FILLED_IN}
    if not any(meant.values()):
        remedy = "Fill what `chargefeed report evchart --template FILE.xlsx` writes; keep the names of its sheets"
        raise ChargefeedError("no workbook with a sheet `Module 5` to `Module 9`", where=where, remedy=remedy)
    rows: dict[int, list[Values]] = {}
    problems: list[Problem] = []
    for number, lines in meant.items():
        if lines:
            place = f"{where}, sheet {sheet_name(modules()[number])}"
            problems += _headers(lines[0], modules()[number], place)
            rows[number] = list(_rows(lines, modules()[number], place))
    return Facts(rows, tuple(problems))


def _headers(line: Line, module: Module, place: str) -> Iterator[Problem]:
    known = {column.key for column in module.all}
    for name in filter(None, line[1]):
        if name not in known:
            remedy = f"Known are {', '.join(column.key for column in module.all)}"
            yield Problem("the column is not known", path=name[:80], where=f"{place}, row {line[0]}", remedy=remedy)


def _rows(lines: Sequence[Line], module: Module, place: str) -> Iterator[Values]:
    header, columns = lines[0][1], {column.key: column for column in module.all}
    for number, cells in lines[1:]:
        said = {name: cell for name, cell in zip(header, cells, strict=False) if name in columns and cell}
        if said.keys() - KNOWN:
            row = {name: _written(columns[name], cell) for name, cell in said.items()}
            yield {STATION: "", **row, PLACE: f"{place}, row {number}"}


def _written(column: Column, cell: str) -> str:
    """A cell as EV-ChART wants it, where what a spreadsheet makes of it means the same."""
    if column.type == "flag":
        return _FLAGS.get(cell.lower(), cell)
    if column.type == "time":
        cell = cell.replace(" ", "T", 1)
        return f"{cell}T00:00:00Z" if len(cell) == _DAY else cell
    return cell


def write_template(stations: Sequence[Station], year: int, path: Path) -> int:
    """Returns the number of stations. Raises ChargefeedError for another ending than .xlsx."""
    from openpyxl import Workbook  # a quarter of a second

    if path.suffix.lower() != ".xlsx":
        raise ChargefeedError("the template is a workbook", where=str(path), remedy="End its name in .xlsx")
    book = Workbook(write_only=True)
    for number in FILLED_IN:
        _sheet(book, modules()[number], stations, year)
    _explain(book)
    book.save(path)
    return len(stations)


def _sheet(book: Any, module: Module, stations: Sequence[Station], year: int) -> None:
    from openpyxl.utils import get_column_letter

    from app.compliance.workbook import BOLD, choice, styled

    sheet = book.create_sheet(sheet_name(module))
    sheet.freeze_panes = "C2"
    for at, column in enumerate(module.all, start=1):
        letter = get_column_letter(at)
        sheet.column_dimensions[letter].width = NARROW
        choices = ("TRUE", "FALSE") if column.type == "flag" else column.values
        if choices:
            strict = not column.open
            sheet.data_validations.append(choice(choices, f"{letter}2:{letter}{LAST_ROW}", strict=strict))
    sheet.append([styled(sheet, column.key, font=BOLD) for column in module.all])
    for station in stations:
        known = known_cells(station, year)
        sheet.append([_cell(sheet, column, known.get(column.key)) for column in module.all])


def _cell(sheet: Any, column: Column, known: str | None) -> Any:
    from app.compliance.workbook import TO_FILL, styled, text_cell

    if known:
        return text_cell(sheet, known)
    return None if column.need is Need.OPTIONAL else styled(sheet, None, fill=TO_FILL)


def _explain(book: Any) -> None:
    from app.compliance.workbook import BOLD, styled

    sheet = book.create_sheet("what may stand where")
    for letter, width in zip("ABCDE", (NARROW, NARROW * 2, NARROW, WIDE, WIDE), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.append([GUIDE])
    heads = ("module", "column", "", "what it is", "what may stand in it")
    sheet.append([styled(sheet, name, font=BOLD) for name in heads])
    for number in FILLED_IN:
        module = modules()[number]
        for column in module.all:
            sheet.append([f"{number} {module.name}", column.key, _NEEDS[column.need], column.means, column.rule])
        if module.nothing:
            when = f"Where {module.when_nothing}: all blank"
            sheet.append([f"{number} {module.name}", "", "", when, ", ".join(module.nothing)])
