"""A file of a module as the federal side reads it: lines first, cells after."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.formats.evchart.module import KEYS, Module, Need, modules
from app.model.problem import Problem, Severity

MOST_BYTES = 10 * 1024 * 1024
RECIPIENT = "direct_recipient_id"
"""A column that the web page alone takes, for a file of several recipients."""
_EXPLAINED = frozenset({"Required", "Recommended"})
"""Cells of the federal template's third line; it, and that of the types above it, are not data."""
_TYPES = ("String(", "CategoricalString(", "Categorical String(", "DateTime", "Decimal", "Boolean", "Integer(")


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    cells: Mapping[str, str]
    lacking: int = 0
    """Cells by which it is shorter than the header; below 0, longer."""


@dataclass(frozen=True, slots=True)
class Sheet:
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    """Those that are not blank."""


def read_sheet(data: bytes) -> Sheet:
    """Raises ValueError for what is no CSV in UTF-8.

    Lines are split before quotes are looked at, as EV-ChART does it: a line break inside a cell breaks the row.
    """
    lines = data.decode("utf-8-sig").splitlines()
    try:
        header = tuple(next(csv.reader(lines[:1]), ()))
        rows = tuple(_rows(lines, header))
    except csv.Error as error:
        raise ValueError(f"no CSV: {error}") from error
    return Sheet(header, rows)


def _rows(lines: list[str], header: tuple[str, ...]) -> Iterator[Row]:
    reader = csv.reader(lines[1:])
    for cells in reader:
        line = reader.line_num + 1
        if not any(cells) or _explains(line, cells):
            continue
        yield Row(line, dict(zip(header, cells, strict=False)), len(header) - len(cells))


def _explains(line: int, cells: list[str]) -> bool:
    if line == 2:
        return all(cell.startswith(_TYPES) for cell in cells)
    return line == 3 and set(cells) <= _EXPLAINED


def columns_wrong(sheet: Sheet, module: Module) -> Iterator[Problem]:
    """What is wrong with the columns; one such defect and every row is refused."""
    known = {column.key for column in module.all}
    for name, number in Counter(sheet.header).items():
        if number > 1:
            yield _wrong(module, name, f"the column is there {number} times", "Delete all but one of them")
        if name == RECIPIENT:
            remedy = "Upload one file for each recipient where it is sent by a program"
            yield Problem("is taken on the web page alone", Severity.NOTE, path=name, rule=module.rule, remedy=remedy)
        elif name not in known:
            remedy = f"Rename or delete it; known are {', '.join(column.key for column in module.all)}"
            yield _wrong(module, name or "(no name)", "the column is not known", remedy)
    for column in module.all:
        if column.need is not Need.OPTIONAL and column.key not in sheet.header:
            yield _wrong(module, column.key, "the column is missing", "Add it")
        if column.switched and column.key in sheet.header:
            what = "a newer column, refused as unknown where it is not switched on"
            yield Problem(
                what, Severity.NOTE, path=column.key, rule=module.rule, remedy="Ask EV-ChART's help desk first"
            )


def detect(data: bytes) -> str | None:
    """`evchart-2` …, by the header: the module of which it has the most; None: no such file."""
    header = set(data[:4096].decode("utf-8-sig", "replace").partition("\n")[0].rstrip("\r").split(","))
    if not header.issuperset(column.key for column in KEYS):
        return None
    found = max(
        modules().values(), key=lambda module: len(header.intersection(column.key for column in module.columns))
    )
    return found.format


def _wrong(module: Module, name: str, what: str, remedy: str) -> Problem:
    return Problem(what, path=name, rule=f"{module.rule}: header", remedy=remedy)
