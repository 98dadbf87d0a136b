"""Writing what changed: statuses (many, small), and static bodies of locations (few, large)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any

import orjson
from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from app.clock import Millis
from app.model.batch import Kind
from app.model.identifiers import compare_key, object_key
from app.model.status import OUT_OF_SERVICE
from app.registry import evses, merge
from app.registry.commit import Commit, upsert
from app.registry.due import extend_boundaries, set_boundary
from app.registry.evses import AT_ONCE, Turn
from app.registry.merge import Body
from app.registry.offer_rows import write_offers
from app.registry.offers import offers_of
from app.registry.projection import is_public_location, tariff_ids, tariff_key
from app.registry.search import search_row
from app.registry.status import Observation
from app.registry.tables import (
    evse,
    history,
    location,
    location_body,
    location_search,
    location_tariff,
    price_history,
)


@dataclass(slots=True)
class NewEvse:
    """An EVSE that the registry did not know."""

    uid: str
    columns: dict[str, Any]
    part: Body
    observations: Sequence[Observation]


@dataclass(slots=True)
class Edit:
    """A location whose static body changes, or that is new."""

    key: str
    row: Row[Any] | None
    """As it is published; None where it is new."""
    old: Body | None
    body: Body
    """The new static body with STAMP in it."""
    source: str
    received_at: Millis
    parts: Mapping[str, tuple[Body, str]]
    """uid → status part and its stamp, after the turns of this commit; STAMP for what it publishes."""
    new: Sequence[NewEvse] = ()
    provenance: dict[str, str] = field(default_factory=dict)
    earliest: Millis | None = None
    """The source's last answer before: the earliest that anything can have changed; None where there was none."""

    @property
    def public(self) -> bool:
        return is_public_location(self.body)


def write_turns(
    commit: Commit, turns: Sequence[Turn], source: str, received_at: Millis, hidden: Collection[int] = ()
) -> None:
    """Writes the EVSEs and their history, and journals each status that is published. `hidden` are locations that cease to
    be public in this commit: the public learns just that."""
    changed = [turn for turn in turns if turn.part is not None]
    places = _places(commit.connection, {turn.row.location for turn in changed})
    for turn in changed:
        part = orjson.dumps(turn.part)
        place = places[turn.row.location]
        public = place.public and place.ordinal not in hidden
        _record_status(commit, turn, place, source, received_at, public=public)
        turn.values |= {"part": part, "stamp": commit.stamp}
    columns: dict[frozenset[str], list[dict[str, Any]]] = {}
    for turn in turns:
        if turn.values:
            columns.setdefault(frozenset(turn.values), []).append({"_id": turn.row.id, **turn.values})
    for names, rows in columns.items():
        statement = update(evse).where(evse.c.id == bindparam("_id")).values({name: bindparam(name) for name in names})
        commit.connection.execute(statement, rows)
    _write_history(commit, turns)
    if changed:
        _touch_sites(commit, changed)
        moved = update(location).where(location.c.ordinal == bindparam("_ordinal"))
        moved = moved.values(version=commit.seq, last_updated=commit.stamp)
        commit.connection.execute(moved, [{"_ordinal": ordinal} for ordinal in places])
        commit.touch(Kind.LOCATIONS, places, commit.seq)


def _touch_sites(commit: Commit, changed: Sequence[Turn]) -> None:
    """An EVSE that comes into service, or goes for good, is no longer, or no more, part of its site."""
    ends = [turn for turn in changed if OUT_OF_SERVICE & {turn.row.status, turn.values.get("status", turn.row.status)}]
    sites = sorted(
        {turn.row.location for turn in ends if turn.row.status != turn.values.get("status", turn.row.status)}
    )
    if sites:
        touched = update(location).where(location.c.ordinal == bindparam("_ordinal"))
        touched = touched.values(static_version=commit.seq, static_at=commit.stamp)
        commit.connection.execute(touched, [{"_ordinal": ordinal} for ordinal in sites])
        commit.touch(Kind.SITES, sites, commit.seq)


