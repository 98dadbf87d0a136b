"""An inventory table as OCPI locations, each of which knows on which lines it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from app.errors import SourceAnswerError
from app.model.batch import Parsed, Raw
from app.model.enums import ConnectorType
from app.model.problem import Problem, Severity
from app.sources.file.columns import COLUMNS, Column, Level
from app.sources.file.table import Table
from app.sources.records import Owner, record_key

_PLACE = re.compile(r"(?:evses\[(\d+)\])?\.?(?:connectors\[(\d+)\])?\.?(.*)")
_NOT_IN_TABLES = re.compile(r"(^|\.)(last_updated|status|time_zone)$")
"""Required in OCPI, but not in a table: the registry and the coordinates give them."""


@dataclass
class _Evse:
    line: int
    body: dict[str, Any]
    connectors: list[int] = field(default_factory=list)


@dataclass
class Entry:
    """One location: its body, and the lines that made it."""

    key: str
    line: int
    body: dict[str, Any]
    evses: dict[str, _Evse] = field(default_factory=dict)

    def line_of(self, path: str) -> tuple[int, str]:
        """The line and the column (empty where there is none) of a field, `evses[1].connectors[0].max_voltage`."""
        evse, connector, name = _PLACE.findall(path)[0]
        line, level = self.line, Level.LOCATION
        if evse and int(evse) < len(self.evses):
            found = list(self.evses.values())[int(evse)]
            line, level = found.line, Level.EVSE
            if connector and int(connector) < len(found.connectors):
                line, level = found.connectors[int(connector)], Level.CONNECTOR
        return line, next((column.name for column in COLUMNS if column.level is level and column.path == name), "")


@dataclass
class Inventory:
    where: str
    """`inventory.csv`"""
    entries: dict[str, Entry] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    nameless: int = 0
    """Lines whose location or EVSE cannot be said."""

    def raws(self) -> list[Raw]:
        return [Raw(entry.key, entry.body, f"{self.where}:{entry.line}") for entry in self.entries.values()]

    def placed(self, parsed: Parsed, key: str) -> Parsed:
        """The problems with line and column in place of a path into a body that nobody wrote."""
        entry = self.entries[key]
        kept = (problem for problem in parsed.problems if problem.value or not _NOT_IN_TABLES.search(problem.path))
        return replace(parsed, problems=tuple(self._placed(problem, entry) for problem in kept))

    def _placed(self, problem: Problem, entry: Entry) -> Problem:
        line, column = entry.line_of(problem.path)
        where = f"{self.where}:{line}"
        return replace(problem, where=f"{where} column {column}" if column else where)


def read_inventory(table: Table, where: str, name: str, owner: Owner) -> Inventory:
    """`where` goes into errors, `name` into problems. Raises SourceAnswerError where a required column is missing."""
    inventory = Inventory(name)
    columns = _known_columns(table.header, where)
    inventory.problems += _unknown_columns(table.header, name)
    reader = _Reader(inventory, columns, owner)
    for line, cells in table.rows:
        reader.read(line, dict(zip(table.header, cells, strict=False)))
    for entry in inventory.entries.values():
        entry.body.setdefault("publish", True)
    return inventory


def _known_columns(header: Sequence[str], where: str) -> list[Column]:
    missing = [column.name for column in COLUMNS if column.required and column.name not in header]
    if missing:
        raise SourceAnswerError(
            f"the header lacks {', '.join(missing)}",
            where=f"{where}:1",
            remedy=f"It has {', '.join(filter(None, header))[:200]}",
        )
    return [column for column in COLUMNS if column.name in header]


def _unknown_columns(header: Sequence[str], name: str) -> Iterator[Problem]:
    known = {column.name for column in COLUMNS}
    for column in header:
        if column and column not in known:
            near = get_close_matches(column, known, 1)
            remedy = f"did you mean `{near[0]}`?" if near else "take it out, or see the documentation for the columns"
            yield Problem("unknown column", Severity.NOTE, where=f"{name}:1", value=column[:80], remedy=remedy)


@dataclass
class _Reader:
    inventory: Inventory
    columns: Sequence[Column]
    owner: Owner

    def read(self, line: int, cells: dict[str, str]) -> None:
        entry = self._entry(line, cells)
        if entry is None:
            return
        self._fill(entry.body, Level.LOCATION, cells, line)
        uid = cells.get("evse_uid") or cells.get("evse_id", "")
        if not uid:
            self.inventory.nameless += 1
            self._problem(
                "no EVSE id", line, "evse_id", Severity.PARTLY, "each line is a connector of an EVSE; give its id"
            )
            return
        evse = entry.evses.get(uid.lower())
        if evse is None:
            evse = entry.evses[uid.lower()] = _Evse(line, {"uid": uid, "connectors": []})
            entry.body.setdefault("evses", []).append(evse.body)
        self._fill(evse.body, Level.EVSE, cells, line)
        connector: dict[str, Any] = {}
        self._fill(connector, Level.CONNECTOR, cells, line)
        evse.connectors.append(line)
        connector.setdefault("id", str(len(evse.connectors)))
        evse.body["connectors"].append(connector)

    def _entry(self, line: int, cells: dict[str, str]) -> Entry | None:
        country_code = cells.get("country_code", "").upper() or self.owner.country_code
        party_id = cells.get("party_id", "").upper() or self.owner.party_id
        body = {"country_code": country_code, "party_id": party_id}
        key = record_key({**body, "id": cells.get("location_id")}, self.owner)
        if key is not None:
            return self.inventory.entries.setdefault(key, Entry(key, line, body))
        self.inventory.nameless += 1
        if country_code and party_id:
            self._problem("no location_id", line, "location_id", Severity.REFUSED, "each line names its location")
        else:
            remedy = "fill country_code and party_id, or set them for the source"
            self._problem("names no owner", line, "party_id", Severity.REFUSED, remedy)
        return None

    def _fill(self, body: dict[str, Any], level: Level, cells: dict[str, str], line: int) -> None:
        """The first value of a field counts; a line that says otherwise is noted."""
        for column in self.columns:
            cell = cells.get(column.name, "")
            if column.level is not level or not cell:
                continue
            value = column.read(cell)
            holder, _, name = column.path.rpartition(".")
            part = body.setdefault(holder, {}) if holder else body
            if part.setdefault(name, value) != value:
                remedy = "one value for each: the first one counts"
                self._problem("contradicts an earlier line", line, column.name, Severity.NOTE, remedy, cell)
            if column.path == "standard" and value not in set(ConnectorType):
                remedy = "write an OCPI ConnectorType, or such as Type 2, CCS1, CCS2"
                self._problem("no known plug, published as it is", line, column.name, Severity.NOTE, remedy, cell)

    def _problem(self, what: str, line: int, column: str, severity: Severity, remedy: str, value: str = "") -> None:
        where = f"{self.inventory.where}:{line} column {column}"
        self.inventory.problems.append(Problem(what, severity, where=where, value=value[:80], remedy=remedy))
