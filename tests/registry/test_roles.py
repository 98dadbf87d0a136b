"""Two sources for one network: one is believed for the inventory, the other for statuses."""

from __future__ import annotations

import pytest

from app.clock import ManualClock
from app.formats.ocpi.parse import read_location
from app.model.batch import Batch, Kind, Raw, Role
from app.registry.apply import Registry
from app.registry.policy import SourcePolicy
from app.sources.demo.source import DemoSettings, DemoSource

POLICIES = {
    "cms": SourcePolicy(roles=frozenset({Role.INVENTORY})),
    "live": SourcePolicy(roles=frozenset({Role.STATUS})),
}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_795_000_000_000)


@pytest.fixture
def pages(clock):
    """The locations of a small demo network as a backend would write them."""
    source = DemoSource(DemoSettings(name="demo", type="demo", countries=["DE"], locations=5), clock)
    return [raw for batch in source.fetch(Kind.LOCATIONS, None, full=True) for raw in batch.records]


def batch(source, clock, raws, status=None):
    records = [Raw(raw.key, said(raw.body, status), raw.where) for raw in raws]
    return Batch(source, Kind.LOCATIONS, clock.now(), read, records, complete=True)


def read(raw):
    return read_location(raw.body, "2.3.0", country_code=None, party_id=None)


def said(body, status):
    return body if status is None else {**body, "evses": [{**evse, "status": status} for evse in body["evses"]]}


def statuses(registry):
    with registry.feed().read() as feed:
        return {evse["status"] for one in feed.block(Kind.LOCATIONS, 0) for evse in one.body["evses"]}


def test_each_source_is_believed_for_its_role_alone(tmp_path, clock, pages):
    registry = Registry.open(f"sqlite:///{tmp_path}/feed.db", clock=clock, policies=POLICIES)
    registry.apply(batch("cms", clock, pages, "CHARGING"))
    assert statuses(registry) == {"UNKNOWN"}
    clock.advance(seconds=5)
    applied = registry.apply(batch("live", clock, pages, "AVAILABLE"))
    assert applied.changes > 0
    assert statuses(registry) == {"AVAILABLE"}


def test_a_status_that_comes_before_its_inventory_is_taken_once_that_is_there(tmp_path, clock, pages):
    registry = Registry.open(f"sqlite:///{tmp_path}/feed.db", clock=clock, policies=POLICIES)
    applied = registry.apply(batch("live", clock, pages, "RESERVED"))
    assert any("no inventory" in problem.what for problem in applied.problems)
    registry.apply(batch("cms", clock, pages))
    clock.advance(seconds=5)
    registry.apply(batch("live", clock, pages, "RESERVED"))
    assert statuses(registry) == {"RESERVED"}
