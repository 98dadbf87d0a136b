"""Rows as CSV: the columns in the federal order, times in UTC, decimals with their places, files that the upload takes.

UTF-8, lines end in LF. A line break inside a text becomes a space, since EV-ChART splits lines before it looks at quotes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from operator import itemgetter

from app.clock import Millis, format_time
from app.formats.evchart.module import PLACES, STATION, Column, Module
from app.formats.evchart.sheet import MOST_BYTES

Value = str | Decimal | Millis | bool | None
"""Of a cell, by the type of its column: a text, a decimal, a time or whole number, a flag; None: blank."""
Values = Mapping[str, Value]

_PLACES = Decimal(1).scaleb(-PLACES)


@dataclass(frozen=True, slots=True)
class File:
    name: str
    """`module2.csv`; `module2-1.csv` … where it takes several."""
    body: bytes
    rows: tuple[Values, ...]
    """As they stand in it, below the header."""
    stations: int


def write(module: Module, rows: Iterable[Values], *, switched: bool = False, most: int = MOST_BYTES) -> list[File]:
    """Rows sorted by station, and otherwise in their order; a station's stay in one file of `most` bytes.

    `switched`: with the newer columns. A value that a column cannot hold is written all the same, for `check` to refuse.
    """
    columns = [column for column in module.all if switched or not column.switched]
    header = _line(column.key for column in columns)
    parts = [_Part(header)]
    for _, of_station in groupby(sorted(rows, key=itemgetter(STATION)), key=itemgetter(STATION)):
        lines = [(row, _line(_cell(column, row.get(column.key)) for column in columns)) for row in of_station]
        if parts[-1].rows and parts[-1].size + sum(len(line) for _, line in lines) > most:
            parts.append(_Part(header))
        parts[-1].add(lines)
    return [part.file(name) for part, name in zip(parts, _names(module, len(parts)), strict=True) if part.rows]


class _Part:
    def __init__(self, header: bytes) -> None:
        self._lines = [header]
        self.rows: list[Values] = []
        self.size = len(header)
        self.stations = 0

    def add(self, lines: list[tuple[Values, bytes]]) -> None:
        for row, line in lines:
            self.rows.append(row)
            self._lines.append(line)
            self.size += len(line)
        self.stations += 1

    def file(self, name: str) -> File:
        return File(name, b"".join(self._lines), tuple(self.rows), self.stations)


def _names(module: Module, number: int) -> Iterator[str]:
    if number == 1:
        yield f"module{module.module}.csv"
    else:
        yield from (f"module{module.module}-{part}.csv" for part in range(1, number + 1))


def _line(cells: Iterable[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue().encode()


def _cell(column: Column, value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Decimal):
        return str(value.quantize(_PLACES, ROUND_HALF_UP))
    if isinstance(value, int):
        return _time(value) if column.type == "time" else str(value)
    return " ".join(value.splitlines())


def _time(at: Millis) -> str:
    """With milliseconds only where there are any."""
    return format_time(at).replace(".000Z", "Z")
