"""An overlay to fill in: a row for each object that lacks something, with its ids, and a column for each field that any lacks.

It is in the form that `registry/overlay_files` reads back. Facts about the operator itself have one row per party.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.compliance.judging import Judged
from app.compliance.rule import Answer, Cell
from app.compliance.spool import Spool
from app.errors import ConfigError
from app.model.shape import Field, fields
from app.registry.overlay import LEVELS
from app.registry.overlay_cells import SHORT
from app.registry.overlay_files import TARGETS
from app.spreadsheet import COMMENT

NAME, FILL = "#name", "#fill"
"""Columns for people: what the object is called, and which fields it lacks."""
_SEVERAL = "several are separated by ;"


@dataclass(slots=True)
class Column:
    """A field that someone lacks."""

    cell: Cell
    codes: dict[str, None] = field(default_factory=dict)
    """Rules that ask for it."""
    hints: dict[str, None] = field(default_factory=dict)
    """How it is written, as the rules have it."""

    @property
    def shape(self) -> Field:
        model: Any = LEVELS[_row_level(self.cell)]
        *above, last = self.cell.field.split(".")
        for name in above:
            model = fields(model)[name].child
        return fields(model)[last]

    @property
    def choices(self) -> tuple[str, ...]:
        """All that may stand in a cell; empty: more than a choice."""
        shape = self.shape
        if shape.rule == "boolean":
            return ("yes", "no")
        return tuple(sorted(shape.values)) if shape.values and not shape.many else ()

    @property
    def allowed(self) -> str:
        """What may stand in a cell, in words."""
        shape = self.shape
        if self.hints:
            return "; ".join(self.hints)
        short = SHORT[shape.child].example if shape.child in SHORT else ""
        one = short or ", ".join(self.choices or sorted(shape.values)) or shape.rule
        return f"{one} ({_SEVERAL})" if shape.many else one


def _row_level(cell: Cell) -> str:
    return "location" if cell.level == "party" else cell.level


class Template:
    """Rows wait in a file until all columns are known."""

    def __init__(self) -> None:
        self.columns: dict[tuple[str, str], Column] = {}
        self._parties: dict[str, tuple[str, dict[str, None]]] = {}
        self._rows = Spool()

    def add(self, judged: Judged) -> None:
        site = judged.site
        rows: dict[tuple[str, str, str], dict[str, None]] = {}
        for answer in judged.gaps:
            for cell in answer.lacking:
                self._column(cell, answer)
                if cell.level == "party":
                    name = _remark(site.body.get("operator", {}).get("name"))
                    self._parties.setdefault(site.party, (name, {}))[1][cell.field] = None
                else:
                    for below in _ids(answer, cell):
                        rows.setdefault(below, {})[cell.field] = None
        name = _remark(site.body.get("name"), site.body["address"], site.body["city"])
        for ids, lacking in rows.items():
            self._rows.add([site.party, site.body["id"], *ids, name, list(lacking)])

    def _column(self, cell: Cell, answer: Answer) -> None:
        column = self.columns.setdefault((_row_level(cell), cell.field), Column(cell))
        column.codes[answer.rule.code] = None
        if cell.hint:
            column.hints[cell.hint] = None

    @property
    def header(self) -> list[str]:
        return [*TARGETS, NAME, FILL, *dict.fromkeys(name for _, name in self.columns)]

    def rows(self) -> Iterator[tuple[list[str], frozenset[str]]]:
        """The first cells of each row (ids and remarks), and the fields that are to be filled."""
        for party, (name, lacking) in self._parties.items():
            yield [party, "", "", "", "", name, ", ".join(lacking)], frozenset(lacking)
        for *ids, lacking in self._rows:
            yield [*ids, ", ".join(lacking)], frozenset(lacking)


def _remark(*texts: str | None) -> str:
    """Never a formula, whatever a backend calls things."""
    return ", ".join(filter(None, texts)).lstrip("=+-@")


def _ids(answer: Answer, cell: Cell) -> Iterator[tuple[str, str, str]]:
    """Station, EVSE and connector of the rows that say a cell."""
    subject = answer.subject
    if cell.level == "location":
        yield "", "", ""
    elif cell.level == "station":
        yield from ((station["id"], "", "") for station in subject.stations)
    elif cell.level == "evse":
        yield from (("", point["uid"], "") for point in subject.points)
    else:
        for point in subject.points:
            for connector in point["connectors"]:
                if subject.connector in (None, connector):
                    yield "", point["uid"], connector["id"]


GUIDE = f"Fill what {FILL} names in each row; an empty cell says nothing. Then list this file under `overlay` in the settings."


def explained(template: Template) -> Iterator[tuple[str, str, str, str]]:
    """Of each column: what a row must name, the field, who asks for it, and what may stand in a cell."""
    for column in template.columns.values():
        yield column.cell.level, column.cell.field, ", ".join(column.codes), column.allowed


def write_template(template: Template, path: Path) -> int:
    """Writes CSV or XLSX, as the name ends; returns the number of rows. Raises ConfigError for another ending."""
    from app.compliance.workbook import write_workbook  # openpyxl takes a quarter of a second

    writers = {".csv": _write_csv, ".xlsx": write_workbook}
    if path.suffix.lower() not in writers:
        raise ConfigError("an overlay template is CSV or XLSX", where=str(path), remedy="End its name in .csv or .xlsx")
    return writers[path.suffix.lower()](template, path)


def _write_csv(template: Template, path: Path) -> int:
    header = template.header
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(f"{COMMENT}{GUIDE}\n")
        for level, name, codes, allowed in explained(template):
            file.write(f"{COMMENT}{level} {name} ({codes}): {allowed}\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        number = 0
        for cells, _ in template.rows():
            writer.writerow([*cells, *("" for _ in header[len(cells) :])])
            number += 1
    return number
