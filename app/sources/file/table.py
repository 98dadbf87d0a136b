"""Tables as people keep them: CSV with whatever delimiter, or the first sheet of an XLSX workbook."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from app.errors import SourceAnswerError

DELIMITERS = ";,\t|"


@dataclass(frozen=True, slots=True)
class Table:
    header: tuple[str, ...]
    """Column names in lower case, words joined by `_`."""
    rows: Iterator[tuple[int, Sequence[str]]]
    """Line number (the header is 1) and cells, stripped; empty lines are left out. May raise SourceAnswerError."""


def read_table(content: bytes, where: str, limit: int) -> Table:
    """`limit`: bytes a workbook may unpack to. Raises SourceAnswerError for what is no table."""
    lines = _sheet(content, where, limit) if content.startswith(b"PK\x03\x04") else _lines(content, where)
    for line, cells in lines:
        if any(cells):
            return Table(tuple(re.sub(r"[\s-]+", "_", cell.lower()) for cell in cells), _filled(lines))
        if line > 1:
            break
    raise SourceAnswerError("no header", where=f"{where}:1", remedy="The first line names the columns")


def _filled(lines: Iterator[tuple[int, Sequence[str]]]) -> Iterator[tuple[int, Sequence[str]]]:
    return ((line, cells) for line, cells in lines if any(cells))


def _lines(content: bytes, where: str) -> Iterator[tuple[int, Sequence[str]]]:
    text = decode(content, where)
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    width = 0
    line = 1
    try:
        for cells in reader:
            width = width or len(cells)
            if len(cells) < width and cells and reader.line_num > 1 and _is_last(text, reader.line_num):
                raise SourceAnswerError(
                    f"the last line breaks off after {len(cells)} of {width} columns",
                    where=f"{where}:{line}",
                    remedy="It was read half-written: write it beside and rename it",
                )
            yield line, [cell.strip() for cell in cells]
            line = reader.line_num + 1
    except csv.Error as error:
        raise SourceAnswerError(
            f"no CSV: {error}", where=f"{where}:{line}", remedy="Check quotes and delimiter"
        ) from error


def _is_last(text: str, line: int) -> bool:
    return not text.endswith("\n") and line >= text.count("\n")


def decode(content: bytes, where: str, remedy: str = "Save it as `CSV UTF-8`") -> str:
    """Text in UTF-8, with or without a byte order mark. Raises SourceAnswerError."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SourceAnswerError(
            f"not UTF-8 (byte 0x{content[error.start]:02x})",
            where=f"{where}:{line}",
            remedy=remedy,
        ) from error


def _sheet(content: bytes, where: str, limit: int) -> Iterator[tuple[int, Sequence[str]]]:
    try:
        size = sum(part.file_size for part in zipfile.ZipFile(io.BytesIO(content)).infolist())
        if size > limit:
            raise SourceAnswerError(
                f"unpacks to {size} bytes, more than {limit}",
                where=where,
                remedy="Raise `max_body` of the source if that is right",
            )
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        for line, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), start=1):
            yield line, [_text(cell) for cell in cells]
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError, IndexError) as error:
        raise SourceAnswerError(
            f"no XLSX workbook ({error})", where=where, remedy="Save it again, or as `CSV UTF-8`"
        ) from error


def _text(cell: Any) -> str:
    """A cell as it would be typed; whole numbers without a point, days without a time."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        midnight = cell.time() == datetime.min.time()
        return (cell.date() if midnight else cell).isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell).strip()
