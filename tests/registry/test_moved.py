"""Which blocks readers have to count anew after a commit."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from app.clock import ManualClock
from app.formats.ocpi.parse import read_location
from app.model.batch import Batch, Kind, Parsed, Raw, StatusRecord, StatusRow
from app.model.identifiers import object_key
from app.registry.apply import Registry
from app.sources.demo.locations import location
from app.sources.demo.sites import network

AT = 1_795_000_000_000
COUNTRIES = ("DE", "FR", "NL", "GB", "US")


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    registry = Registry.open(f"sqlite:///{tmp_path_factory.mktemp('moved')}/registry.db", clock=ManualClock(AT))
    take_in(registry, bodies())
    yield registry
    registry.engine.dispose()


def bodies() -> list[dict[str, Any]]:
    """Two blocks of locations."""
    return [location(1, site, AT) for site in network(1, 110, COUNTRIES)]


def read(raw: Raw) -> Parsed:
    return partial(read_location, version="2.3.0", country_code=None, party_id=None)(raw.body)


def take_in(registry: Registry, changed: list[dict[str, Any]]) -> None:
    raws = [Raw(object_key(body["country_code"], body["party_id"], body["id"]), body) for body in changed]
    registry.apply(Batch("demo", Kind.LOCATIONS, AT, read, raws))


def moved(registry: Registry, since: int) -> set[int]:
    with registry.feed().read() as reader:
        return reader.moved(Kind.LOCATIONS, since)


def head(registry: Registry) -> int:
    with registry.feed().read() as reader:
        return reader.head().seq


def test_new_objects_move_their_blocks(registry):
    assert moved(registry, 0) == {0, 1}
    assert moved(registry, head(registry)) == set()


def test_another_text_or_status_moves_nothing(registry):
    since = head(registry)
    body = bodies()[100]
    take_in(registry, [body | {"name": "Demo renamed"}])
    row = StatusRow(body["evses"][0]["uid"], "CHARGING")
    parse = lambda row: Parsed(StatusRecord(row.evse, row.status))  # noqa: E731
    registry.apply(Batch("demo", Kind.STATUSES, AT, parse, [row]))
    assert head(registry) == since + 2
    assert moved(registry, since) == set()


@pytest.mark.parametrize("change", [{"publish": False}, {"country": "AUT"}])
def test_a_location_that_goes_or_changes_its_country_moves_its_block(registry, change):
    since = head(registry)
    take_in(registry, [bodies()[105] | change])
    assert moved(registry, since) == {1}
