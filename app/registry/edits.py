"""Writing changed locations: the published body, its EVSEs, the journal, the price history, and the blocks to render anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from app.clock import Millis
from app.model.batch import Kind
from app.model.identifiers import compare_key, object_key
from app.registry import evses, merge
from app.registry.boundaries import schedule_boundary
from app.registry.commit import Commit
from app.registry.evses import AT_ONCE, Turn
from app.registry.merge import Body
from app.registry.projection import is_public_location, tariff_ids
from app.registry.status import Observation
from app.registry.tables import evse, history, location, location_tariff, price_history
from app.registry.tariffs import extend_boundaries, set_boundary


@dataclass(slots=True)
class NewEvse:
    """An EVSE that the registry did not know."""

    uid: str
    evse_id: str | None
    columns: dict[str, Any]
    observations: Sequence[Observation]


@dataclass(slots=True)
class Edit:
    """What becomes of one location in a commit."""

    key: str
    row: Row[Any] | None
    """As it is published; None where it is new."""
    old: Body | None
    body: Body | None
    """The new published body with STAMP in it; None where it stays."""
    source: str
    received_at: Millis
    static: bool = False
    """More than statuses changed, so that the journal takes the whole body."""
    turns: list[Turn] = field(default_factory=list)
    new: list[NewEvse] = field(default_factory=list)
    provenance: dict[str, str] = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        return self.body is not None or bool(self.new) or any(turn.writes for turn in self.turns)


def status_edits(connection: Connection, turns: Sequence[Turn], source: str, received_at: Millis) -> list[Edit]:
    """The locations of these EVSEs, with the statuses that the turns publish."""
    by_location: dict[int, list[Turn]] = {}
    for turn in turns:
        by_location.setdefault(turn.row.location, []).append(turn)
    edits = []
    for row in locations_by_ordinal(connection, [n for n, group in by_location.items() if any(t.part for t in group)]):
        group = by_location.pop(row.ordinal)
        old = orjson.loads(row.body)
        body = {**old, "evses": list(old["evses"])}
        for turn in group:
            if turn.part is not None:
                merge.set_status(body, turn.row.uid, turn.part)
        edits.append(Edit(row.key, row, old, body, source, received_at, turns=group))
    silent = [turn for group in by_location.values() for turn in group if turn.writes]
    if silent:
        edits.append(Edit("", None, None, None, source, received_at, turns=silent))
    return edits


def locations_by_ordinal(connection: Connection, ordinals: Sequence[int]) -> list[Row[Any]]:
    found: list[Row[Any]] = []
    for start in range(0, len(ordinals), AT_ONCE):
        found += connection.execute(
            select(location).where(location.c.ordinal.in_(ordinals[start : start + AT_ONCE]))
        ).all()
    return found


def write_edits(commit: Commit, edits: Iterable[Edit]) -> None:
    """Writes all of it, in the order given."""
    updates: list[dict[str, Any]] = []
    touched: list[int] = []
    turns: list[Turn] = []
    zones: dict[str, set[str]] = {}
    for edit in edits:
        for tariff_key in _newly_named(edit):
            zones.setdefault(tariff_key, set()).add((edit.body or {})["time_zone"])
        if edit.body is not None and edit.row is None:
            _insert(commit, edit)
        elif edit.body is not None and edit.row is not None:
            updates.append(_update(commit, edit, edit.row, edit.body))
            touched.append(edit.row.ordinal)
        turns += edit.turns
    if updates:
        columns = [name for name in updates[0] if name != "_ordinal"]
        statement = update(location).where(location.c.ordinal == bindparam("_ordinal"))
        commit.connection.execute(statement.values({name: bindparam(name) for name in columns}), updates)
        commit.touch(Kind.LOCATIONS, touched, commit.seq)
    evses.write_turns(commit, turns)
    extend_boundaries(commit.connection, zones, commit.now)


def _newly_named(edit: Edit) -> set[str]:
    """Keys of the tariffs that the location names from now on."""
    if edit.body is None or not edit.static:
        return set()
    return _tariff_keys(edit.key, edit.body) - _tariff_keys(edit.key, edit.old or {})


def _tariff_keys(key: str, body: Body) -> set[str]:
    owner = key.split("/", 1)[0]
    return {f"{owner}/{tariff_id}".lower() for tariff_id in tariff_ids(body)}


def _insert(commit: Commit, edit: Edit) -> None:
    body = edit.body or {}
    ordinal = commit.ordinal(Kind.LOCATIONS)
    after = merge.set_stamp(merge.dumps(body), commit.stamp)
    public = is_public_location(body)
    seq = commit.record(
        what="location",
        key=edit.key,
        ordinal=ordinal,
        source=edit.source,
        was_public=False,
        public=public,
        after=after,
        received_at=edit.received_at,
    )
    commit.connection.execute(
        insert(location).values(
            ordinal=ordinal,
            key=edit.key,
            country_code=body["country_code"],
            party_id=body["party_id"],
            id=body["id"],
            country=body["country"],
            time_zone=body["time_zone"],
            source=edit.source,
            public=public,
            version=seq,
            last_updated=commit.stamp,
            body=after,
            provenance=_provenance(edit),
        )
    )
    commit.touch(Kind.LOCATIONS, (ordinal,), seq)
    _after_static_change(commit, edit, ordinal, body, seq)


def _update(commit: Commit, edit: Edit, row: Row[Any], body: Body) -> dict[str, Any]:
    """Journals the change; returns the columns of `location` to write."""
    public = is_public_location(body)
    known = {evse["uid"] for evse in (edit.old or {}).get("evses", ())}
    for turn in edit.turns:
        if turn.part is not None and turn.row.uid in known:
            _record_status(
                commit, edit, row, turn, was_public=row.public, public=public if not edit.static else row.public
            )
    after = merge.set_stamp(merge.dumps(body), commit.stamp)
    if edit.static:
        commit.record(
            what="location",
            key=edit.key,
            ordinal=row.ordinal,
            source=edit.source,
            was_public=row.public,
            public=public,
            before=row.body,
            after=after,
            received_at=edit.received_at,
        )
        _after_static_change(commit, edit, row.ordinal, body, commit.seq)
    return {
        "_ordinal": row.ordinal,
        "country": body["country"],
        "time_zone": body["time_zone"],
        "source": row.source,
        "public": public,
        "version": commit.seq,
        "last_updated": commit.stamp,
        "body": after,
        "provenance": _provenance(edit) if edit.static else row.provenance,
    }


def _record_status(commit: Commit, edit: Edit, row: Row[Any], turn: Turn, *, was_public: bool, public: bool) -> None:
    part = turn.part or {}
    names = {"location_id": row.id, "evse_uid": turn.row.uid}
    if turn.row.evse_id is not None:
        names["evse_id"] = turn.row.evse_id
    newest = turn.newest
    commit.record(
        what="status",
        key=edit.key,
        ordinal=row.ordinal,
        evse_uid=turn.row.uid,
        source=newest.source if newest else edit.source,
        was_public=was_public,
        public=public,
        before=orjson.dumps({"status": turn.row.status}),
        after=orjson.dumps({**names, **part}),
        occurred_at=newest.occurred_at if newest else None,
        earliest=newest.earliest if newest else None,
        origin=newest.origin if newest else None,
        backend_at=newest.backend_at if newest else None,
        received_at=newest.received_at if newest else edit.received_at,
    )


def _after_static_change(commit: Commit, edit: Edit, ordinal: int, body: Body, seq: int) -> None:
    connection = commit.connection
    ids = _insert_evses(commit, edit, ordinal, body)
    names = _tariff_keys(edit.key, body)
    if edit.old is None or names != _tariff_keys(edit.key, edit.old):
        connection.execute(delete(location_tariff).where(location_tariff.c.location == ordinal))
        if names:
            connection.execute(
                insert(location_tariff), [{"tariff": name, "location": ordinal} for name in sorted(names)]
            )
    schedule = schedule_boundary(body, commit.now)
    if schedule is not None or edit.old is not None:
        set_boundary(connection, "schedule", edit.key, schedule)
    prices = _price_rows(commit, edit, ids, seq)
    if prices:
        connection.execute(insert(price_history), prices)


def _insert_evses(commit: Commit, edit: Edit, ordinal: int, body: Body) -> dict[str, int]:
    """Adds the new EVSEs with their history; returns the ids of all EVSEs of the location by uid."""
    connection = commit.connection
    rows = [
        {
            "location": ordinal,
            "uid": new.uid,
            "key": object_key(body["country_code"], body["party_id"], new.uid),
            "uid_key": new.uid.lower(),
            "evse_id": new.evse_id,
            "evse_key": None if new.evse_id is None else compare_key(new.evse_id),
            **new.columns,
        }
        for new in edit.new
    ]
    if rows:
        connection.execute(insert(evse), rows)
    ids = {
        row.uid: row.id for row in connection.execute(select(evse.c.uid, evse.c.id).where(evse.c.location == ordinal))
    }
    points = [evses.history_row(ids[new.uid], observation) for new in edit.new for observation in new.observations]
    if points:
        connection.execute(insert(history), points)
    return ids


def _price_rows(commit: Commit, edit: Edit, ids: dict[str, int], seq: int) -> list[dict[str, Any]]:
    was = _connector_tariffs(edit.old or {})
    return [
        {"evse": ids[uid], "connector": connector, "at": commit.stamp, "seq": seq, "tariff_ids": orjson.dumps(names)}
        for (uid, connector), names in _connector_tariffs(edit.body or {}).items()
        if was.get((uid, connector), []) != names
    ]


def _connector_tariffs(body: Body) -> dict[tuple[str, str], list[str]]:
    return {
        (evse["uid"], connector["id"]): connector.get("tariff_ids", [])
        for evse in body.get("evses", ())
        for connector in evse["connectors"]
    }


def _provenance(edit: Edit) -> bytes | None:
    return orjson.dumps(edit.provenance) if edit.provenance else None
