"""A status file: every EVSE with its status, as CSV (`evse_id;status;occurred_at`) or a flat JSON list of such objects.

Read at every change, hundreds of thousands of rows at a time, so the straight way makes plain tuples without looking
at them (only rows that differ from the last ones are ever parsed); whatever stops it is found line by line.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter
from typing import Any

from app.clock import Millis, parse_time
from app.errors import SourceAnswerError
from app.model.batch import Origin, Parsed, StatusRecord
from app.model.enums import Status
from app.model.problem import Problem, Severity
from app.sources.file.ocpi_json import read_objects
from app.sources.file.table import DELIMITERS, decode

FIELDS = ("evse_id", "status", "occurred_at")
LONGEST = 48
"""Characters of an EVSE id (OCPI EVSE.evse_id)."""
_STATUSES = frozenset(Status)
Row = tuple[Any, ...]
"""EVSE id, status, and where the file has it the time: RFC 3339 or empty."""


@dataclass
class StatusFile:
    where: str
    """`status.csv`"""
    rows: Sequence[Row]
    lines: bool
    """Whether places are lines (CSV) or items (JSON)."""
    problems: list[Problem] = field(default_factory=list)
    nameless: int = 0
    """Rows whose EVSE cannot be said."""
    numbers: Sequence[int] = ()
    """Where each row stands; empty: in order from the first."""

    def place(self, row: Row) -> str:
        number = self._numbers.get(row[0], 0)
        return f"{self.where}:{number}" if self.lines else f"{self.where} item {number}"

    @cached_property
    def _numbers(self) -> dict[str, int]:
        numbers = self.numbers or range(2 if self.lines else 0, len(self.rows) + 2)
        return dict(zip(map(itemgetter(0), self.rows), numbers, strict=False))

    def parse(self, row: Row, status_map: Mapping[str, str]) -> Parsed:
        """One row that differs from the last one of its EVSE."""
        evse, word, time = (*row, None)[:3]
        if len(evse) > LONGEST or not evse.isprintable():
            return Parsed(None, (self._problem(row, "evse_id", evse, "no EVSE id: left out", "the EVSE's id"),))
        problems: list[Problem] = []
        status = status_map.get(word, str(word).upper()) if isinstance(word, str) else ""
        if status not in _STATUSES:
            problems.append(
                self._problem(row, "status", word, "no OCPI status: read as UNKNOWN", f"one of {', '.join(Status)}")
            )
            status = Status.UNKNOWN
        occurred_at: Millis | None = None
        if time not in (None, ""):
            try:
                occurred_at = parse_time(time)
            except (TypeError, ValueError):
                problems.append(
                    self._problem(
                        row, "occurred_at", time, "no RFC 3339 time: left out", "a time such as 2026-01-31T12:00:00Z"
                    )
                )
        origin = Origin.OBSERVED if occurred_at is None else Origin.BACKEND
        return Parsed(StatusRecord(evse, str(status), occurred_at, origin), tuple(problems))

    def _problem(self, row: Row, column: str, value: object, what: str, wanted: str) -> Problem:
        return Problem(
            what,
            Severity.PARTLY,
            record=row[0][:80],
            where=f"{self.place(row)} column {column}" if self.lines else self.place(row),
            path="" if self.lines else column,
            value=str(value)[:80],
            remedy=f"write {wanted}"
            + ("; or say in `status_map` what the word means" if column == "status" and isinstance(value, str) else ""),
        )


def read_statuses(content: bytes, where: str, name: str) -> StatusFile:
    """`where` goes into errors, `name` into problems. Raises SourceAnswerError."""
    if content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"[", b"{"):
        return _from_json(read_objects(content, where), name)
    return _from_csv(decode(content, where), where, name)


def _from_json(items: list[Any], name: str) -> StatusFile:
    try:
        rows = list(map(itemgetter(*FIELDS), items))
        if _named(rows):
            return StatusFile(name, rows, lines=False)
    except (KeyError, TypeError):
        pass  # some have no time, or are no objects at all
    slow = StatusFile(name, [], lines=False)
    return _one_by_one(slow, ((number, item if isinstance(item, dict) else {}) for number, item in enumerate(items)))


def _from_csv(text: str, where: str, name: str) -> StatusFile:
    lines = text.splitlines()
    delimiter = max(DELIMITERS, key=(lines or [""])[0].count)
    reader = csv.reader(lines, delimiter=delimiter)
    header = [cell.strip().lower().replace(" ", "_") for cell in next(reader, [])]
    places = [header.index(column) for column in FIELDS if column in header]
    if not {"evse_id", "status"} <= set(header):
        raise SourceAnswerError(
            f"the header lacks {', '.join(column for column in FIELDS[:2] if column not in header)}",
            where=f"{where}:1",
            remedy=f"Write {delimiter.join(FIELDS)}",
        )
    if text and not text.endswith("\n") and lines[-1].count(delimiter) < len(header) - 1:
        raise SourceAnswerError(
            "the last line breaks off",
            where=f"{where}:{len(lines)}",
            remedy="It was read half-written: write it beside and rename it",
        )
    try:
        rows = list(map(itemgetter(*places), reader))
        if _named(rows):
            return StatusFile(name, rows, lines=True)
    except (IndexError, TypeError, csv.Error):
        pass  # a line is shorter than the header
    slow = StatusFile(name, [], lines=True)
    again = enumerate(csv.reader(lines[1:], delimiter=delimiter), start=2)
    return _one_by_one(slow, ((number, dict(zip(header, cells, strict=False))) for number, cells in again if cells))


def _named(rows: Sequence[Row]) -> bool:
    """Whether each row names its EVSE. Raises TypeError where one does so in anything but text."""
    ids = list(map(itemgetter(0), rows))
    "".join(ids)  # the quickest look at the type of each
    return "" not in ids


def _one_by_one(found: StatusFile, items: Iterator[tuple[int, dict[str, Any]]]) -> StatusFile:
    rows: list[Row] = []
    numbers: list[int] = []
    for number, item in items:
        evse = item.get("evse_id")
        if isinstance(evse, str) and evse:
            rows.append((evse, item.get("status"), item.get("occurred_at")))
            numbers.append(number)
            continue
        found.nameless += 1
        place = f"{found.where}:{number}" if found.lines else f"{found.where} item {number}"
        value = "" if evse is None else str(evse)[:80]
        problem = Problem(
            "no evse_id", where=place, path="evse_id", value=value, remedy="write the EVSE's id as a text"
        )
        found.problems.append(problem)
    found.rows, found.numbers = rows, numbers
    return found