def _places(connection: Connection, ordinals: Iterable[int]) -> dict[int, Row[Any]]:
    wanted = sorted(ordinals)
    found: dict[int, Row[Any]] = {}
    columns = (location.c.ordinal, location.c.key, location.c.id, location.c.public)
    for start in range(0, len(wanted), AT_ONCE):
        query = select(*columns).where(location.c.ordinal.in_(wanted[start : start + AT_ONCE]))
        found.update({row.ordinal: row for row in connection.execute(query)})
    return found


def _record_status(
    commit: Commit, turn: Turn, place: Row[Any], source: str, received_at: Millis, *, public: bool
) -> None:
    names = {"location_id": place.id, "evse_uid": turn.row.uid}
    if turn.row.evse_id is not None:
        names["evse_id"] = turn.row.evse_id
    newest = turn.newest
    commit.record(
        what="status",
        key=place.key,
        ordinal=place.ordinal,
        evse_uid=turn.row.uid,
        source=newest.source if newest else source,
        was_public=public,
        public=public,
        before=turn.row.part,
        after=orjson.dumps({**names, **(turn.part or {})}),
        occurred_at=newest.occurred_at if newest else None,
        earliest=newest.earliest if newest else None,
        origin=newest.origin if newest else None,
        backend_at=newest.backend_at if newest else None,
        received_at=newest.received_at if newest else received_at,
    )


def _write_history(commit: Commit, turns: Sequence[Turn]) -> None:
    points = [
        evses.history_row(turn.row.id, observation)
        for turn in turns
        for observation in _in_history(turn.history, commit.history_from, turn.row.said_at)
    ]
    points += [
        evses.derived_history_row(turn.row.id, turn.values["status"], turn.values["reason"], commit.now)
        for turn in turns
        if turn.values.get("reason") is not None
    ]
    points += [
        evses.history_row(turn.row.id, replace(turn.newest, at=commit.now))
        for turn in turns
        if turn.newest and turn.resumes
    ]
    _insert_points(commit, points)
    earlier = [{"_id": row, "_at": at} for turn in turns for row, at in turn.received_earlier.items()]
    if earlier:
        correct = update(history).where(history.c.id == bindparam("_id")).values(received_at=bindparam("_at"))
        commit.connection.execute(correct, earlier)


def _insert_points(commit: Commit, points: Iterable[dict[str, Any]]) -> None:
    """Those of a time before the history begins are left out: what they would change there is gone."""
    stamped = [{**point, "published_at": commit.stamp} for point in points if point["at"] >= commit.history_from]
    if stamped:
        commit.connection.execute(insert(history), stamped)


def write_edits(commit: Commit, edits: Sequence[Edit]) -> None:
    """Writes locations; after `write_turns`, whose statuses are in the edits' `parts`."""
    zones: dict[str, set[str]] = {}
    searched: dict[int, Edit] = {}
    for edit in edits:
        for named in _tariff_keys(edit.key, edit.body) - _settled_tariffs(edit):
            zones.setdefault(named, set()).add(edit.body["time_zone"])
        searched[_write(commit, edit)] = edit
    _write_search(commit.connection, searched)
    extend_boundaries(commit.connection, zones, commit.now)


def _write_search(connection: Connection, edits: Mapping[int, Edit]) -> None:
    """By ordinal: what is public now is found by what it says now, and nothing else is found."""
    rows = [search_row(ordinal, edit.body) for ordinal, edit in edits.items() if edit.public]
    if rows:
        upsert(connection, location_search, rows, keys=("location",))
    hidden = [
        ordinal for ordinal, edit in edits.items() if edit.row is not None and edit.row.public and not edit.public
    ]
    for start in range(0, len(hidden), AT_ONCE):
        gone = location_search.c.location.in_(hidden[start : start + AT_ONCE])
        connection.execute(delete(location_search).where(gone))


