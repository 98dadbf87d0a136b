"""Which messages bring a receiver from what it holds to what there is: as few and as small as OCPI lets them be (mod_locations,
mod_tariffs, Receiver interface).

1. A new object, or one that is sent in full: PUT of the whole.
2. Of a location that is there: PUT of just the EVSEs or connectors whose content differs, PATCH of the EVSEs whose status
   changed, always with `last_updated`. Where its own fields differ, an EVSE is gone or there would be too many messages: PUT of
   the whole.
3. PATCH never takes anything away: where a field would have to go, the EVSE is PUT.
4. What is no longer public: a tariff is DELETEd. OCPI has no DELETE of a location; one is PATCHed to `publish = false`, or in
   2.1.1, which has no such field, each of its EVSEs to REMOVED.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import orjson

from app.clock import Millis, format_time
from app.formats.ocpi.versions import V211
from app.registry.merge import STATUS_FIELDS

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    method: str
    """PUT, PATCH or DELETE."""
    ids: tuple[str, ...]
    """Below the owner: location, EVSE, connector; or the tariff."""
    body: Body | None = None


@dataclass(frozen=True, slots=True)
class HeldEvse:
    digest: str
    """Of its own fields, without those its status decides."""
    connectors: dict[str, str]
    status_fields: tuple[str, ...]

    @classmethod
    def of(cls, evse: Body) -> HeldEvse:
        connectors = {connector["id"]: _digest(connector) for connector in evse["connectors"]}
        return cls(_digest(evse, "connectors", *STATUS_FIELDS), connectors, _status_fields(evse))


@dataclass(frozen=True, slots=True)
class Held:
    """What a receiver holds of an object."""

    owner: tuple[str, str]
    """(country_code, party_id), as in the URL it was sent to."""
    id: str
    digest: str
    """Of a tariff; of a location's own fields."""
    evses: dict[str, HeldEvse] = field(default_factory=dict)

    @classmethod
    def of(cls, owner: tuple[str, str], said: Body) -> Held:
        evses = {evse["uid"]: HeldEvse.of(evse) for evse in said.get("evses", ())}
        return cls(owner, said["id"], _digest(said, "evses"), evses)

    def dumps(self) -> bytes:
        return orjson.dumps(self)

    @classmethod
    def loads(cls, memory: bytes) -> Held:
        read = orjson.loads(memory)
        evses = {
            uid: HeldEvse(evse["digest"], evse["connectors"], tuple(evse["status_fields"]))
            for uid, evse in read["evses"].items()
        }
        return cls((read["owner"][0], read["owner"][1]), read["id"], read["digest"], evses)


def put(said: Body) -> Message:
    """The whole object."""
    return Message("PUT", (said["id"],), said)


def location_messages(said: Body, now: Held, held: Held, evses: Collection[str], most: int) -> list[Message]:
    """From a location that the receiver holds to the one that is `said`, `now`; `evses`: uids of those whose status changed.
    Where more than `most` would be needed, PUT of the whole."""
    if now.digest != held.digest or held.evses.keys() - now.evses.keys():
        return [put(said)]
    messages = [
        message
        for evse in said.get("evses", ())
        for message in _evse_messages(said["id"], evse, now.evses[evse["uid"]], held.evses.get(evse["uid"]), evses)
    ]
    return messages if len(messages) <= most else [put(said)]


def _evse_messages(
    location: str, evse: Body, now: HeldEvse, held: HeldEvse | None, changed: Collection[str]
) -> Iterator[Message]:
    ids, status = (location, evse["uid"]), evse["uid"] in changed
    if held is None or now.digest != held.digest or now.connectors.keys() != held.connectors.keys():
        yield Message("PUT", ids, evse)
        return
    if status and not set(held.status_fields) <= set(now.status_fields):
        yield Message("PUT", ids, evse)
        return
    for connector in evse["connectors"]:
        if held.connectors[connector["id"]] != now.connectors[connector["id"]]:
            yield Message("PUT", (*ids, connector["id"]), connector)
    if status:
        part = {name: value for name, value in evse.items() if name in STATUS_FIELDS}
        yield Message("PATCH", ids, {**part, "last_updated": evse["last_updated"]})


def withdrawal(held: Held, version: str, at: Millis) -> list[Message]:
    """Of a location that is no longer public."""
    stamp = format_time(at)
    if version != V211:
        return [Message("PATCH", (held.id,), {"publish": False, "last_updated": stamp})]
    removed = {"status": "REMOVED", "last_updated": f"{stamp[:19]}Z"}
    return [Message("PATCH", (held.id, uid), removed) for uid in held.evses]


def _status_fields(evse: Body) -> tuple[str, ...]:
    return tuple(sorted(STATUS_FIELDS & evse.keys()))


def _digest(part: Body, *without: str) -> str:
    """Of its content: `last_updated` is none."""
    kept = {name: value for name, value in part.items() if name != "last_updated" and name not in without}
    return blake2b(orjson.dumps(kept, option=orjson.OPT_SORT_KEYS), digest_size=8).hexdigest()
