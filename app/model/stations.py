"""Which EVSEs form a station (AFIR: one physical installation), where a source does not say so.

A rule per source groups EVSEs that say the same; without one, all EVSEs of a location are one station, flagged as assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

Body = dict[str, Any]
LONGEST_ID = 36
_SEPARATORS = "*-_"


class StationRule(StrEnum):
    """EVSEs of one station have the same …"""

    EVSE_ID = "evse_id"
    """… `evse_id` up to its last separator: DE*ABC*E100*1 and DE*ABC*E100*2."""
    PHYSICAL_REFERENCE = "physical_reference"
    CHARGER_ID = "charger_id"
    LOCATION = "location"
    """One station per location, and not just assumed so."""


def grouped(body: Body, rule: StationRule) -> Body:
    """The location with the stations that the rule finds; the same where it has stations already, or no EVSEs. An EVSE without
    what the rule asks for is left to `stations_of`."""
    if body.get("stations") or not body.get("evses"):
        return body
    groups: dict[str, list[str]] = {}
    for evse in body["evses"]:
        if name := _SAID[rule](body, evse):
            groups.setdefault(name, []).append(evse["uid"])
    stations = [{"id": name, "evse_uids": uids} for name, uids in groups.items()]
    return {**body, "stations": stations} if stations else body


def stations_of(body: Mapping[str, Any]) -> list[Body]:
    """Every EVSE of the location in one station: those that are said, and one `assumed` of all others."""
    stations: list[Body] = list(body.get("stations", ()))
    placed = {uid.lower() for station in stations for uid in station["evse_uids"]}
    left = [evse["uid"] for evse in body.get("evses", ()) if evse["uid"].lower() not in placed]
    if not left:
        return stations
    taken = {station["id"].lower() for station in stations}
    id_ = body["id"] if body["id"].lower() not in taken else f"{body['id'][: LONGEST_ID - 2]}-0"
    return [*stations, {"id": id_, "evse_uids": left, "assumed": True}]


def _without_last_part(evse_id: str) -> str:
    at = max(evse_id.rfind(separator) for separator in _SEPARATORS)
    return evse_id[:at] if at > 0 else evse_id


_SAID: dict[StationRule, Callable[[Body, Body], str]] = {
    StationRule.EVSE_ID: lambda body, evse: _without_last_part(evse.get("evse_id", ""))[:LONGEST_ID],
    StationRule.PHYSICAL_REFERENCE: lambda body, evse: evse.get("physical_reference", ""),
    StationRule.CHARGER_ID: lambda body, evse: evse.get("charger_id", ""),
    StationRule.LOCATION: lambda body, evse: body["id"],
}
