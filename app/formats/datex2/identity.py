"""Ids and versions of sites, stations and points.

An id never changes. A version is a digest of the facts that stand in the table, so that the dynamic publication, which has no
table at hand, refers to the version that the table has. Statuses and prices are no part of it: prices have ids of their own,
and times of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import orjson

from app.formats.datex2.draft import Body
from app.model.enums import Status
from app.model.stations import stations_of

_LIVE = frozenset({"status", "status_times", "status_detail", "last_updated"})
_MEMBERS = frozenset({"evses", "stations", "last_updated"})
_OUT_OF_SERVICE = (Status.REMOVED.value, Status.PLANNED.value)
_BYTES = 8


def digest(facts: Any) -> str:
    return blake2b(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS), digest_size=_BYTES).hexdigest()


def is_in_service(evse: Body) -> bool:
    """Neither planned nor removed: a table has no others (AFIR: not published as a point)."""
    return evse.get("status") not in _OUT_OF_SERVICE


@dataclass(frozen=True, slots=True)
class Point:
    evse: Body
    id: str
    version: str


@dataclass(frozen=True, slots=True)
class Station:
    facts: Body
    """As the location says them, or assumed."""
    id: str
    version: str
    points: Sequence[Point]
    """In service: those in the table."""
    others: Sequence[Point]
    """Planned or removed: to be told once they are so."""


@dataclass(frozen=True, slots=True)
class Site:
    id: str
    version: str
    stations: Sequence[Station]

    @property
    def served(self) -> list[Station]:
        """Those with points in service: those in the table."""
        return [station for station in self.stations if station.points]


def site_of(body: Body) -> Site:
    """A location with all of its stations. OCPI ids are unique per party only, so they are written with it."""
    id_ = f"{body['country_code']}*{body['party_id']}*{body['id']}"
    facts = digest({name: value for name, value in body.items() if name not in _MEMBERS})
    points = {
        evse["uid"].lower(): Point(evse, f"{id_}*E*{evse['uid']}", digest([facts, _static(evse)]))
        for evse in body.get("evses", ())
    }
    stations = [_station(station, id_, facts, points) for station in stations_of(body)]
    version = digest([facts, [station.version for station in stations if station.points]])
    return Site(id_, version, stations)


def _station(facts: Body, site: str, location: str, points: dict[str, Point]) -> Station:
    found = [points[uid.lower()] for uid in facts["evse_uids"]]
    served = [point for point in found if is_in_service(point.evse)]
    others = [point for point in found if not is_in_service(point.evse)]
    version = digest([location, facts, [point.version for point in served]])
    return Station(facts, f"{site}*S*{facts['id']}", version, served, others)


def _static(evse: Body) -> Body:
    connectors = [
        {name: value for name, value in connector.items() if name != "last_updated"} for connector in evse["connectors"]
    ]
    return {name: value for name, value in evse.items() if name not in _LIVE} | {"connectors": connectors}
