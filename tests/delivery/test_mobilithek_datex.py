"""What Mobilithek gets in DATEX II: valid documents, and deltas of just the changed points that fit the table."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from app.clock import ManualClock
from app.delivery.mobilithek.datex import Datex
from tests.delivery.test_mobilithek import broker, charging, keys, make_post, site
from tests.formats.datex2 import publications
from tests.formats.datex2.documents import needs_samples
from tests.mobilithek_server import Broker
from tests.registry.backend import Backend
from tests.registry.conftest import sqlite_copy_url

__all__ = ["broker", "keys", "site", "sqlite_copy_url"]


def found(value: Any, name: str) -> list[Any]:
    """All members of that name, in order."""
    if isinstance(value, list):
        return [one for part in value for one in found(part, name)]
    if isinstance(value, dict):
        here = [value[name]] if name in value else []
        return here + [one for part in value.values() for one in found(part, name)]
    return []


def references(document: Any) -> set[tuple[str, str]]:
    return {(one["idG"], one["versionG"]) for one in found(document, "reference")}


def objects(document: Any) -> set[tuple[str, str]]:
    """Ids and versions of whatever has both."""
    if isinstance(document, list):
        return {one for part in document for one in objects(part)}
    if isinstance(document, dict):
        own = {(document["idG"], document["versionG"])} if {"idG", "versionG"} <= document.keys() else set()
        return own | {one for part in document.values() for one in objects(part)}
    return set()


def test_the_german_profile_arrives(registry, clock: ManualClock, keys, broker: Broker, site: Backend):
    one = make_post(registry, clock, keys, broker, Datex("de-01-00-00", "json"))
    one.go()
    charging(site, "E2")
    one.go()
    table, snapshot, delta = (orjson.loads(document.body) for document in broker.taken)
    assert found(snapshot, "codedExchangeProtocol") == [{"value": "snapshotPush"}]
    assert found(delta, "codedExchangeProtocol") == [{"value": "deltaPush"}]
    assert len(found(delta, "aegiElectricChargingPointStatus")) == 1
    assert len(found(snapshot, "aegiElectricChargingPointStatus")) == 3
    assert references(delta) < references(snapshot) <= objects(table)


def test_a_point_that_is_removed_is_in_neither_publication(registry, clock, keys, broker: Broker, site: Backend):
    one = make_post(registry, clock, keys, broker, Datex("de-01-00-00", "json"))
    one.go()
    charging(site, "E2", status="REMOVED")
    one.go()
    table, snapshot = (orjson.loads(document.body) for document in broker.taken[-2:])
    assert len(found(snapshot, "aegiElectricChargingPointStatus")) == 2
    assert references(snapshot) <= objects(table)
    assert b"ABC*E2" not in broker.taken[-1].body


@needs_samples
@pytest.mark.parametrize(
    ("profile", "encoding"), [("de-01-00-00", "json"), ("v3.7-afir", "json"), ("v3.7-afir", "xml")]
)
def test_every_document_is_valid(registry, clock, keys, broker: Broker, site: Backend, profile, encoding):
    one = make_post(registry, clock, keys, broker, Datex(profile, encoding))
    one.go()
    charging(site, "E2")
    one.go()
    kinds = ("table", "status", "status")
    for kind, document in zip(kinds, broker.taken, strict=True):
        assert document.headers["Content-Type"] == f"application/{encoding}"
        assert not publications.errors(f"datex2-{profile}-{kind}-{encoding}", document.body)