def _settled_tariffs(edit: Edit) -> set[str]:
    """Tariffs whose boundaries in the location's time zone are known already."""
    stays = edit.old is not None and edit.old["time_zone"] == edit.body["time_zone"]
    return _tariff_keys(edit.key, edit.old or {}) if stays else set()


def _tariff_keys(key: str, body: Body) -> set[str]:
    return {tariff_key(key, tariff_id) for tariff_id in tariff_ids(body)}


def _write(commit: Commit, edit: Edit) -> int:
    """The location's ordinal."""
    row = edit.row
    ordinal = commit.ordinal(Kind.LOCATIONS) if row is None else row.ordinal
    if row is not None and not row.public and edit.public:
        _forget_missing(commit.connection, edit, ordinal)
    body = edit.body
    after = merge.published(body, edit.parts, merge.STAMP)
    seq = commit.record(
        what="location",
        key=edit.key,
        ordinal=ordinal,
        source=edit.source,
        was_public=row is not None and row.public,
        public=edit.public,
        before=None if edit.old is None else merge.dumps(edit.old),
        after=merge.set_stamp(merge.dumps(after), commit.stamp),
        earliest=edit.earliest,
        received_at=edit.received_at,
    )
    facts = {
        "ordinal": ordinal,
        "key": edit.key,
        "country_code": body["country_code"],
        "party_id": body["party_id"],
        "id": body["id"],
        "country": body["country"],
        "time_zone": body["time_zone"],
        "source": edit.source if row is None else row.source,
        "public": edit.public,
        "version": seq,
        "last_updated": commit.stamp,
        "static_version": seq,
        "static_at": commit.stamp,
        "public_since": _public_since(commit, edit),
    }
    upsert(commit.connection, location, [facts], keys=("ordinal",))
    static = {
        "location": ordinal,
        "body": merge.set_stamp(merge.dumps(body), commit.stamp),
        "provenance": orjson.dumps(edit.provenance) if edit.provenance else None,
    }
    upsert(commit.connection, location_body, [static], keys=("location",))
    commit.touch_places((ordinal,), seq)
    ids = _insert_evses(commit, edit, ordinal)
    _write_printed(commit.connection, edit, ids)
    _write_offers(commit.connection, edit, ids)
    _write_named(commit, edit, ordinal, ids, seq)
    return ordinal


def _public_since(commit: Commit, edit: Edit) -> Millis | None:
    if not edit.public:
        return None
    since: Millis = edit.row.public_since if edit.row is not None and edit.row.public else commit.stamp
    return since


def _forget_missing(connection: Connection, edit: Edit, ordinal: int) -> None:
    """A location becomes public without some of the EVSEs it had while it was hidden: the public never hears of them."""
    missing = select(evse.c.id, evse.c.uid).where(evse.c.location == ordinal, evse.c.missing_since.is_not(None))
    gone = {row.uid: row.id for row in connection.execute(missing)}
    if not gone:
        return
    points = [point for point in edit.body["evses"] if point["uid"] not in gone]
    edit.body = {name: value for name, value in edit.body.items() if name != "evses"} | (
        {"evses": points} if points else {}
    )
    for column in (history.c.evse, price_history.c.evse, evse.c.id):
        connection.execute(delete(column.table).where(column.in_(gone.values())))


def _insert_evses(commit: Commit, edit: Edit, ordinal: int) -> dict[str, int]:
    """Adds the new EVSEs with their history; returns the ids of all EVSEs of the location by uid."""
    connection, body = commit.connection, edit.body
    rows = [
        {
            "location": ordinal,
            "uid": new.uid,
            "key": object_key(body["country_code"], body["party_id"], new.uid),
            "uid_key": new.uid.lower(),
            "part": orjson.dumps(new.part),
            "stamp": commit.stamp,
            **new.columns,
        }
        for new in edit.new
    ]
    if rows:
        connection.execute(insert(evse), rows)
    of_location = select(evse.c.uid, evse.c.id).where(evse.c.location == ordinal)
    ids = {row.uid: row.id for row in connection.execute(of_location)}
    told = ((ids[new.uid], _in_history(new.observations, commit.history_from, None)) for new in edit.new)
    _insert_points(commit, [evses.history_row(id_, observation) for id_, heard in told for observation in heard])
    return ids


