"""Locations without what statuses decide: static documents are made of them, and do not change with a status."""

from __future__ import annotations

import pytest

from app.clock import ManualClock
from app.model.batch import Kind
from app.registry.apply import Registry
from app.registry.projection import PublicObject
from tests.registry.backend import Backend, connector, evse, location, tariff
from tests.registry.reading import head

PLACE = location("L1", evse("E1", connector(tariff_ids=["T1"]), status="AVAILABLE"), evse("E2", status="CHARGING"))


def site_of(registry: Registry) -> PublicObject:
    with registry.feed().read() as reader:
        (found,) = reader.block(Kind.SITES, 0)
    return found


def risen(registry: Registry, since: int) -> set[Kind]:
    with registry.feed().read() as reader:
        return {kind for kind in (Kind.LOCATIONS, Kind.SITES) if reader.blocks(kind, since)}


@pytest.fixture
def filled(backend: Backend, registry: Registry) -> Registry:
    backend.tariffs(tariff("T1"))
    backend.locations(PLACE)
    return registry


def test_a_site_says_no_status(filled: Registry) -> None:
    assert all("status" not in point and "status_times" not in point for point in site_of(filled).body["evses"])


def test_a_status_moves_the_location_and_not_the_site(filled: Registry, backend: Backend, clock: ManualClock) -> None:
    before, seq = site_of(filled), head(filled)
    clock.advance(seconds=5)
    backend.statuses(("E1", "CHARGING"))
    assert risen(filled, seq) == {Kind.LOCATIONS}
    assert site_of(filled) == before


@pytest.mark.parametrize("status", ["REMOVED", "PLANNED"])
def test_an_evse_that_leaves_service_moves_the_site_and_is_marked(
    filled: Registry, backend: Backend, clock: ManualClock, status: str
) -> None:
    seq = head(filled)
    clock.advance(seconds=5)
    backend.statuses(("E1", status))
    assert risen(filled, seq) == {Kind.LOCATIONS, Kind.SITES}
    site = site_of(filled)
    assert [point.get("status") for point in site.body["evses"]] == [status, None]
    assert (site.version, site.last_updated) == (head(filled), clock.now())


def test_a_new_text_or_price_moves_the_site(filled: Registry, backend: Backend, clock: ManualClock) -> None:
    for change in (
        lambda: backend.locations({**PLACE, "name": "Renamed"}),
        lambda: backend.tariffs(tariff("T1", currency="SEK")),
    ):
        before, seq = site_of(filled), head(filled)
        clock.advance(seconds=5)
        change()
        assert risen(filled, seq) == {Kind.LOCATIONS, Kind.SITES}
        after = site_of(filled)
        assert after.version > before.version
        assert after.static_at == clock.now()
