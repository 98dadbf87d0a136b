"""The published object as a pure function of what the sources said: static facts, statuses, overlay; and its stamps.

A location is kept in two parts: the static body, and for each EVSE the few fields that its status decides (`status_part`).
`published` joins them.

`last_updated` moves only with content: a connector's with the connector, an EVSE's with it or its connectors, a location's
with anything in it (OCPI 2.2.1 mod_locations, GET List). The stamp itself is known only inside the commit, so changed
parts carry STAMP until then.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import orjson

from app.clock import Millis, format_time
from app.registry.status import Observation

Body = dict[str, Any]

STAMP = "\x00"  # cannot occur in a valid text, so that its replacement touches stamps alone
_STAMP_JSON = orjson.dumps(STAMP)


def static_body(contributed: Body, previous: Body | None, kept: Collection[str]) -> Body:
    """What the source says, and of `previous` those EVSEs (`kept`: uids in lower case) that it lacks.

    Refused this time or missing, they stay in their place; what becomes of them is said by their status.
    """
    if previous is None or not kept:
        return contributed
    points = list(contributed.get("evses", ()))
    places = [point["uid"].lower() for point in points]
    before = None
    for point in previous.get("evses", ()):
        uid = point["uid"].lower()
        if uid not in places and uid in kept:
            place = 0 if before is None else places.index(before) + 1
            points.insert(place, point)
            places.insert(place, uid)
        before = uid if uid in places else before
    return {**contributed, "evses": points} if points else contributed


def status_part(status: str, observation: Observation | None) -> Body:
    """The fields of an EVSE that a status decides."""
    part: Body = {"status": status}
    if observation is not None:
        part["status_times"] = observation.times()
        if observation.detail:
            part["status_detail"] = observation.detail
    return part


def published(body: Body, parts: Mapping[str, tuple[Body, str]], last_updated: str) -> Body:
    """The location as it is published: `parts` maps uids to a `status_part` and the stamp it was published with."""
    joined = {**body, "last_updated": last_updated}
    if "evses" in body:
        joined["evses"] = [_with_status(evse, *parts[evse["uid"]]) for evse in body["evses"]]
    return joined


def with_statuses(body: Body, statuses: Mapping[str, str], last_updated: str) -> Body:
    """A static body with the statuses of some of its EVSEs (by uid) and no others."""
    joined = {**body, "last_updated": last_updated}
    if statuses:
        joined["evses"] = [
            {**evse, "status": statuses[evse["uid"]]} if evse["uid"] in statuses else evse for evse in body["evses"]
        ]
    return joined


def with_status(body: Body, uid: str, part: Body, stamp: str) -> Body:
    """A published location after the status of one EVSE has changed (replays)."""
    evses = [_with_status(evse, part, stamp) if evse["uid"] == uid else evse for evse in body["evses"]]
    return {**body, "evses": evses, "last_updated": stamp}


def _with_status(evse: Body, part: Body, stamp: str) -> Body:
    joined = {"uid": evse["uid"]}
    if "evse_id" in evse:
        joined["evse_id"] = evse["evse_id"]
    joined |= part
    for name, value in evse.items():
        if name not in STATUS_FIELDS:
            joined[name] = value
    joined["last_updated"] = STAMP if STAMP in (stamp, evse["last_updated"]) else max(evse["last_updated"], stamp)
    return joined


STATUS_FIELDS = frozenset({"status", "status_times", "status_detail"})


def touch_connectors(body: Body, tariff_id: str) -> None:
    """Stamps, in place, the connectors that name a tariff (lower case), their EVSEs and the location."""
    for evse in body.get("evses", ()):
        for connector in (connector for connector in evse["connectors"] if tariff_id in _tariffs_of(connector)):
            connector["last_updated"] = evse["last_updated"] = STAMP
    body["last_updated"] = STAMP


def _tariffs_of(connector: Body) -> set[str]:
    offers = (offer["tariff_id"] for offer in connector.get("adhoc_offers", ()))
    return {tariff_id.lower() for tariff_id in (*connector.get("tariff_ids", ()), *offers)}


def stamped_location(new: Body, old: Body | None) -> Body | None:
    """A static body with every `last_updated`: the old one where the part is unchanged, else STAMP. None where nothing
    changed."""
    if old is None:
        old = {}
    before = {evse["uid"]: evse for evse in old.get("evses", ())}
    evses = [_stamped_evse(evse, before.get(evse["uid"])) for evse in new.get("evses", ())]
    body = dict(new)
    if evses:
        body["evses"] = evses
    return _settled(body, old)


def stamped_tariff(new: Body, old: Body | None) -> Body | None:
    """A tariff with its `last_updated`. None where nothing changed."""
    return _settled(dict(new), old or {})


def _stamped_evse(new: Body, old: Body | None) -> Body:
    if old is None:
        old = {}
    before = {connector["id"]: connector for connector in old.get("connectors", ())}
    connectors = []
    for connector in new["connectors"]:
        was = before.get(connector["id"], {})
        connectors.append(_settled(dict(connector), was) or was)
    evse = dict(new)
    evse["connectors"] = connectors
    return _settled(evse, old) or old


def _settled(new: Body, old: Body) -> Body | None:
    new["last_updated"] = old.get("last_updated", STAMP)
    if new == old:
        return None
    new["last_updated"] = STAMP
    return new


def dumps(body: Body) -> bytes:
    return orjson.dumps(body)


def set_stamp(body: bytes, stamp: Millis) -> bytes:
    """The bytes with the commit's stamp in place of STAMP."""
    return body.replace(_STAMP_JSON, b'"%s"' % format_time(stamp).encode())
