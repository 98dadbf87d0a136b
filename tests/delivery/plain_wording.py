"""A wording in plain JSON, and a consumer that keeps account of what it is told in it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import orjson

from app.formats.base import Context, Envelope, Rendered
from app.registry.apply import Registry
from tests.delivery.reading import said
from tests.mobilithek_server import Delivered

STATIC, DYNAMIC = "stat-1", "dyn-1"
Points = dict[str, dict[str, str]]
"""Location id → uid → status."""


class Plain:
    static = dynamic = "ocpi-2.2.1"
    media_type = "application/json"
    separator = b","

    def around_snapshot(self, envelope: Envelope) -> tuple[bytes, bytes]:
        return b'{"snapshot":[', b'],"stamp":%d}' % envelope.stamp

    def around_delta(self, envelope: Envelope) -> tuple[bytes, bytes]:
        return b'{"delta":[', b'],"stamp":%d}' % envelope.stamp

    def changed(self, body: dict[str, Any], context: Context, uids: Collection[str] | None) -> Rendered:
        points = [one for one in body["evses"] if uids is None or one["uid"] in uids]
        return Rendered(orjson.dumps({"id": body["id"], "evses": points}) if points else None)


def sequence(taken: Iterable[Delivered]) -> list[str]:
    """`static`, `snapshot`, `delta`, in order."""
    return [next(iter(orjson.loads(one.body))) if one.publication == DYNAMIC else "static" for one in taken]


def reconstructed(taken: Iterable[Delivered]) -> Points:
    """What a consumer knows that reads the dynamic publication in order."""
    known: Points = {}
    for one in taken:
        if one.publication != DYNAMIC:
            continue
        told = orjson.loads(one.body)
        if "snapshot" in told:
            known = {}
        for site in told.get("snapshot") or told.get("delta") or ():
            known.setdefault(site["id"], {}).update({point["uid"]: point["status"] for point in site["evses"]})
    return known


def public(registry: Registry) -> Points:
    return {
        id_: {point["uid"]: point["status"] for point in body["evses"]}
        for (module, id_), body in said(registry).items()
        if module == "locations"
    }
