"""What changes by time alone: validity and price windows of tariffs, scheduled statuses."""

from __future__ import annotations

from typing import Any

import pytest

from app.clock import ManualClock, format_time, parse_time
from app.model.batch import Kind
from app.registry.apply import Registry
from app.registry.boundaries import tariff_boundary
from tests.registry.backend import Backend, Body, connector, evse, location, tariff
from tests.registry.reading import (
    EVERYTHING,
    body,
    changes,
    entries,
    head,
    point,
    public_object,
    status,
)

NAMING = location("L1", evse("E1", connector(tariff_ids=["T1"]), status=None))


def priced(**restrictions: Any) -> Body:
    element = {"price_components": [{"type": "ENERGY", "price": 0.3, "step_size": 1}], "restrictions": restrictions}
    return tariff("T1", elements=[element])


def boundaries(tariff_body: Body, zone: str, start: str, count: int) -> list[str]:
    """The next instants at which the price may change, in UTC to the minute."""
    at, found = parse_time(start), []
    for _ in range(count):
        following = tariff_boundary(tariff_body, [zone], at)
        if following is None:
            break
        at = following
        found.append(format_time(at)[:16])
    return found


def test_a_window_opens_and_closes_by_the_clock_of_the_place() -> None:
    window = priced(start_time="08:00", end_time="20:00")
    winter = boundaries(window, "Europe/Berlin", "2026-01-10T00:00:00Z", 3)
    assert winter == ["2026-01-10T07:00", "2026-01-10T19:00", "2026-01-11T07:00"]
    assert boundaries(window, "Asia/Kolkata", "2026-01-10T00:00:00Z", 2) == ["2026-01-10T02:30", "2026-01-10T14:30"]
    assert boundaries(window, "America/Los_Angeles", "2026-01-10T00:00:00Z", 2) == [
        "2026-01-10T04:00",
        "2026-01-10T16:00",
    ]
    assert boundaries(window, "Pacific/Kiritimati", "2026-01-10T00:00:00Z", 2) == [
        "2026-01-10T06:00",
        "2026-01-10T18:00",
    ]


def test_a_window_moves_with_daylight_saving() -> None:
    window = priced(start_time="08:00", end_time="20:00")
    assert boundaries(window, "Europe/Berlin", "2026-03-28T12:00:00Z", 3) == [
        "2026-03-28T19:00",
        "2026-03-29T06:00",
        "2026-03-29T18:00",
    ]
    assert boundaries(window, "Europe/Berlin", "2026-10-24T12:00:00Z", 3) == [
        "2026-10-24T18:00",
        "2026-10-25T07:00",
        "2026-10-25T19:00",
    ]


def test_an_edge_that_the_clock_skips_comes_when_it_skips() -> None:
    """02:30 does not exist: at 01:00 UTC the clock goes from 02:00 to 03:00, which lies behind the edge."""
    window = priced(start_time="02:30", end_time="12:00")
    assert boundaries(window, "Europe/Berlin", "2026-03-28T12:00:00Z", 2) == ["2026-03-29T01:00", "2026-03-29T10:00"]


def test_an_edge_that_the_clock_repeats_comes_twice_and_is_undone_in_between() -> None:
    """02:30 comes at 00:30 and at 01:30 UTC; at 01:00 UTC the clock goes back to 02:00, before the edge."""
    window = priced(start_time="02:30", end_time="12:00")
    assert boundaries(window, "Europe/Berlin", "2026-10-24T12:00:00Z", 4) == [
        "2026-10-25T00:30",
        "2026-10-25T01:00",
        "2026-10-25T01:30",
        "2026-10-25T11:00",
    ]


def test_a_day_may_begin_where_the_clock_skips_midnight() -> None:
    """In Cairo the clock goes from 00:00 to 01:00 on the last Friday of April."""
    assert boundaries(priced(day_of_week=["FRIDAY"]), "Africa/Cairo", "2026-04-23T12:00:00Z", 1) == ["2026-04-23T22:00"]


def test_a_weekday_changes_at_local_midnight() -> None:
    window = priced(day_of_week=["SATURDAY", "SUNDAY"])
    assert boundaries(window, "Australia/Sydney", "2026-01-09T12:00:00Z", 2) == ["2026-01-09T13:00", "2026-01-10T13:00"]


