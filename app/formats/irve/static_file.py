"""Reads a static file into locations: one per station, in the order of their first rows."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.formats.irve.columns import STATIC
from app.formats.irve.defects import Defect
from app.formats.irve.lines import ReadLine, read_line
from app.formats.irve.lint_static import lint_static
from app.formats.irve.sheet import read_sheet
from app.formats.irve.station_body import ASSUMED, COLUMN_OF, location_body, uids_of
from app.formats.ocpi.parse import read_location
from app.model.batch import Parsed, Raw
from app.model.identifiers import object_key
from app.model.problem import Problem, Severity

_OPERATOR = re.compile(r"([A-Z]{2})([A-Z0-9]{3})")
_EVSE_STEP = re.compile(r"^evses\[(\d+)\]")
_INDEX = re.compile(r"\[\d+\]")
_NOT_OF_THE_FILE = re.compile(r"(last_updated|status|time_zone|evse_uids\[\d+\])$")
"""Required in OCPI, but not in the file (the registry and the coordinates give them); or what follows from another defect."""


@dataclass(frozen=True, slots=True)
class StaticFile:
    name: str
    """`statique.csv`: stands in the problems."""
    raws: list[Raw]
    defects: list[Defect]
    nameless: int
    """Lines whose point or station cannot be said, so that what is absent is not known."""
    _numbers: Mapping[str, list[int]]
    """Key of a location → the lines of its points."""

    def parse(self, raw: Raw) -> Parsed:
        """One of `raws`, as OCPI's model has it; what is wrong, by line and column."""
        parsed = read_location(raw.body, "2.3.0", country_code=None, party_id=None)
        numbers = self._numbers[raw.key]
        problems = (problem for problem in parsed.problems if not _NOT_OF_THE_FILE.search(problem.path))
        return replace(parsed, problems=tuple(self._placed(problem, numbers) for problem in problems))

    def _placed(self, problem: Problem, numbers: list[int]) -> Problem:
        point = _EVSE_STEP.match(problem.path)
        line = numbers[int(point[1])] if point and int(point[1]) < len(numbers) else numbers[0]
        column = COLUMN_OF.get(_INDEX.sub("[]", problem.path), "")
        where = f"{self.name}:{line} column {column}" if column else f"{self.name}:{line}"
        return replace(problem, where=where)


def read_static(
    data: bytes, name: str, now: datetime | None, *, country_code: str | None = None, party_id: str | None = None
) -> StaticFile:
    """`now` is the present time, aware; `country_code` and `party_id` own stations whose ids name no operator.

    Raises SourceAnswerError for what is no such file.
    """
    sheet = read_sheet(data, STATIC, name)
    lines = [read_line(line, STATIC) for line in sheet.lines]
    defects = [*sheet.defects, *(defect for line in lines for defect in line.defects), *lint_static(lines, now)]
    if lines:
        defects.append(Defect(1, "", f"assumed, since IRVE does not say it: {ASSUMED}", Severity.NOTE))
    refused = {defect.line for defect in defects if defect.severity is Severity.REFUSED}
    stations: dict[tuple[str, str, str], list[ReadLine]] = defaultdict(list)
    nameless = []
    for line in lines:
        owner = _owner(line, country_code, party_id)
        if defect := _nameless(line, owner):
            nameless.append(defect)
        elif owner and line.number not in refused:
            stations[(*owner, line.station)].append(line)
    raws = [_raw(name, *key[:2], rows) for key, rows in stations.items()]
    numbers = {raw.key: [row.number for row in rows] for raw, rows in zip(raws, stations.values(), strict=True)}
    return StaticFile(name, raws, defects + nameless, sheet.broken + len(nameless), numbers)


def _raw(name: str, country_code: str, party_id: str, rows: Sequence[ReadLine]) -> Raw:
    key = object_key(country_code, party_id, rows[0].station)
    return Raw(key, location_body(country_code, party_id, rows), f"{name}:{rows[0].number}")


def _owner(line: ReadLine, country_code: str | None, party_id: str | None) -> tuple[str, str] | None:
    """The operator that the ids name, else that of the settings."""
    for id_ in (line.id, str(line.values.get("id_station_itinerance", ""))):
        if operator := _OPERATOR.match(id_):
            return operator[1], operator[2]
    return (country_code, party_id) if country_code and party_id else None


def _nameless(line: ReadLine, owner: tuple[str, str] | None) -> Defect | None:
    for said, column, what, remedy in (
        (uids_of([line])[0], "id_pdc_itinerance", "names no charge point", "Give id_pdc_itinerance or id_pdc_local"),
        (line.station, "id_station_itinerance", "names no station", "Give id_station_itinerance or id_station_local"),
        (owner, "id_pdc_itinerance", "names no operator", "Set `country_code` and `party_id` of the source"),
    ):
        if not said:
            text = line.texts.get(column, "")
            return Defect(line.number, column, f"{what}: line left out", Severity.REFUSED, value=text, remedy=remedy)
    return None
