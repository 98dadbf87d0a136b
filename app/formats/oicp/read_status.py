"""Reads EVSE statuses of OICP. They have no times. Only rows that differ from the last ones are taken apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.formats.oicp.files import found_in
from app.formats.oicp.ids import is_evse_id
from app.formats.oicp.reading import text
from app.model.batch import Parsed, StatusRecord
from app.model.enums import Status
from app.model.problem import Problem, Severity

Row = tuple[str, str]
_MEANING = {
    "available": Status.AVAILABLE,
    "reserved": Status.RESERVED,
    "occupied": Status.CHARGING,
    "outofservice": Status.OUTOFORDER,
    "unknown": Status.UNKNOWN,
    "evsenotfound": Status.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class StatusFile:
    name: str
    rows: list[Row]
    """EvseID and word; of an EVSE that comes twice, the last."""
    problems: list[Problem]
    whole: bool
    """False where a record does not say its EVSE, so that what is absent is not known."""
    _numbers: Mapping[str, int]

    def parse(self, row: Row, status_map: Mapping[str, str]) -> Parsed:
        """`status_map`: what other words mean."""
        evse_id, word = row
        known = status_map.get(word) or _MEANING.get(word.replace(" ", "").lower())
        if known:
            return Parsed(StatusRecord(evse_id, str(known)))
        problem = Problem(
            "no status of OICP: read as UNKNOWN",
            Severity.PARTLY,
            record=evse_id,
            where=f"{self.name} record {self._numbers.get(evse_id, 0)}",
            path="EvseStatus",
            value=word[:80],
            remedy="Say in `status_map` what the word means",
        )
        return Parsed(StatusRecord(evse_id, Status.UNKNOWN.value), (problem,))


def read_statuses(data: bytes, name: str) -> StatusFile:
    """Raises SourceAnswerError for what is no JSON."""
    rows: dict[str, Row] = {}
    numbers: dict[str, int] = {}
    problems: list[Problem] = []
    whole = True
    for found in found_in(data, name):
        record = found.record if isinstance(found.record, dict) else {}
        evse_id = record.get("EvseID")
        if not isinstance(evse_id, str) or not is_evse_id(evse_id):
            whole = False
            value = "" if evse_id is None else str(evse_id)[:80]
            problems.append(Problem("names no EVSE: left out", where=found.where(name), path="EvseID", value=value))
            continue
        rows[evse_id] = evse_id, text(record, "EvseStatus", "EVSEStatus") or ""
        numbers[evse_id] = found.number
    return StatusFile(name, list(rows.values()), problems, whole, numbers)