def _in_history(heard: Sequence[Observation], since: Millis, said_at: Millis | None) -> list[Observation]:
    """What was said last of the time before the history can begin holds from there; nothing that is older than what is known
    already, `said_at` (None: nothing is)."""
    before = sorted(
        (one for one in heard if one.at < since and (said_at is None or one.at > said_at)), key=attrgetter("order")
    )
    return [replace(one, at=since) for one in before[-1:]] + [one for one in heard if one.at >= since]


def _write_printed(connection: Connection, edit: Edit, ids: Mapping[str, int]) -> None:
    """EVSE ids, whoever says them, backend or overlay."""
    was = _printed(edit.old or {})
    rows = [
        {"row": ids[uid], "evse_id": printed, "evse_key": None if printed is None else compare_key(printed)}
        for uid, printed in _printed(edit.body).items()
        if was.get(uid) != printed
    ]
    if rows:
        connection.execute(update(evse).where(evse.c.id == bindparam("row")), rows)


def _write_offers(connection: Connection, edit: Edit, ids: Mapping[str, int]) -> None:
    was = offers_of(edit.key, edit.old) if edit.old is not None and edit.row is not None and edit.row.public else {}
    now = offers_of(edit.key, edit.body) if edit.public else {}
    write_offers(connection, {id_: now.get(uid) for uid, id_ in ids.items() if was.get(uid) != now.get(uid)})


def _printed(body: Body) -> dict[str, str | None]:
    return {point["uid"]: point.get("evse_id") for point in body.get("evses", ())}


def _write_named(commit: Commit, edit: Edit, ordinal: int, ids: Mapping[str, int], seq: int) -> None:
    """What hangs on a location: the tariffs it names, their history, its next boundary."""
    connection = commit.connection
    names = _tariff_keys(edit.key, edit.body)
    if edit.old is None or names != _tariff_keys(edit.key, edit.old):
        connection.execute(delete(location_tariff).where(location_tariff.c.location == ordinal))
        if names:
            rows = [{"tariff": name, "location": ordinal} for name in sorted(names)]
            connection.execute(insert(location_tariff), rows)
    if _schedules(edit.body) != _schedules(edit.old or {}):
        # One that is under way, or no longer holds, is settled by the next tick.
        set_boundary(connection, "schedule", edit.key, commit.now)
    was = _connector_tariffs(edit.old or {})
    prices = [
        {"evse": ids[uid], "connector": connector, "at": commit.stamp, "seq": seq, "tariff_ids": orjson.dumps(tariffs)}
        for (uid, connector), tariffs in _connector_tariffs(edit.body).items()
        if was.get((uid, connector), []) != tariffs
    ]
    if prices:
        connection.execute(insert(price_history), prices)


def _schedules(body: Body) -> dict[str, Any]:
    return {point["uid"]: point["status_schedule"] for point in body.get("evses", ()) if "status_schedule" in point}


def _connector_tariffs(body: Body) -> dict[tuple[str, str], list[str]]:
    return {
        (evse["uid"], connector["id"]): connector.get("tariff_ids", [])
        for evse in body.get("evses", ())
        for connector in evse["connectors"]
    }


def bodies(connection: Connection, ordinals: Sequence[int]) -> dict[int, tuple[Body, Body]]:
    """Static body and provenance of locations."""
    found: dict[int, tuple[Body, Body]] = {}
    for start in range(0, len(ordinals), AT_ONCE):
        wanted = location_body.c.location.in_(ordinals[start : start + AT_ONCE])
        for row in connection.execute(select(location_body).where(wanted)):
            found[row.location] = orjson.loads(row.body), orjson.loads(row.provenance or b"{}")
    return found
