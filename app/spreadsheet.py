"""Lines of cells as people keep them: CSV with whatever delimiter, or the first sheet of an XLSX workbook.

`refused` is the class of the errors raised for what is no such file: a source's answer, a setting.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from app.errors import ChargefeedError

DELIMITERS = ";,\t|"
COMMENT = "# "
"""What lines above the header may begin with; they are left out."""
SAVE_AS = "Save it as `CSV UTF-8`"
LIMIT = 1 << 28
"""Bytes a workbook may unpack to."""

SPARSE = 1 << 20
"""Cells a workbook may have at least. Beyond, no more than it has bytes: one cell far out makes billions of empty ones."""
_UNREADABLE = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RuntimeError, OSError, EOFError)
"""What openpyxl and zipfile raise beside their own, for parts that are not what they should be."""

Line = tuple[int, Sequence[str]]
"""Line number, from 1, and cells without blanks at their ends."""


FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-][0-9 ()/.,-]*")
"""Also of a telephone: nothing is called by it."""


def no_formula(text: str) -> str:
    """Of a cell that may be a number: with an apostrophe in front where a spreadsheet would take it for a formula (CWE-1236)."""
    return f"'{text}" if text.startswith(FORMULA) and not _NUMBER.fullmatch(text) else text


def lines_of(content: bytes, where: str, refused: type[ChargefeedError], limit: int = LIMIT) -> Iterator[Line]:
    """Every line below the comments, empty ones too."""
    return (
        _sheet(content, where, refused, limit) if content.startswith(b"PK\x03\x04") else _csv(content, where, refused)
    )


def _csv(content: bytes, where: str, refused: type[ChargefeedError]) -> Iterator[Line]:
    text = decode(content, where, refused)
    comments = 0
    while text.startswith(COMMENT):
        text = text.partition("\n")[2]
        comments += 1
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    width = 0
    line = comments + 1
    try:
        for cells in reader:
            width = width or len(cells)
            if len(cells) < width and cells and reader.line_num > 1 and _is_last(text, reader.line_num):
                raise refused(
                    f"the last line breaks off after {len(cells)} of {width} columns",
                    where=f"{where}:{line}",
                    remedy="It was read half-written: write it beside and rename it",
                )
            yield line, [cell.strip() for cell in cells]
            line = comments + reader.line_num + 1
    except csv.Error as error:
        raise refused(f"no CSV: {error}", where=f"{where}:{line}", remedy="Check quotes and delimiter") from error


def _is_last(text: str, line: int) -> bool:
    return not text.endswith("\n") and line >= text.count("\n")


def decode(content: bytes, where: str, refused: type[ChargefeedError], remedy: str = SAVE_AS) -> str:
    """Text in UTF-8, with or without a byte order mark."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        what = f"not UTF-8 (byte 0x{content[error.start]:02x})"
        raise refused(what, where=f"{where}:{line}", remedy=remedy) from error


def sheets_of(content: bytes, where: str, refused: type[ChargefeedError], limit: int = LIMIT) -> dict[str, list[Line]]:
    """Every line of every sheet of a workbook, by the sheet's name."""
    found: dict[str, list[Line]] = {}
    for name, line in _sheets(content, where, refused, limit):
        found.setdefault(name, []).append(line)
    return found


def _sheet(content: bytes, where: str, refused: type[ChargefeedError], limit: int) -> Iterator[Line]:
    return (line for _, line in _sheets(content, where, refused, limit, most=1))


def _sheets(
    content: bytes, where: str, refused: type[ChargefeedError], limit: int, most: int | None = None
) -> Iterator[tuple[str, Line]]:
    """Those of the first `most` sheets; None: of all."""
    import openpyxl  # a quarter of a second that most do not need
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        size = sum(part.file_size for part in zipfile.ZipFile(io.BytesIO(content)).infolist())
        if size > limit:
            raise refused(
                f"unpacks to {size} bytes, more than {limit}",
                where=where,
                remedy="Raise `max_body` of the source if that is right",
            )
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        read, bound = 0, max(size, SPARSE)
        for sheet in book.worksheets[:most]:
            for line, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
                read += len(cells)
                if read > bound:
                    what = f"more than {bound} cells, most of them empty"
                    raise refused(what, where=where, remedy="Delete the empty lines and columns at the end")
                yield sheet.title, (line, [_text(cell) for cell in cells])
    except (InvalidFileException, zipfile.BadZipFile, zlib.error, SyntaxError, *_UNREADABLE) as error:
        raise refused(f"no XLSX workbook ({error})", where=where, remedy="Save it again, or as `CSV UTF-8`") from error


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
