"""A status publication: statuses of points, and newer prices of the rates of a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from app.clock import Millis, to_millis
from app.errors import SourceAnswerError
from app.formats.datex2.facts import Facts, gathered, unread
from app.formats.datex2.nodes import RULE
from app.formats.datex2.rates import EnergyRateUpdate
from app.formats.datex2.read_document import read_document
from app.formats.datex2.read_ids import evse_uid
from app.formats.datex2.read_json import read_update
from app.formats.datex2.statuses import STATUSES as WRITTEN
from app.model.batch import Origin, Parsed, StatusRecord
from app.model.enums import Status
from app.model.problem import Problem, Severity

_MEANING: dict[str, Status] = {
    **{word.lower(): Status(status) for status, (word, _) in WRITTEN.items()},
    **{str(status).lower(): status for status in Status},
    "faulted": Status.OUTOFORDER,
    "outofstock": Status.OUTOFORDER,
    "unavailable": Status.OUTOFORDER,
    "occupied": Status.CHARGING,
}
"""Words of DATEX II, and those of OCPI that some feeds have, in lower case."""


class StatusLine(NamedTuple):
    evse: str
    """As `read_table` names the EVSE."""
    status: str
    """As written."""
    updated: str | None = None
    """When the backend last told of it."""
    fault: str | None = None
    """Id of the fault behind it."""


@dataclass(frozen=True, slots=True)
class Statuses:
    name: str
    lines: list[StatusLine]
    updates: dict[tuple[str, str], EnergyRateUpdate]
    """By point or station, and rate; under an empty owner where all say the same of the rate."""
    problems: list[Problem]
    complete: bool
    """False: a delta, or a point without id, so that what is absent is not known."""

    def parse(self, line: StatusLine) -> Parsed:
        status = _MEANING.get(line.status.lower())
        problems = () if status else (_unknown(line, self.name),)
        at = _time(line.updated)
        origin = Origin.OBSERVED if at is None else Origin.BACKEND
        detail = {"fault_code": line.fault[:100]} if line.fault else None
        return Parsed(StatusRecord(line.evse, str(status or Status.UNKNOWN), at, origin, detail=detail), problems)


def read_statuses(data: bytes, name: str) -> Statuses:
    """Raises SourceAnswerError for what is no status publication."""
    document = read_document(data, name)
    if document.sites and not document.statuses:
        raise SourceAnswerError("holds sites and no statuses", where=name, remedy="Name it as `table`")
    lines: dict[str, StatusLine] = {}
    updates: dict[tuple[str, str], EnergyRateUpdate] = {}
    problems: list[Problem] = []
    complete = not document.is_delta
    for tree in document.statuses:
        site = Facts(tree, "", [], language=document.language)
        for line in _lines(site, updates):
            if not line.evse:
                complete = False
            elif line.evse in lines and line != lines[line.evse]:
                site.note(f"{line.evse} has another status, which counts", "Send one status for each point")
            lines[line.evse] = line
        problems += [*site.problems, *unread(site)]
    lines.pop("", None)
    _add_common(updates)
    told = gathered(problems)
    return Statuses(name, list(lines.values()), updates, [replace(one, where=name) for one in told], complete)


def _lines(site: Facts, updates: dict[tuple[str, str], EnergyRateUpdate]) -> Iterator[StatusLine]:
    site_id = _referred(site)
    for station in site.many("energyInfrastructureStationStatus"):
        station_id = _referred(station)
        _update(station, station_id, updates)
        for point in station.many("refillPointStatus"):
            point_id = _referred(point)
            status = point.said("status")
            if not point_id or status is None:
                what = "a status without a point" if not point_id else "a point without a status"
                point.problems.append(Problem(f"{what}: left out", path=point.path, rule=RULE, record=point_id))
                yield StatusLine("", "")
                continue
            _update(point, point_id, updates)
            moment = point.one("lastUpdated")
            yield StatusLine(
                evse_uid(point_id, station_id, site_id), status, moment.text() if moment else None, _fault(point)
            )


def _referred(facts: Facts) -> str:
    """The id that it refers to; Lithuania has it at the status itself."""
    reference = facts.one("reference")
    return (reference or facts).name()


def _update(facts: Facts, owner: str, updates: dict[tuple[str, str], EnergyRateUpdate]) -> None:
    for path, body in facts.whole("energyRateUpdate"):
        update = read_update(body, facts.problems, path)
        if update is not None:
            updates[owner, update.rate_id] = update


def _add_common(updates: dict[tuple[str, str], EnergyRateUpdate]) -> None:
    said: dict[str, list[EnergyRateUpdate]] = {}
    for (_, rate), update in updates.items():
        said.setdefault(rate, []).append(update)
    for rate, found in said.items():
        if all(one.prices == found[0].prices for one in found):
            updates["", rate] = max(found, key=_moment)


def _moment(update: EnergyRateUpdate) -> Millis:
    return to_millis(update.last_updated) if update.last_updated else 0


def _fault(point: Facts) -> str | None:
    fault = point.one("fault")
    if fault is None:
        return None
    return fault.said("manufacturerFaultCode") or fault.said("faultIdentifier")


def _time(text: str | None) -> Millis | None:
    """None: not told, or no time with offset."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return to_millis(moment) if moment.tzinfo else None


def _unknown(line: StatusLine, name: str) -> Problem:
    remedy = "Translate it with `status_map`"
    return Problem(
        "no status of DATEX II, read as UNKNOWN",
        Severity.NOTE,
        record=line.evse,
        path="status",
        where=name,
        rule=RULE,
        value=line.status[:80],
        remedy=remedy,
    )
