"""Reads EVSE data of OICP into locations.

OICP has no location. Records are of one location where they have the same ChargingPoolID; without one, where they have the same
ChargingStationId, or operator, coordinates and address. Its id is that of the pool; else that of the station, if it is just one;
else the EvseID that comes first in the alphabet.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.formats.ocpi.parse import read_location
from app.formats.oicp.codes import CONTRACT
from app.formats.oicp.files import Found, found_in
from app.formats.oicp.ids import is_evse_id, party_of
from app.formats.oicp.read_evse import ASSUMED, LONGEST_UID, evse_of
from app.formats.oicp.read_place import contract_payment, place_of
from app.formats.oicp.reading import Notes, coordinates, text
from app.model.batch import Parsed, Raw
from app.model.identifiers import object_key
from app.model.problem import Problem, Severity

_NOT_OF_THE_FILE = re.compile(r"(last_updated|status|time_zone|evse_uids\[\d+\])$")
"""Required in OCPI, but not in the file (the registry and the coordinates give them); or what follows from another defect."""
_EVSE_STEP = re.compile(r"^evses\[(\d+)\]")
_INDEX = re.compile(r"\[\d+\]")
_FIELD_OF = {
    "name": "ChargingStationNames",
    "address": "Address.Street",
    "street": "Address.Street",
    "house_number": "Address.HouseNum",
    "city": "Address.City",
    "postal_code": "Address.PostalCode",
    "state": "Address.Region",
    "country": "Address.Country",
    "coordinates": "GeoCoordinates",
    "related_locations": "GeoChargingPointEntrance",
    "operator": "OperatorName",
    "suboperator": "SubOperatorName",
    "opening_times": "OpeningTimes",
    "energy_mix": "EnergySource",
    "help_phone": "HotlinePhoneNumber",
    "evses[].evse_id": "EvseID",
    "evses[].uid": "EvseID",
    "evses[].connectors": "Plugs",
    "evses[].floor_level": "Address.Floor",
    "evses[].physical_reference": "Address.ParkingSpot",
    "evses[].directions": "ChargingStationLocationReference",
    "evses[].images": "ChargingStationImage",
    "stations": "ChargingStationId",
}
"""Where a field of the location came from."""


@dataclass(frozen=True, slots=True)
class DataFile:
    name: str
    raws: list[Raw]
    problems: list[Problem]
    whole: bool
    """False where a record does not say its EVSE, so that what is absent is not known."""
    _records: dict[str, list[Found]]

    def parse(self, raw: Raw) -> Parsed:
        """One of `raws`, as OCPI's model has it; what is wrong, by record and field."""
        parsed = read_location(raw.body, "2.3.0", country_code=None, party_id=None)
        kept = (problem for problem in parsed.problems if not _NOT_OF_THE_FILE.search(problem.path))
        return replace(parsed, problems=tuple(self._placed(problem, self._records[raw.key]) for problem in kept))

    def _placed(self, problem: Problem, records: list[Found]) -> Problem:
        step = _EVSE_STEP.match(problem.path)
        found = records[int(step[1])] if step and int(step[1]) < len(records) else records[0]
        path = _INDEX.sub("[]", problem.path)
        named = [name for name in _FIELD_OF if path == name or path.startswith((f"{name}.", f"{name}["))]
        field = _FIELD_OF[max(named, key=len)] if named else problem.path
        return replace(problem, where=found.where(self.name), record=found.record["EvseID"][:80], path=field)


def read_data(data: bytes, name: str, *, country_code: str | None = None, party_id: str | None = None) -> DataFile:
    """`country_code` and `party_id` own EVSEs whose ids name no party (`+41*…`). Raises SourceAnswerError for what is no JSON."""
    notes = Notes()
    problems: list[Problem] = []
    read: dict[str, Found] = {}
    whole = True
    for found in found_in(data, name):
        evse_id = found.record.get("EvseID") if isinstance(found.record, dict) else None
        if not isinstance(evse_id, str) or not is_evse_id(evse_id):
            whole = False
            problems.append(_nameless(found, name, evse_id))
        elif _owner(evse_id, country_code, party_id) is None:
            problems.append(_ownerless(found, name, evse_id))
        elif read.setdefault(evse_id.upper(), found) is not found:
            what = "comes twice in one file; the first counts"
            problems.append(Problem(what, where=found.where(name), record=evse_id, path="EvseID"))
    raws, records = [], {}
    for group in _grouped([*read.values()]):
        owner = _owner(group[0].record["EvseID"], country_code, party_id) or ("", "")
        body = _location(owner, group, notes)
        key = object_key(*owner, body["id"])
        if key in records:
            what = "another place of this operator has the same id; the first counts"
            problems.append(Problem(what, where=group[0].where(name), record=body["id"], path="ChargingStationId"))
            continue
        raws.append(Raw(key, body, group[0].where(name)))
        records[key] = group
    if raws:
        problems.append(Problem(f"assumed, where OICP does not say it: {ASSUMED}", Severity.NOTE, where=name))
    return DataFile(name, raws, [*problems, *notes.problems(name)], whole, records)