def test_days_and_validity_are_boundaries_of_their_own() -> None:
    dated = priced(start_date="2026-02-01", end_date="2026-03-01")
    assert boundaries(dated, "Europe/Lisbon", "2026-01-01T00:00:00Z", 5) == ["2026-02-01T00:00", "2026-03-01T00:00"]
    valid = tariff("T1", start_date_time="2026-01-05T10:00:00Z", end_date_time="2026-02-05T10:00:00Z")
    assert boundaries(valid, "Europe/Lisbon", "2026-01-01T00:00:00Z", 5) == ["2026-01-05T10:00", "2026-02-05T10:00"]
    assert boundaries(tariff("T1"), "Europe/Lisbon", "2026-01-01T00:00:00Z", 5) == []


def test_a_window_that_opens_is_one_change_per_tariff_and_renders_its_locations_anew(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    clock.set(parse_time("2026-01-10T06:59:59Z"))
    backend.tariffs(priced(start_time="08:00", end_time="20:00"), tariff("T2"))
    backend.locations(NAMING, location("L2", evse("E2", connector(tariff_ids=["t1"]), status=None)), location("L3"))
    before = {id: public_object(registry, id) for id in ("L1", "L2", "L3")}
    seq = head(registry)
    assert registry.tick() == 0
    clock.advance(seconds=1)
    assert registry.tick() == 1
    (change,) = changes(registry, since=seq)
    assert (change["type"], change["tariff_id"], change["occurred_at"]) == (
        "boundary",
        "T1",
        "2026-01-10T07:00:00.000Z",
    )
    for id in ("L1", "L2"):
        after = public_object(registry, id)
        assert (after.version, after.last_updated) == (seq + 1, before[id].last_updated)
        assert after.static_at == parse_time("2026-01-10T07:00:00Z"), "prices are evaluated anew"
        assert after.boundary_at == 0, "a window is no change of the one tariff that 2.1.1 shows"
    assert public_object(registry, "L3") == before["L3"]
    with registry.feed().read() as feed:
        assert feed.blocks(Kind.LOCATIONS, seq) == {0: seq + 1}
    assert registry.tick() == 0
    clock.set(parse_time("2026-01-10T19:00:00Z"))
    assert registry.tick() == 1


def test_a_tariff_that_begins_or_ends_moves_the_boundary_of_its_locations(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.tariffs(tariff("T1", start_date_time="2026-01-02T00:00:00Z", end_date_time="2026-01-03T00:00:00Z"))
    backend.locations(NAMING)
    for day in ("2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"):
        clock.set(parse_time(day))
        assert registry.tick() == 1
        moved = public_object(registry, "L1")
        assert moved.boundary_at == parse_time(day)
        with registry.feed().read() as feed:
            assert list(feed.ordinals(Kind.LOCATIONS, EVERYTHING, parse_time(day), None, boundaries=True)) == [0]
            assert list(feed.ordinals(Kind.LOCATIONS, EVERYTHING, parse_time(day), None)) == []


def test_a_validity_that_ended_while_nobody_looked_still_moves_the_boundary(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    clock.set(parse_time("2026-01-10T06:00:00Z"))
    ending = priced(start_time="08:00", end_time="20:00") | {"end_date_time": "2026-01-10T07:30:00Z"}
    backend.tariffs(ending)
    backend.locations(NAMING)
    clock.set(parse_time("2026-01-10T09:00:00Z"))
    assert registry.tick() == 1
    assert public_object(registry, "L1").boundary_at == clock.now()


def test_a_tariff_that_changes_just_when_it_begins_still_moves_the_boundary(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    valid = {"start_date_time": "2026-01-02T00:00:00Z"}
    backend.tariffs(tariff("T1", **valid))
    backend.locations(NAMING)
    clock.set(parse_time("2026-01-02T00:00:00Z"))
    backend.tariffs(tariff("T1", currency="SEK", **valid))
    registry.tick()
    assert public_object(registry, "L1").boundary_at == clock.now() + 1
    clock.advance(seconds=1)
    assert registry.tick() == 0


def test_a_location_in_another_time_zone_adds_its_boundaries(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    clock.set(parse_time("2026-01-10T12:00:00Z"))
    backend.tariffs(priced(start_time="08:00", end_time="20:00"))
    backend.locations(NAMING, complete=False)
    lisbon = location(
        "L2", evse("E2", connector(tariff_ids=["T1"]), status=None), country="PRT", time_zone="Europe/Lisbon"
    )
    backend.locations(lisbon, complete=False)
    clock.set(parse_time("2026-01-10T19:00:00Z"))
    assert registry.tick() == 1
    clock.set(parse_time("2026-01-10T20:00:00Z"))
    assert registry.tick() == 1


def test_a_location_that_moves_to_another_time_zone_takes_its_boundaries_along(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    clock.set(parse_time("2026-01-10T12:00:00Z"))
    backend.tariffs(priced(start_time="08:00", end_time="20:00"))
    backend.locations(NAMING)
    backend.locations({**NAMING, "time_zone": "Europe/Helsinki"})
    clock.set(parse_time("2026-01-10T18:00:00Z"))
    assert registry.tick() == 1


def test_a_hidden_tariff_changes_nothing_in_public(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    clock.set(parse_time("2026-01-10T06:00:00Z"))
    backend.tariffs(priced(start_time="08:00", end_time="20:00") | {"type": "REGULAR"})
    backend.locations(NAMING)
    clock.set(parse_time("2026-01-10T08:00:00Z"))
    registry.tick()
    assert [change["type"] for change in changes(registry)] == ["location"]


def scheduled(*periods: Body, status: str | None = "AVAILABLE") -> Body:
    return location("L1", evse("E1", status=status, status_schedule=list(periods)))


CLOSED = {"period_begin": "2026-01-02T00:00:00Z", "period_end": "2026-01-03T00:00:00Z", "status": "INOPERATIVE"}


def test_a_scheduled_status_begins_and_ends(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    clock.set(parse_time("2026-01-01T23:59:00Z"))
    backend.locations(scheduled(CLOSED))
    assert registry.tick() == 0
    clock.set(parse_time("2026-01-02T00:00:00Z"))
    assert registry.tick() == 1
    closed = point(registry, "L1", "E1")
    assert (closed["status"], closed["status_detail"]) == ("INOPERATIVE", {"reason": "schedule"})
    assert registry.tick() == 0
    clock.set(parse_time("2026-01-02T23:59:59Z"))
    backend.locations(scheduled(CLOSED))
    clock.set(parse_time("2026-01-03T00:00:00Z"))
    assert registry.tick() == 1
    assert status(registry, "L1", "E1") == "AVAILABLE"


def test_a_live_message_counts_more_than_the_schedule(
    backend: Backend, other: Backend, registry: Registry, clock: ManualClock
) -> None:
    clock.set(parse_time("2026-01-01T23:59:00Z"))
    backend.locations(scheduled(CLOSED))
    clock.set(parse_time("2026-01-02T00:00:00Z"))
    registry.tick()
    clock.advance(seconds=60)
    other.statuses(("DE*ABC*E1", "CHARGING"))
    assert status(registry, "L1", "E1") == "CHARGING"
    assert registry.tick() == 0
    clock.set(parse_time("2026-01-03T00:00:00Z"))
    other.statuses(("DE*ABC*E1", "CHARGING"))
    registry.tick()
    assert status(registry, "L1", "E1") == "CHARGING"


def test_a_schedule_that_is_told_while_it_runs_holds_at_once(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    clock.set(parse_time("2026-01-02T12:00:00Z"))
    backend.locations(scheduled(CLOSED, status=None))
    registry.tick()
    assert status(registry, "L1", "E1") == "INOPERATIVE"
    clock.set(parse_time("2026-01-03T00:00:00Z"))
    registry.tick()
    after = point(registry, "L1", "E1")
    assert after["status"] == "UNKNOWN"
    assert "1970" not in str(after)


def test_a_schedule_that_is_withdrawn_ends_at_once(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    clock.set(parse_time("2026-01-01T23:59:00Z"))
    backend.locations(scheduled(CLOSED))
    clock.set(parse_time("2026-01-02T00:00:00Z"))
    registry.tick()
    backend.locations(scheduled())
    registry.tick()
    assert status(registry, "L1", "E1") == "AVAILABLE"


def test_a_removed_evse_has_no_schedule(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    clock.set(parse_time("2026-01-01T23:59:00Z"))
    backend.locations(scheduled(CLOSED, status="REMOVED"))
    clock.set(parse_time("2026-01-02T00:00:00Z"))
    registry.tick()
    assert status(registry, "L1", "E1") == "REMOVED"


def test_what_time_changes_is_journaled_as_the_timers(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    clock.set(parse_time("2026-01-01T23:59:00Z"))
    backend.locations(scheduled(CLOSED))
    clock.set(parse_time("2026-01-02T00:00:00Z"))
    registry.tick()
    entry = entries(registry)[-1]
    assert (entry.what, entry.source, entry.received_at) == ("status", "timer", clock.now())
    assert body(registry, "L1")["last_updated"] == format_time(entry.published_at)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe"])
def test_every_boundary_is_later_than_the_one_before(zone: str) -> None:
    window = priced(start_time="02:15", end_time="01:45", day_of_week=["SUNDAY"])
    found = boundaries(window, zone, "2026-01-01T00:00:00Z", 1200)
    assert found == sorted(set(found))
    assert found[-1] > "2026-12"
