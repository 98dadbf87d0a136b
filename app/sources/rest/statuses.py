"""Statuses as rows: EVSE, the backend's word, when. Words and times are looked at only where a row differs from the last one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.clock import Millis, parse_time
from app.model.batch import Origin, Parsed, StatusRecord, StatusRow
from app.model.enums import Status
from app.model.problem import Problem, Severity
from app.sources.rest.description import StatusFields
from app.sources.rest.expression import ExpressionFailed
from app.sources.rest.lists import Found
from app.sources.rest.words import Words, unknown

LONGEST = 48
"""Characters of an EVSE id (OCPI EVSE.evse_id)."""


@dataclass
class Rows:
    rows: list[StatusRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    whole: bool = True
    """False where a record does not say its EVSE, so that what is absent is not known."""
    _places: dict[str, str] = field(default_factory=dict)

    def read(self, found: Iterable[Found], fields: StatusFields) -> None:
        for record in found:
            try:
                evse = fields.evse.find(record.scope)
                status = fields.status.find(record.scope)
                occurred_at = fields.occurred_at.find(record.scope) if fields.occurred_at else None
            except ExpressionFailed as failed:
                self._refuse(f"{failed}: left out", record, "")
                continue
            name = "" if evse is None or isinstance(evse, bool | list | dict) else str(evse)
            if not (name and len(name) <= LONGEST and name.isprintable()):
                self._refuse("names no EVSE: left out", record, "" if evse is None else str(evse)[:80])
                continue
            self._places.setdefault(name, record.where)
            self.rows.append(StatusRow(name, status, occurred_at))

    def parse(self, row: tuple[Any, ...], words: Words, times: str) -> Parsed:
        """`times`: how they are written, as in `Description.times`."""
        evse, word, time = row
        where = self._places.get(evse, "")
        problems: list[Problem] = []
        status = words.meaning(word)
        if status is None:
            problems.append(unknown(word, evse, where, "status"))
        occurred_at = None if time in (None, "") else read_time(time, times)
        if occurred_at is None and time not in (None, ""):
            problem = Problem(
                f"no time as `times: {times}` says: left out",
                Severity.PARTLY,
                record=evse,
                where=where,
                path="occurred_at",
                value=str(time)[:80],
                remedy="Say in `times` of the description how they are written",
            )
            problems.append(problem)
        origin = Origin.OBSERVED if occurred_at is None else Origin.BACKEND
        return Parsed(StatusRecord(evse, status or Status.UNKNOWN, occurred_at, origin), tuple(problems))

    def _refuse(self, what: str, record: Found, value: str) -> None:
        self.whole = False
        remedy = "Each record names its EVSE; look at it in the backend, or change `evse` of the description"
        self.problems.append(Problem(what, where=record.where, path="evse", value=value, remedy=remedy))


def read_time(time: Any, written: str) -> Millis | None:
    """`written`: as in `Description.times`. None for what is no such time."""
    try:
        if written == "utc":
            moment = datetime.fromisoformat(time)
            return parse_time(moment.isoformat() if moment.tzinfo else f"{moment.isoformat()}Z")
        if written == "rfc3339":
            return parse_time(time)
        return round(float(time) * (1000 if written == "seconds" else 1))
    except (TypeError, ValueError, OverflowError):
        return None
