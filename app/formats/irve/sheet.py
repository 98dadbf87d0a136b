"""A CSV file as its lines, whatever wrote it: encoding, delimiter, blank lines, header in any case. One bad line never loses the
others."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.errors import SourceAnswerError
from app.formats.irve.columns import Layout
from app.formats.irve.defects import Defect
from app.model.problem import Severity

_DELIMITERS = ",;\t|"
_LINE_END = re.compile(r"\r\n|\r|\n")
_LONGEST = 20
"""Lines that a quoted text may span: a quote that nobody closes must not swallow the file."""
_WIDEST = 1 << 17
"""Characters of a line."""


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    """From 1, the header's."""
    cells: dict[str, str]
    """By column of the layout, stripped; columns that the file lacks are left out."""


@dataclass(frozen=True, slots=True)
class Sheet:
    layout: Layout
    lines: tuple[Line, ...]
    defects: tuple[Defect, ...]
    """Of the file, its header, and lines that are none."""

    @property
    def broken(self) -> int:
        """Lines that could not be taken apart."""
        return sum(defect.severity is Severity.REFUSED for defect in self.defects)


def read_sheet(data: bytes, layout: Layout, where: str) -> Sheet:
    """Raises SourceAnswerError where the file is no CSV or lacks `id_pdc_itinerance`; `where` names it."""
    defects: list[Defect] = []
    records = _records(_decoded(data, defects), defects)
    number, header = next(records, (1, []))
    names = _names(header, layout, number, where, defects)
    lines: list[Line] = []
    for number, cells in records:
        if len(cells) != len(header):
            defects.append(_ragged(number, cells, header))
            continue
        stripped = (cell.strip() for cell in cells)
        lines.append(Line(number, {name: cell for name, cell in zip(names, stripped, strict=True) if name}))
    return Sheet(layout, tuple(lines), tuple(defects))


def _decoded(data: bytes, defects: list[Defect]) -> str:
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            defects.append(_file("not UTF-8 but UTF-16", "Save it as `CSV UTF-8`"))
            return data.decode(encoding, "replace")
    if data.startswith(codecs.BOM_UTF8):
        return data.decode("utf-8-sig", "replace")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        defects.append(_file("not UTF-8, read as Windows-1252", "Save it as `CSV UTF-8`", line))
        return data.decode("cp1252", "replace")


def _file(what: str, remedy: str, line: int = 1, *, official: bool = True, value: str = "") -> Defect:
    return Defect(line, "", what, Severity.NOTE, official, "RFC 4180, UTF-8", value, remedy)


def _records(text: str, defects: list[Defect]) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each line that is not blank; the first one decides on the delimiter."""
    physical = _LINE_END.split(text)
    delimiter, width, at = "", 0, 0
    while at < len(physical):
        number, record = at + 1, physical[at]
        at += 1
        if not record.strip(" \t,;|"):
            continue
        if not delimiter:
            delimiter = max(_DELIMITERS, key=record.count)
            if delimiter != ",":
                what = f"the delimiter is {delimiter!r}"
                defects.append(_file(what, "Write commas, as RFC 4180 asks", number, official=False))
        cells, following = _cells(physical, number, delimiter, width)
        if cells is None:
            defects.append(_unclosed(number, record))
            continue
        width, at = width or len(cells), at + following
        yield number, cells


def _cells(physical: list[str], number: int, delimiter: str, width: int) -> tuple[list[str] | None, int]:
    """Those of a line, and how many lines after it a text of it goes on; None where a quote is not closed."""
    joined = physical[number - 1]
    for following in range(_LONGEST):
        if joined.count('"') % 2 == 0 and len(joined) <= _WIDEST:
            try:
                cells = next(csv.reader([joined], delimiter=delimiter))
            except csv.Error:  # the line ends outside of the quotes
                return None, 0
            # Where it does not come out even, the next quote closed nothing but opened another text.
            return (cells, following) if not following or len(cells) == width else (None, 0)
        if number + following >= len(physical):
            break
        joined = f"{joined}\n{physical[number + following]}"
    return None, 0


def _unclosed(number: int, record: str) -> Defect:
    what, remedy = "a quote is not closed: line left out", "Close the quote, and double quotes within a text"
    return Defect(number, "", what, Severity.REFUSED, True, "RFC 4180, 2.5", record, remedy)


def _names(header: list[str], layout: Layout, number: int, where: str, defects: list[Defect]) -> list[str]:
    """For each column of the file its name in the layout; empty: none of it."""
    known = {name.lower(): name for name in layout.names}
    written = [cell.strip() for cell in header]
    names = [known.get(cell.lower(), "") for cell in written]
    if "id_pdc_itinerance" not in names:
        raise SourceAnswerError(
            "the header lacks id_pdc_itinerance",
            where=f"{where}:{number}",
            remedy=f"It has {', '.join(filter(None, written))[:200] or 'nothing'}; write {','.join(layout.names[:3])},…",
        )
    defects += _header_defects(written, names, layout, number)
    return [name if name not in names[:at] else "" for at, name in enumerate(names)]


def _header_defects(written: list[str], names: list[str], layout: Layout, number: int) -> Iterator[Defect]:
    rule = f"schema-irve-{layout.name}: header"
    for cell, name in zip(written, names, strict=True):
        if not name:
            yield Defect(number, cell, "no column of the schema: left out", Severity.NOTE, False, rule, cell)
        elif cell != name:
            yield Defect(number, name, "written otherwise", Severity.NOTE, True, rule, cell, f"Write {name}")
    for name in layout.names:
        if name not in names:
            required = layout.by_name[name].required
            yield Defect(number, name, "the column is missing", Severity.NOTE, required, rule, "", "Add it")
        elif names.count(name) > 1:
            yield Defect(number, name, "the column occurs twice: the first counts", Severity.NOTE, True, rule, name)
    said = [name for name in names if name]
    if said != [name for name in layout.names if name in said] and len(said) == len(set(said)):
        yield Defect(number, "", "columns in another order", Severity.NOTE, False, rule, "", "Keep the schema's order")


def _ragged(number: int, cells: list[str], header: list[str]) -> Defect:
    what = f"{len(cells)} cells under {len(header)} columns: line left out"
    remedy = "Put texts that contain the delimiter in quotes; write a cell, if empty, for every column"
    return Defect(number, "", what, Severity.REFUSED, True, "RFC 4180, 2.4", ",".join(cells), remedy)
