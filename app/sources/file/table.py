"""A table: its first line with anything in it names the columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app import spreadsheet
from app.errors import SourceAnswerError
from app.spreadsheet import DELIMITERS as DELIMITERS


@dataclass(frozen=True, slots=True)
class Table:
    header: tuple[str, ...]
    """Column names in lower case, words joined by `_`."""
    rows: Iterator[tuple[int, Sequence[str]]]
    """Line number (the header is 1) and cells, stripped; empty lines are left out. May raise SourceAnswerError."""


def read_table(content: bytes, where: str, limit: int) -> Table:
    """`limit`: bytes a workbook may unpack to. Raises SourceAnswerError for what is no table."""
    lines = spreadsheet.lines_of(content, where, SourceAnswerError, limit)
    for line, cells in lines:
        if any(cells):
            return Table(tuple(re.sub(r"[\s-]+", "_", cell.lower()) for cell in cells), _filled(lines))
        if line > 1:
            break
    raise SourceAnswerError("no header", where=f"{where}:1", remedy="The first line names the columns")


def _filled(lines: Iterator[tuple[int, Sequence[str]]]) -> Iterator[tuple[int, Sequence[str]]]:
    return ((line, cells) for line, cells in lines if any(cells))


def decode(content: bytes, where: str, remedy: str = spreadsheet.SAVE_AS) -> str:
    """Text in UTF-8, with or without a byte order mark. Raises SourceAnswerError."""
    return spreadsheet.decode(content, where, SourceAnswerError, remedy)
