"""An overlay template as an XLSX workbook: what is to be filled in stands out, and a second sheet says what may stand where."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from app.compliance.template import GUIDE, Template, explained
from app.errors import ConfigError

TO_FILL = PatternFill("solid", start_color="FFF2CC")
BOLD = Font(bold=True)
LAST_ROW = 1 << 20
LONGEST_LIST = 255
"""Characters of a list of choices that Excel reads."""
WIDE, NARROW = 40, 18


def write_workbook(template: Template, path: Path) -> int:
    """Returns the number of rows. Raises ConfigError where they are too many for a sheet."""
    book = Workbook(write_only=True)
    facts = book.create_sheet("facts")
    header = template.header
    facts.freeze_panes = "A2"
    for index, name in enumerate(header, start=1):
        facts.column_dimensions[get_column_letter(index)].width = WIDE if name.startswith("#") else NARROW
    _offer_choices(facts, template, header)
    facts.append([styled(facts, name, font=BOLD) for name in header])
    number = 0
    for number, (cells, lacking) in enumerate(template.rows(), start=1):
        if number >= LAST_ROW:
            remedy = "Write it as .csv, or one --country after the other"
            raise ConfigError("more rows than a sheet can have", where=str(path), remedy=remedy)
        empty = (styled(facts, None, fill=TO_FILL) if name in lacking else None for name in header[len(cells) :])
        facts.append([*(text_cell(facts, cell) if cell else None for cell in cells), *empty])
    _explain(book.create_sheet("what may stand where"), template)
    book.save(path)
    return number


def text_cell(sheet: Any, value: str) -> Any:
    """An id stays text, whatever it looks like."""
    cell = WriteOnlyCell(sheet, value)
    cell.data_type = "s"
    return cell


def styled(sheet: Any, value: str | None, **style: Any) -> Any:
    cell = WriteOnlyCell(sheet, value)
    for name, look in style.items():
        setattr(cell, name, look)
    return cell


def choice(values: Iterable[str], cells: str, *, strict: bool = True) -> DataValidation:
    """A list to choose from in a range of cells; where it is not strict, something else may be typed."""
    offered = DataValidation("list", formula1=f'"{",".join(values)}"', allow_blank=True, showErrorMessage=strict)
    offered.add(cells)
    return offered


def _offer_choices(sheet: Any, template: Template, header: list[str]) -> None:
    for column in template.columns.values():
        choices = ",".join(column.choices)
        if choices and len(choices) <= LONGEST_LIST:
            letter = get_column_letter(header.index(column.cell.field) + 1)
            sheet.data_validations.append(choice(column.choices, f"{letter}2:{letter}{LAST_ROW}"))


def _explain(sheet: Any, template: Template) -> None:
    for letter, width in zip("ABCD", (NARROW, WIDE, WIDE, 2 * WIDE), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.append([GUIDE])
    sheet.append(
        [styled(sheet, name, font=BOLD) for name in ("a row names", "column", "asked for by", "what may stand in it")]
    )
    for row in explained(template):
        sheet.append(list(row))
