"""The stations that report under 23 CFR 680: public sites in the United States with ports that federal money paid for.

A port counts where `federally_funded` says so, or where that is not said and the site names a programme (`funding`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine

from app.formats.evchart.check import Registered
from app.model.identifiers import compare_key, party
from app.model.status import OUT_OF_SERVICE
from app.registry.origins import sourced_locations
from app.registry.projection import View

USA = "USA"
_KEY = re.compile(r"[a-z0-9_]+")
_NOT_YET = frozenset({"planned", "under_construction"})


@dataclass(frozen=True, slots=True)
class Point:
    """A charging port."""

    uid: str
    """Federal `port_id`."""
    evse_id: str | None
    charger_id: str | None
    power_kw: Decimal | None
    """Rated; None: not known."""


@dataclass(frozen=True, slots=True)
class Station:
    party: str
    id: str
    """Federal `station_id`: that of the location."""
    network: str | None
    """Key in the federal list; None: not known."""
    operator: str | None
    opened: date | None
    points: tuple[Point, ...]
    """Those that federal money paid for."""

    @property
    def names(self) -> dict[str, str | None]:
        """What every row of it begins with."""
        return {"station_id": self.id, "network_provider": self.network}


def funded_stations(engine: Engine, view: View, network: str | None, until: date) -> Iterator[Station]:
    """In order of creation; those that opened on `until` or later are left out. `network`: of those that name none by its key."""
    for sourced in sourced_locations(engine, view):
        body = sourced.object.body
        found = station_of(body, party(sourced.object.country_code, sourced.object.party_id), network)
        is_there = found.opened is None or found.opened < until
        if found.points and is_there and body.get("station_status") not in _NOT_YET:
            yield found


def station_of(body: dict[str, Any], of: str, network: str | None) -> Station:
    """A public location."""
    named = body.get("network_provider") or ""
    opened = body.get("operational_since")
    return Station(
        of,
        body["id"],
        named if _KEY.fullmatch(named) else network,
        (body.get("operator") or {}).get("name"),
        date.fromisoformat(opened) if opened else None,
        tuple(_point(evse) for evse in body.get("evses", ()) if _counts(evse, bool(body.get("funding")))),
    )


def _counts(evse: dict[str, Any], funded: bool) -> bool:
    return evse.get("status") not in OUT_OF_SERVICE and bool(evse.get("federally_funded", funded))


def _point(evse: dict[str, Any]) -> Point:
    watts = [connector.get("max_electric_power") for connector in evse.get("connectors", ())]
    highest = max((power for power in watts if power is not None), default=None)
    kilowatts = None if highest is None else Decimal(str(highest)) / 1000
    return Point(evse["uid"], evse.get("evse_id"), evse.get("charger_id"), kilowatts)


class Places:
    """Which port a session was at, by whatever its source calls it."""

    def __init__(self, stations: Iterable[Station]) -> None:
        self.stations = list(stations)
        self._by_id: dict[str, tuple[Station, Point]] = {}
        self._by_uid: dict[tuple[str, str], list[tuple[Station, Point]]] = {}
        for station in self.stations:
            for point in station.points:
                found = station, point
                if point.evse_id:
                    self._by_id[compare_key(point.evse_id)] = found
                for of in ("", station.id.lower()):
                    self._by_uid.setdefault((of, point.uid.lower()), []).append(found)

    def find(self, evse: str, location_id: str | None) -> tuple[Station, Point] | None:
        """None: there is no such port, or several."""
        places = self._by_uid.get(((location_id or "").lower(), evse.lower()), [])
        return places[0] if len(places) == 1 else self._by_id.get(compare_key(evse))

    def registered(self) -> Registered:
        """What of module 1 is known here."""
        opened = {station.id: station.opened for station in self.stations if station.opened}
        ports = frozenset((station.id, point.uid) for station in self.stations for point in station.points)
        return Registered(opened, ports)
