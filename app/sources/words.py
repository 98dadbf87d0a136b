"""What a backend says of statuses inside OCPI locations, in words and times that mean what OCPI means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.clock import Millis, parse_time
from app.model.batch import LocationRecord, Origin, Parsed


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
    times = {str(evse.get("uid")).casefold(): evse.get("last_updated") for evse in location["evses"]}
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
