"""The published object as a pure function of what the sources said: static facts, statuses, overlay; and its stamps.

`last_updated` moves only with content: a connector's with the connector, an EVSE's with it or its connectors, a
location's with anything in it
(OCPI 2.2.1 mod_locations, GET List). The stamp itself is known only inside the commit, so changed parts carry STAMP
until then.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import orjson

from app.clock import Millis, format_time
from app.registry.status import UNKNOWN, Observation

Body = dict[str, Any]

STAMP = "\x00"  # cannot occur in a valid text, so that its replacement touches stamps alone
_STAMP_JSON = orjson.dumps(STAMP)


def location_body(static: Body, previous: Body | None, kept: Collection[str], statuses: Mapping[str, Body]) -> Body:
    """A location without stamps: the source's static facts, each EVSE with its status.

    EVSEs of `previous` that `static` lacks stay, whether refused this time or missing (`kept` names the uids,
    case-folded); what becomes of
    them is said by their status. `statuses` maps case-folded uids to `status_part`s; an EVSE without one is UNKNOWN.
    """
    present = list(static.get("evses", ()))
    if previous is not None and kept:
        have = {evse["uid"].lower() for evse in present}
        present += [
            evse
            for evse in previous.get("evses", ())
            if evse["uid"].lower() in kept and evse["uid"].lower() not in have
        ]
    nothing = {"status": UNKNOWN}
    body = {name: value for name, value in static.items() if name != "evses"}
    if present:
        body["evses"] = [_with_status(evse, statuses.get(evse["uid"].lower(), nothing)) for evse in present]
    return body


def status_part(status: str, observation: Observation | None) -> Body:
    """The fields of an EVSE that a status decides."""
    part: Body = {"status": status}
    if observation is not None:
        part["status_times"] = observation.times()
        if observation.detail:
            part["status_detail"] = observation.detail
    return part


def _with_status(evse: Body, part: Body) -> Body:
    merged = {"uid": evse["uid"]}
    if "evse_id" in evse:
        merged["evse_id"] = evse["evse_id"]
    merged.update(part)
    for name, value in evse.items():
        if name not in STATUS_FIELDS and name not in merged:
            merged[name] = value
    return merged


def status_of(evse: Body) -> Body:
    """The fields of a published EVSE that a status decides."""
    return {name: evse[name] for name in ("status", "status_times", "status_detail") if name in evse}


STATUS_FIELDS = frozenset({"status", "status_times", "status_detail", "last_updated"})


def set_status(body: Body, uid: str, part: Body, stamp: str = STAMP) -> None:
    """Changes the status of one EVSE in place and stamps it and its location."""
    for index, evse in enumerate(body["evses"]):
        if evse["uid"] == uid:
            changed = _with_status(evse, part)
            changed["last_updated"] = stamp
            body["evses"][index] = changed
            body["last_updated"] = stamp
            return
    raise KeyError(uid)


def touch_connectors(body: Body, tariff_id: str) -> None:
    """Stamps, in place, the connectors that name a tariff (lower case), their EVSEs and the location."""
    for evse in body.get("evses", ()):
        naming = [c for c in evse["connectors"] if tariff_id in (name.lower() for name in c.get("tariff_ids", ()))]
        for connector in naming:
            connector["last_updated"] = evse["last_updated"] = STAMP
    body["last_updated"] = STAMP


def stamped_location(new: Body, old: Body | None) -> Body | None:
    """`new` with every `last_updated`: the old one where the part is unchanged, else STAMP. None where nothing
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