def _owner(evse_id: str, country_code: str | None, party_id: str | None) -> tuple[str, str] | None:
    return party_of(evse_id) or ((country_code, party_id) if country_code and party_id else None)


def _grouped(found: Sequence[Found]) -> list[list[Found]]:
    groups: list[list[Found]] = []
    known: dict[Any, list[Found]] = {}
    for one in found:
        marks = _marks(one)
        group = next((known[mark] for mark in marks if mark in known), None)
        if group is None:
            group = []
            groups.append(group)
        group.append(one)
        for mark in marks:
            known.setdefault(mark, group)
    return groups


def _marks(one: Found) -> list[tuple[Any, ...]]:
    """What it has in common with the records of the same location."""
    record = one.record
    operator = party_of(record["EvseID"]) or one.operator_id
    if pool := text(record, "ChargingPoolID"):
        return [(operator, "pool", pool.upper())]
    address = record.get("Address")
    address = address if isinstance(address, dict) else {}
    at = coordinates(record.get("GeoCoordinates")) or {}
    place = (operator, *at.values(), *(text(address, name) for name in ("Street", "HouseNum", "City")))
    station = text(record, "ChargingStationId", "ChargingStationID")
    return [(operator, "station", station.upper()), place] if station else [place]


def _location(owner: tuple[str, str], group: Sequence[Found], notes: Notes) -> dict[str, Any]:
    records = [one.record for one in group]
    evses = [evse_of(record, notes) for record in records]
    place = place_of(records, group[0].operator_id, group[0].operator_name, notes)
    for record, evse in zip(records, evses, strict=True):
        at = coordinates(record.get("GeoCoordinates"))
        if at and at != place.get("coordinates"):
            evse["coordinates"] = at
    directions = evses[0].get("directions")
    if directions and all(evse.get("directions") == directions for evse in evses):
        place["directions"] = directions
        for evse in evses:
            del evse["directions"]
    stations = _stations(records, evses, notes)
    owned = {"country_code": owner[0], "party_id": owner[1], "id": _id(records, stations)}
    return {**owned, **place, "evses": evses, **({"stations": stations} if stations else {})}


def _id(records: Sequence[Any], stations: Sequence[Any]) -> str:
    pool = text(records[0], "ChargingPoolID")
    first = min(record["EvseID"].upper() for record in records)
    id_ = pool or (stations[0]["id"] if len(stations) == 1 else first)
    return id_ if len(id_) <= LONGEST_UID else id_.replace("*", "")[:LONGEST_UID]


def _stations(records: Sequence[Any], evses: Sequence[Any], notes: Notes) -> list[dict[str, Any]]:
    """Those that the records name. A ChargingStationId that is the EvseID again (Switzerland) names none."""
    found: dict[str, dict[str, Any]] = {}
    for record, evse in zip(records, evses, strict=True):
        id_ = text(record, "ChargingStationId", "ChargingStationID")
        if not id_ or id_ == evse["evse_id"] or len(id_) > LONGEST_UID:
            if contract_payment(record):
                notes.add("PaymentOptions", "a station says it, and none is named: left out", CONTRACT)
            continue
        station = found.setdefault(id_, {"id": id_, "evse_uids": []})
        station["evse_uids"].append(evse["uid"])
        if (contract := contract_payment(record)) is not None:
            station["contract_payment"] = contract
    return list(found.values())


def _nameless(found: Found, name: str, evse_id: Any) -> Problem:
    return Problem(
        "names no EVSE: left out" if evse_id in (None, "") else "has no valid EvseID: left out",
        where=found.where(name),
        path="EvseID",
        rule="OICP 2.3 EvseIDType",
        value="" if evse_id is None else str(evse_id)[:80],
        remedy="Write an id such as CH*ABC*E123",
    )


def _ownerless(found: Found, name: str, evse_id: str) -> Problem:
    return Problem(
        "names no party, but an operator in the old form: left out",
        where=found.where(name),
        record=evse_id,
        path="EvseID",
        value=evse_id,
        remedy="Set `country_code` and `party_id` of the source",
    )
