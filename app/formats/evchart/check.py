"""The federal rules of a module, held against anyone's file, and what the federal dashboard would leave out of it.

1. Columns first: a column that is missing, not known, or there twice has every row refused.
2. Each cell by its column; blank cells by what the module says of a row that reports nothing.
3. No two rows of a station with the same unique key, blanks and times written otherwise being the same.
4. What is taken and then left out, or cannot be true, is a note (`dashboard`).

The whole file is refused for one row: there is no part of it that is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from app.formats.evchart.cell import defects, value_of
from app.formats.evchart.dashboard import doubts
from app.formats.evchart.module import KEYS, NETWORK, STATION, Module, Need
from app.formats.evchart.sheet import MOST_BYTES, Row, Sheet, columns_wrong, read_sheet
from app.formats.report import Finding, Record, Report, Verdict
from app.model.problem import Problem, Severity

UPTIME = 3


@dataclass(frozen=True, slots=True)
class Registered:
    """What module 1 has, as far as it is known here."""

    opened: Mapping[str, date] = field(default_factory=dict)
    """Station → when it became operational."""
    ports: frozenset[tuple[str, str]] | None = None
    """Station and port; None: not known."""


NOTHING = Registered()


def check(data: bytes, module: Module, registered: Registered = NOTHING) -> Report:
    """A record of the report is a row; its line is that of the file, as Excel counts."""
    try:
        sheet = read_sheet(data)
    except ValueError as error:
        problem = Problem("cannot be read as CSV", value=str(error)[:80], remedy="Save it as `CSV UTF-8`")
        return Report("", findings=(Finding(1, problem),))
    of_file = [*columns_wrong(sheet, module), *_of_file(data, sheet, module)]
    if any(problem.severity is Severity.REFUSED for problem in of_file):
        return Report(module.format, _all_refused(sheet), _found(1, of_file))
    doubled = _doubled(sheet, module)
    return Report(
        module.format,
        tuple(_record(row, list(_of_row(row, sheet, module, doubled, registered))) for row in sheet.rows),
        _found(1, of_file),
    )


def _of_file(data: bytes, sheet: Sheet, module: Module) -> Iterator[Problem]:
    if not sheet.rows:
        what = "the file has no row"
        yield Problem(
            what, rule=module.rule, remedy="Leave out a module that has nothing, or give its ports a row each"
        )
    if len(data) > MOST_BYTES:
        remedy = "Split it, a station's rows together"
        yield Problem(
            "the file is larger than 10 MiB", rule="EV-ChART: files", value=f"{len(data)} bytes", remedy=remedy
        )


def _of_row(
    row: Row, sheet: Sheet, module: Module, doubled: Mapping[int, int], registered: Registered
) -> Iterator[Problem]:
    if row.lacking:
        more = "fewer" if row.lacking > 0 else "more"
        remedy = "Check its commas and quotes; a line break inside a cell breaks the row"
        yield Problem(f"the row has {more} cells than the header", rule="EV-ChART: files", remedy=remedy)
        return
    for column in module.all:
        text = row.cells.get(column.key, "")
        if text:
            yield from defects(column, text)
        elif column.need is Need.REQUIRED or (column.need is Need.BLANK_WHEN_NOTHING and _must_be_filled(row, module)):
            yield _blank(column.key, row, module)
    if row.line in doubled:
        key = ", ".join(column for column in (STATION, *module.unique))
        remedy = "Keep one of them; times may be written differently and be the same"
        yield Problem(f"the same {key} as in line {doubled[row.line]}", rule=f"{module.rule}: unique", remedy=remedy)
    yield from doubts(row.cells, module.module, registered.opened.get(row.cells[STATION]))
    if registered.ports is not None and "port_id" in row.cells:
        port = row.cells[STATION], row.cells["port_id"]
        if port not in registered.ports:
            what = "the port is not known here; one that is not registered is left out"
            yield Problem(what, Severity.NOTE, path="port_id", value=port[1], remedy="Register it in module 1")


def _must_be_filled(row: Row, module: Module) -> bool:
    """Whether E cells must be: always, but in a row that reports nothing."""
    absent = "?" if module.nothing_in_full else ""
    return any(row.cells.get(name, absent) for name in module.nothing)


def _blank(name: str, row: Row, module: Module) -> Problem:
    filled = [other for other in module.nothing if row.cells.get(other)]
    if name in module.nothing and filled:
        remedy = f"Fill it; or, where {module.when_nothing}, leave blank also {', '.join(filled)}"
    elif name in module.nothing:
        remedy = f"Fill it; or, where {module.when_nothing}, add {', '.join(module.nothing)}, all of them blank"
    else:
        remedy = "Fill it"
    return Problem("is blank", path=name, rule=f"{module.rule}: required", remedy=remedy)


def _doubled(sheet: Sheet, module: Module) -> dict[int, int]:
    """Line of each row that says what another said before → the other's line."""
    columns = [column for column in module.all if column.key in (STATION, NETWORK, *module.unique)]
    first: dict[tuple[object, ...], int] = {}
    doubled = {}
    for row in sheet.rows:
        key = tuple(value_of(column, row.cells.get(column.key, "")) for column in columns)
        if first.setdefault(key, row.line) != row.line:
            doubled[row.line] = first[key]
    return doubled


def _record(row: Row, problems: list[Problem]) -> Record:
    refused = any(problem.severity is Severity.REFUSED for problem in problems)
    id_ = "/".join(filter(None, (row.cells.get(name, "") for name in (STATION, "port_id", "session_id"))))
    return Record(row.line, "row", id_, Verdict.REFUSED if refused else Verdict.TAKEN, _found(row.line, problems))


def _all_refused(sheet: Sheet) -> tuple[Record, ...]:
    return tuple(Record(row.line, "row", row.cells.get(KEYS[0].key, ""), Verdict.REFUSED, ()) for row in sheet.rows)


def _found(line: int, problems: list[Problem]) -> tuple[Finding, ...]:
    return tuple(Finding(line, problem) for problem in problems)
