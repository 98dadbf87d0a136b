"""What the ledger says: entries as canonical JSON (RFC 8785), of four kinds.

===========  ==============================================================================================================
tariff       a tariff as published: `tariff` is the public object
connectors   the tariffs that hold at the connectors of one EVSE, with what a price depends on (power, time zone)
ended        from now on this tariff, or the tariffs at this EVSE, no longer hold; the status of the EVSE plays no part
manifest     SHA-256 of the manifest of snapshots that was published, so of every document that it names
===========  ==============================================================================================================

Each has its kind, the `epoch` of the feed and its journal sequence `seq` there, `published_at` (visible in the feed), what is
known of `occurred_at`, `earliest` and `received_at`, and `logged_at`, when it got its place here. Nothing in it is personal: it
holds what the public feed says of tariffs and connectors, and no names, telephone numbers or users.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from typing import Any, Self

import orjson
import rfc8785

from app.clock import Millis, format_time, parse_time
from app.ledger.tiles import LONGEST_ENTRY
from app.model.identifiers import compare_key

Body = Mapping[str, Any]

_OF_A_CONNECTOR = (
    "id",
    "standard",
    "format",
    "power_type",
    "max_voltage",
    "max_amperage",
    "max_electric_power",
    "tariff_ids",
    "adhoc_offers",
)
_ABOUT = ("kind", "epoch", "seq", "occurred_at", "earliest", "received_at", "published_at", "logged_at")
MANIFESTS = "manifest"
_ROOM = 1000
"""Bytes that kind and times take at most."""


class EntryKind(StrEnum):
    TARIFF = "tariff"
    CONNECTORS = "connectors"
    ENDED = "ended"
    MANIFEST = "manifest"


@dataclass(frozen=True, slots=True)
class Times:
    epoch: str
    seq: int
    published_at: Millis
    received_at: Millis | None = None
    occurred_at: Millis | None = None
    earliest: Millis | None = None

    def fields(self) -> dict[str, Any]:
        named = {name: getattr(self, name) for name in ("occurred_at", "earliest", "received_at", "published_at")}
        said = {name: format_time(at) for name, at in named.items() if at is not None}
        return {"epoch": self.epoch, "seq": self.seq, **said}


@dataclass(frozen=True, slots=True)
class Statement:
    """What is to be said, without a place in the log yet."""

    kind: EntryKind
    subject: str
    """What it is about: `tariff/de*abc/t1`, `evse/de*abc/loc1/3256`, `manifest`."""
    content: Body = field(repr=False)
    times: Times
    digest: bytes
    """SHA-256 of the content: who says the same again says nothing."""

    @classmethod
    def of(cls, kind: EntryKind, subject: str, content: Body, times: Times) -> Self:
        written = rfc8785.dumps(content)
        if len(written) > LONGEST_ENTRY - _ROOM:
            content = _shortened(content)
            written = rfc8785.dumps(content)
        return cls(kind, subject, content, times, sha256(written).digest())

    def row(self, logged_at: Millis) -> dict[str, Any]:
        """The entry with what it is found by: `columns_of` of the entry, without reading it again."""
        return {
            "kind": self.kind.value,
            "subject": self.subject,
            "evse_key": _evse_key(self.content),
            "published_at": self.times.published_at,
            "digest": self.digest,
            "body": self.entry(logged_at),
        }

    def entry(self, logged_at: Millis) -> bytes:
        about = {"kind": self.kind.value, **self.times.fields(), "logged_at": format_time(logged_at)}
        return rfc8785.dumps({**about, **self.content})


@dataclass(frozen=True)
class Entry:
    """One that has its place."""

    index: int
    body: bytes

    @cached_property
    def content(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.body)
        return found


def tariff_statement(key: str, body: Body, times: Times) -> Statement:
    return Statement.of(EntryKind.TARIFF, tariff_subject(key), {**_owned(key), "id": body["id"], "tariff": body}, times)


def tariff_ended(key: str, id: str, times: Times) -> Statement:
    return Statement.of(EntryKind.ENDED, tariff_subject(key), {**_owned(key), "tariff_id": id}, times)


def evse_statements(key: str, location: Body, times: Times) -> Iterator[Statement]:
    """One per EVSE of a public location: its connectors, or that no tariff holds there."""
    for evse in location.get("evses", ()):
        connectors = [_connector(one) for one in evse["connectors"]]
        content = _placed(key, location, evse)
        kind = EntryKind.ENDED
        if any("tariff_ids" in one or "adhoc_offers" in one for one in connectors):
            kind, zone = EntryKind.CONNECTORS, location.get("time_zone")
            content |= {"connectors": connectors, **({"time_zone": zone} if zone else {})}
        yield Statement.of(kind, evse_subject(key, evse["uid"]), content, times)


def evse_ended(key: str, location: Body, evse: Body, times: Times) -> Statement:
    return Statement.of(EntryKind.ENDED, evse_subject(key, evse["uid"]), _placed(key, location, evse), times)


def ended_again(content: Body, times: Times) -> Statement:
    """The end of what an entry said."""
    placed = {name: content[name] for name in ("party", "location_id", "evse_uid", "evse_id") if name in content}
    named = placed if "evse_uid" in content else {**placed, "tariff_id": content["id"]}
    return Statement.of(EntryKind.ENDED, subject_of(content), named, times)


def manifest_statement(sha256_hex: str, times: Times) -> Statement:
    return Statement.of(EntryKind.MANIFEST, MANIFESTS, {"sha256": sha256_hex}, times)


def tariff_subject(key: str) -> str:
    return f"tariff/{key}"


def evse_subject(key: str, uid: str) -> str:
    return f"evse/{key}/{uid.lower()}"


def subject_of(content: Body) -> str:
    """Of an entry that was read."""
    owner = str(content.get("party", "")).lower()
    if content["kind"] == EntryKind.MANIFEST:
        return MANIFESTS
    if "evse_uid" in content:
        return evse_subject(f"{owner}/{content['location_id'].lower()}", content["evse_uid"])
    return tariff_subject(f"{owner}/{(content.get('id') or content['tariff_id']).lower()}")


def columns_of(body: bytes) -> dict[str, Any]:
    """What an entry is found by: a function of the entry alone."""
    content = orjson.loads(body)
    stated = {name: value for name, value in content.items() if name not in _ABOUT}
    return {
        "kind": content["kind"],
        "subject": subject_of(content),
        "evse_key": _evse_key(content),
        "published_at": parse_time(content["published_at"]),
        "digest": sha256(rfc8785.dumps(stated)).digest(),
        "body": body,
    }


def _evse_key(content: Body) -> str | None:
    evse_id = content.get("evse_id")
    return compare_key(evse_id) if evse_id else None


def _owned(key: str) -> dict[str, Any]:
    return {"party": key.partition("/")[0].upper()}


def _placed(key: str, location: Body, evse: Body) -> dict[str, Any]:
    named = {"evse_id": evse["evse_id"]} if evse.get("evse_id") else {}
    return {**_owned(key), "location_id": location["id"], "evse_uid": evse["uid"], **named}


def _shortened(content: Body) -> Body:
    """What is longer than an entry can be stands in it by its hash: the feed's snapshots have the whole."""
    (name,) = content.keys() & {"tariff", "connectors"}
    kept = {key: value for key, value in content.items() if key != name}
    return {**kept, f"{name}_sha256": sha256(rfc8785.dumps(content[name])).hexdigest()}


def _connector(connector: Body) -> dict[str, Any]:
    return {name: connector[name] for name in _OF_A_CONNECTOR if name in connector}
