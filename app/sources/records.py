"""Raw OCPI records as backends write them: whose they are, what their own words mean, and how they are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

from app.clock import Millis, parse_time
from app.formats.ocpi.parse import read_location, read_tariff
from app.model.batch import Kind, LocationRecord, Origin, Parsed, Raw
from app.model.identifiers import object_key
from app.model.problem import Problem, Severity
from app.model.stations import grouped
from app.sources.base import SourceSettings
from app.sources.plans import PlanTariff, read_plan_tariff

LONGEST_ID = 39
"""OCPI 2.1.1; 36 since. What is longer is no id that could be kept."""
_NAMES = {Kind.LOCATIONS: "Location", Kind.TARIFFS: "Tariff"}


@dataclass(frozen=True, slots=True)
class Owner:
    """Who owns records that name no party."""

    country_code: str | None
    party_id: str | None


def record_key(item: Any, owner: Owner) -> str | None:
    """None where the record has no id or no owner. A number as id is read as text here; its reader judges it."""
    if not isinstance(item, dict):
        return None
    country_code = item.get("country_code") or owner.country_code
    party_id = item.get("party_id") or owner.party_id
    if not (_is_name(country_code, 2) and _is_name(party_id, 3) and _is_id(item.get("id"))):
        return None
    return object_key(country_code, party_id, str(item["id"]))


def _is_id(id: Any) -> bool:
    return _is_name(str(id) if isinstance(id, int) and not isinstance(id, bool) else id, LONGEST_ID)


def _is_name(text: Any, longest: int) -> TypeGuard[str]:
    return isinstance(text, str) and 0 < len(text) <= longest and text.isprintable()


def nameless(item: Any, kind: Kind, where: str, owner: Owner) -> Problem:
    """Why a record has no key."""
    name = _NAMES[kind]
    if not isinstance(item, dict):
        what, remedy = f"is no {name} but {type(item).__name__}", "Ask the backend's operator"
        return Problem(what, Severity.REFUSED, where=where, value=str(item)[:80], remedy=remedy)
    id = item.get("id")
    if _is_id(id):
        path = "party_id" if _is_name(item.get("country_code") or owner.country_code, 2) else "country_code"
        return Problem(
            "names no owner",
            Severity.REFUSED,
            record=str(id)[:80],
            path=path,
            where=where,
            value=str(item.get(path) or "")[:80],
            rule=f"OCPI {name}.country_code, party_id: required",
            remedy="Set `country_code` and `party_id` of the source",
        )
    return Problem(
        "has no id" if id in (None, "") else "has no valid id",
        Severity.REFUSED,
        path="id",
        where=where,
        rule=f"OCPI {name}.id: CiString(36), required",
        value="" if id is None else str(id)[:80],
        remedy="The backend has to give each object an id of up to 36 printable characters",
    )


def double(raw: Raw, kind: Kind) -> Problem:
    """Why a second record with a key that was met before is left out."""
    return Problem(
        "comes twice in one crawl; the first counts",
        Severity.REFUSED,
        record=raw.key,
        path="id",
        where=raw.where,
        rule=f"OCPI {_NAMES[kind]}.id: unique per CPO platform, compared without case",
        value=str(raw.body.get("id"))[:80],
        remedy="Give each object an id of its own in the backend",
    )


def read_record(kind: Kind, version: str, settings: SourceSettings, raw: Raw) -> Parsed:
    """A location or tariff of an OCPI version by the source's settings; a plan's tariff has a version of its own."""
    if isinstance(raw, PlanTariff):
        return read_plan_tariff(raw)
    reader = read_location if kind is Kind.LOCATIONS else read_tariff
    parsed = reader(
        translated(raw.body, settings.status_map),
        version,
        country_code=settings.country_code,
        party_id=settings.party_id,
        where=raw.where,
        keep=settings.keep,
    )
    return with_stations(parsed, settings)


def with_stations(parsed: Parsed, settings: SourceSettings) -> Parsed:
    """The location with the stations that the settings' rule finds, where the record names none."""
    if settings.stations is None or not isinstance(parsed.record, LocationRecord):
        return parsed
    return replace(parsed, record=replace(parsed.record, body=grouped(parsed.record.body, settings.stations)))


def nothing_to_read(raw: Any) -> Parsed:
    """Reads the records of a batch that has none."""
    raise AssertionError("a batch without records has none to read")


def translated(location: Any, status_map: Mapping[str, str]) -> Any:
    """The location with the backend's own status words replaced; the same object where there are none."""
    evses = location.get("evses") if status_map and isinstance(location, dict) else None
    if not isinstance(evses, list):
        return location
    return {**location, "evses": [_translated(evse, status_map) for evse in evses]}


def _translated(evse: Any, status_map: Mapping[str, str]) -> Any:
    status = evse.get("status") if isinstance(evse, dict) else None
    return {**evse, "status": status_map[status]} if isinstance(status, str) and status in status_map else evse


def dated(parsed: Parsed, location: Any) -> Parsed:
    """The record with each EVSE's `last_updated` as the time of its status.

    Only for backends that mean it so: in OCPI it also moves for static edits (the status has no time of its own).
    """
    record = parsed.record
    if not isinstance(record, LocationRecord):
        return parsed
    evses = [evse for evse in location.get("evses") or () if isinstance(evse, dict)]
    times = {str(evse.get("uid")).casefold(): evse.get("last_updated") for evse in evses}
    statuses = tuple(
        replace(status, occurred_at=at, origin=Origin.BACKEND)
        if (at := _time(times.get(status.evse.casefold()))) is not None
        else status
        for status in record.statuses
    )
    return replace(parsed, record=replace(record, statuses=statuses))


def _time(text: Any) -> Millis | None:
    try:
        return parse_time(text)
    except (TypeError, ValueError):
        return None
