"""What a test looks at: the published objects, the journal, every table."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import Engine, Row, select

from app.clock import parse_time
from app.model.batch import Kind
from app.registry.apply import Registry
from app.registry.database import reading
from app.registry.projection import PublicObject, View
from app.registry.tables import evse, history, journal, metadata

Body = dict[str, Any]

EVERYTHING = View()


def tables(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, without `feed_head.revision`, which also counts writes that change nothing."""
    with reading(engine) as connection:
        return {
            table.name: sorted(
                (tuple(row) for row in connection.execute(select(*(c for c in table.c if c.name != "revision")))),
                key=repr,
            )
            for table in metadata.sorted_tables
        }


def entries(registry: Registry, since: int = 0) -> list[Row[Any]]:
    """The journal after a sequence."""
    with reading(registry.engine) as connection:
        return list(connection.execute(select(journal).where(journal.c.seq > since).order_by(journal.c.seq)))


def head(registry: Registry) -> int:
    with registry.feed().read() as feed:
        return feed.head().seq


def public_object(registry: Registry, id: str, kind: Kind = Kind.LOCATIONS, party: str = "DE*ABC") -> PublicObject:
    found = find(registry, id, kind, party)
    assert found is not None, f"{id} is not public"
    return found


def find(registry: Registry, id: str, kind: Kind = Kind.LOCATIONS, party: str = "DE*ABC") -> PublicObject | None:
    country_code, party_id = party.split("*")
    with registry.feed().read() as feed:
        return feed.find(kind, country_code, party_id, id)


def body(registry: Registry, id: str, kind: Kind = Kind.LOCATIONS, party: str = "DE*ABC") -> Body:
    return public_object(registry, id, kind, party).body


def point(registry: Registry, id: str, uid: str) -> Body:
    """One published EVSE."""
    return next(evse for evse in body(registry, id)["evses"] if evse["uid"] == uid)


def status(registry: Registry, id: str, uid: str) -> str:
    return str(point(registry, id, uid)["status"])


def changes(registry: Registry, since: int = 0, limit: int = 1000, view: View = EVERYTHING) -> list[Body]:
    with registry.feed().read() as feed:
        return feed.changes(since, limit, view).changes


def evse_row(registry: Registry, uid: str) -> Row[Any]:
    with reading(registry.engine) as connection:
        return connection.execute(select(evse).where(evse.c.uid == uid)).one()


def history_of(registry: Registry, uid: str) -> list[tuple[Any, ...]]:
    """(at, status, reason) of an EVSE, oldest first."""
    with reading(registry.engine) as connection:
        query = select(history.c.at, history.c.status, history.c.reason).join(evse, evse.c.id == history.c.evse)
        return [tuple(row) for row in connection.execute(query.where(evse.c.uid == uid).order_by(history.c.at))]


def stamps(location: Body) -> dict[str, int]:
    """Path → `last_updated` in milliseconds, of the location, its EVSEs and their connectors."""
    found = {"": parse_time(location["last_updated"])}
    for point in location.get("evses", ()):
        found[point["uid"]] = parse_time(point["last_updated"])
        for plug in point["connectors"]:
            found[f"{point['uid']}/{plug['id']}"] = parse_time(plug["last_updated"])
    return found


def journaled_bodies(registry: Registry) -> list[Body]:
    return [orjson.loads(entry.after) for entry in entries(registry) if entry.after is not None]


def follow(mirror: dict[tuple[str, str], dict[str, Any]], change: dict[str, Any]) -> None:
    """What a mirror makes of one line of `/open/changes`; it holds bodies by type and id."""
    if change["op"] == "put":
        mirror[change["type"], change["id"]] = change["object"]
    elif change["op"] == "remove":
        del mirror[change["type"], change["id"]]
    elif change["op"] == "status":
        body = mirror["location", change["location_id"]]
        body["last_updated"] = change["published_at"]
        for point in body["evses"]:
            if point["uid"] == change["evse_uid"]:
                for name in ("status", "status_times", "status_detail"):
                    point.pop(name, None)
                    if name in change:
                        point[name] = change[name]
                point["last_updated"] = change["published_at"]
