"""EVSEs by charge point and connector, `CP1/2`, as OCPP and many backends write them.

The charge point is the EVSE's `charger_id`, the id of its station, or what its uid begins with (`CP1-2`); the connector is the id
of one of its connectors, or the end of that uid. A name that fits several EVSEs is nobody's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import orjson
from sqlalchemy import Connection, Engine, Row, func, select

from app.registry import evses
from app.registry.tables import evse, location, location_body

R = TypeVar("R", Row[Any], evses.Known)
_TAIL = re.compile(r"(.+)[-_*/]([^-_*/]+)")
Names = Mapping[str, tuple[int, str] | None]
"""Name in lower case → the location's ordinal and the EVSE's uid; None where it fits several."""
_known: WeakKeyDictionary[Engine, tuple[int, Names]] = WeakKeyDictionary()


def names_in(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(name in lower case, uid) of the EVSEs of a location."""
    stations = [(station["id"], station.get("evse_uids", ())) for station in body.get("stations", ())]
    for point in body.get("evses", ()):
        uid = point["uid"]
        posts = {id for id, uids in stations if uid in uids} | {point.get("charger_id")} - {None}
        names = {f"{post}/{connector['id']}" for post in posts for connector in point["connectors"]}
        if tail := _TAIL.fullmatch(uid):
            names.add(f"{tail[1]}/{tail[2]}")
        yield from ((name.lower(), uid) for name in names)


def rows_by_post(connection: Connection, names: Collection[str], where: Callable[..., Sequence[R]]) -> dict[str, R]:
    """EVSE rows by such names, as far as each names one. Bodies are read only for them, and again only when one has changed."""
    wanted = {name: name.lower() for name in names if "/" in name}
    if not wanted:
        return {}
    known = _names(connection)
    places = {name: place for name, key in wanted.items() if (place := known.get(key)) is not None}
    there = where(connection, evse.c.location, {ordinal for ordinal, _ in places.values()})
    rows = {(row.location, row.uid): row for row in there if not row.removed}
    return {name: rows[place] for name, place in places.items() if place in rows}


def _names(connection: Connection) -> Names:
    version = connection.execute(select(func.max(location.c.static_version))).scalar() or 0
    known = _known.get(connection.engine)
    if known is None or known[0] != version:
        found: dict[str, tuple[int, str] | None] = {}
        for row in connection.execute(select(location_body.c.location, location_body.c.body)):
            for name, uid in names_in(orjson.loads(row.body)):
                place = (row.location, uid)
                found[name] = place if found.get(name, place) == place else None
        known = _known[connection.engine] = version, found
    return known[1]
