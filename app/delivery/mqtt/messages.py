"""What is retained where.

`status/DE/ABC/LOC1/3256`: the status of an EVSE, as a change of it in `/open/changes` says it; `tariff/DE/ABC/T1`: a public
tariff as the 2.3.0 feed has it. Whatever an id has besides letters, digits and `-_.~*:@` is percent-encoded as in URLs, so that
no id can reach into another topic. An empty message takes away what is no more public.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import quote

import orjson

from app.delivery.base import Item
from app.model.batch import Kind
from app.model.identifiers import party
from app.registry.merge import STATUS_FIELDS
from app.registry.projection import PublicObject

STATUS, TARIFF = "status", "tariff"
GONE = b""


@dataclass(frozen=True, slots=True)
class Plan:
    """From what the broker holds of an object to what there is of it."""

    item: Item
    messages: dict[str, bytes]
    """By topic; GONE: nothing is to be there any more."""
    held: dict[str, str]
    """What is there then: topic → digest of its message."""

    @property
    def memory(self) -> bytes | None:
        return orjson.dumps(self.held) if self.held else None


def plan_of(item: Item, prefix: str) -> Plan:
    before: dict[str, str] = orjson.loads(item.memory) if item.memory else {}
    there = dict(_said(item, prefix))
    held = {topic: blake2b(message, digest_size=8).hexdigest() for topic, message in there.items()}
    sent = {topic: message for topic, message in there.items() if item.whole or before.get(topic) != held[topic]}
    return Plan(item, {**dict.fromkeys(before.keys() - held.keys(), GONE), **sent}, held)


def _said(item: Item, prefix: str) -> Iterator[tuple[str, bytes]]:
    found = item.object
    if found is None:
        return
    if item.kind is Kind.TARIFFS:
        yield _topic(prefix, TARIFF, found), orjson.dumps(found.body)
        return
    for evse in found.body.get("evses", ()):
        said = {"party": party(found.country_code, found.party_id), "location_id": found.id, "evse_uid": evse["uid"]}
        if "evse_id" in evse:
            said["evse_id"] = evse["evse_id"]
        said |= {name: value for name, value in evse.items() if name in STATUS_FIELDS}
        yield _topic(prefix, STATUS, found, evse["uid"]), orjson.dumps(said)


def _topic(prefix: str, kind: str, found: PublicObject, *below: str) -> str:
    parts = (found.country_code, found.party_id, found.id, *below)
    return f"{prefix}{kind}/{'/'.join(quote(part, safe='*:@') for part in parts)}"
