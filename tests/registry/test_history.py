"""Intervals: what an EVSE's status was when, and which tariffs its connectors named."""

from __future__ import annotations

from app.clock import ManualClock
from app.registry.apply import Registry
from app.registry.database import reading
from app.registry.history import StatusInterval, status_intervals, tariff_intervals
from tests.registry.backend import HOUR, MINUTE, Backend, connector, evse, location
from tests.registry.reading import evse_row


def intervals(registry: Registry, uid: str, **span: int) -> list[StatusInterval]:
    with reading(registry.engine) as connection:
        return status_intervals(connection, evse_row(registry, uid).id, **span)


def said(found: list[StatusInterval]) -> list[tuple[str, str | None]]:
    return [(interval.status, interval.reason) for interval in found]


def test_intervals_follow_each_other_without_gaps_and_the_last_one_lasts(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(location("L1", evse("E1")))
    for status in ("CHARGING", "CHARGING", "AVAILABLE", "OUTOFORDER"):
        clock.advance(seconds=60)
        backend.statuses(("E1", status))
    found = intervals(registry, "E1")
    assert said(found) == [("AVAILABLE", None), ("CHARGING", None), ("AVAILABLE", None), ("OUTOFORDER", None)]
    assert [one.until for one in found[:-1]] == [one.since for one in found[1:]]
    assert found[-1].until is None
    assert found[1].until is not None
    assert found[1].until - found[1].since == 2 * MINUTE


def test_silence_is_an_interval_that_ends_when_the_source_is_back(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(location("L1", evse("E1")))
    backend.statuses(("E1", "CHARGING"))
    clock.advance(seconds=3600)
    registry.tick()
    clock.advance(seconds=600)
    backend.statuses(("E1", "CHARGING"))
    found = intervals(registry, "E1")
    assert said(found)[-3:] == [("CHARGING", None), ("UNKNOWN", "stale"), ("CHARGING", None)]
    silent = found[-2]
    assert silent.source is None
    assert silent.until == clock.now()
    assert clock.now() - silent.since == 600_000


def test_a_span_begins_with_the_interval_that_reaches_into_it(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(location("L1", evse("E1")))
    start = clock.now()
    for status in ("CHARGING", "AVAILABLE", "CHARGING"):
        clock.advance(seconds=3600)
        backend.statuses(("E1", status))
    found = intervals(registry, "E1", since=start + HOUR + MINUTE, until=start + 3 * HOUR)
    assert said(found) == [("CHARGING", None), ("AVAILABLE", None)]


def test_the_tariffs_of_a_connector_have_intervals_too(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(location("L1", evse("E1", connector(tariff_ids=["A"]))))
    clock.advance(seconds=60)
    backend.locations(location("L1", evse("E1", connector(tariff_ids=["A", "B"]))))
    clock.advance(seconds=60)
    backend.locations(location("L1", evse("E1", connector(tariff_ids=["A", "B"]), floor_level="1")))
    with reading(registry.engine) as connection:
        found = tariff_intervals(connection, evse_row(registry, "E1").id, "1")
    assert [one.tariff_ids for one in found] == [("A",), ("A", "B")]
    assert found[0].until == found[1].since
    assert found[1].until is None
