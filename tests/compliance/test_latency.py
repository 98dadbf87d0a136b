"""How much was public in time, against the limits of the law or of a profile."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.clock import ManualClock
from app.compliance.latency import Latency, limits_of, measured, seconds
from app.compliance.profile import read_profiles
from app.model.batch import Origin, StatusRecord
from app.registry.apply import Registry
from app.registry.delays import Delay, Span, What
from tests.registry.backend import Backend, evse, location, tariff
from tests.shared import ROOT

DE, GB = read_profiles(ROOT / "config" / "profiles", ["de", "gb"])


@pytest.fixture
def backend(open_registry: Callable[..., Registry], clock: ManualClock) -> Backend:
    backend = Backend(open_registry(), clock)
    backend.locations(location("L1", evse("E1")))
    backend.tariffs(tariff("T1"))
    clock.advance(seconds=60)
    return backend


def report(backend: Backend) -> Latency:
    return measured(backend.registry.engine, limits_of(None), Span())


def test_without_a_profile_three_limits_are_measured_and_those_of_static_data() -> None:
    assert limits_of(None) == {What.STATUS: (15, 30, 60), What.PRICE: (15, 30, 60), What.STATIC: (86_400,)}


def test_a_profile_sets_the_limits_and_may_set_none() -> None:
    assert limits_of(DE) == {What.STATUS: (60,), What.PRICE: (60,), What.STATIC: (86_400,)}
    assert limits_of(GB) == {What.STATUS: (30,)}


def test_changes_are_in_time_perhaps_or_late(backend: Backend, clock: ManualClock) -> None:
    for status, ago in (("CHARGING", 5), ("AVAILABLE", 20), ("CHARGING", 90)):
        backend.events(StatusRecord("E1", status, clock.now() - ago * 1000, Origin.CHARGER))
        clock.advance(seconds=120)
    found = report(backend)
    (line,) = found.lines
    assert [(one.within_s, one.certain, one.possible, one.late) for one in line.shares] == [
        (15, 1, 0, 2),
        (30, 2, 0, 1),
        (60, 2, 0, 1),
    ]
    assert (line.day, line.advice, found.is_late) == ("2026-11-23", "", True)
    record = found.record()
    assert record["late"] is True
    assert record["days"][0]["dated"] == {"charger": 3, "backend": 0, "observed": 0}
    assert [one["at_least_s"] for one in record["slowest"]["status"]] == [90, 20, 5]


def test_a_poll_that_is_too_seldom_is_said_and_is_not_late(backend: Backend, clock: ManualClock) -> None:
    clock.advance(seconds=540)
    backend.tariffs(tariff("T1", currency="CHF"))
    found = report(backend)
    (line,) = found.lines
    assert [(one.certain, one.possible, one.late) for one in line.shares] == [(0, 1, 0)] * 3
    assert line.advice == "polled every 600 s, longer than 60 s: poll more often, or have it pushed"
    assert not found.is_late
    assert found.record()["slowest"]["price"][0]["at_most_s"] == 600


def test_an_interval_is_said_as_one() -> None:
    one = Delay("de*abc/l1", None, "abc", 100_000, 99_900, 100, 60_100)
    assert seconds(one) == "0.1 to 60.1 s"
    assert seconds(Delay("de*abc/l1", None, "abc", 100_000, 99_900, 100, None)) == "at least 0.1 s"
    assert seconds(Delay("de*abc/l1", None, "abc", 100_000, 99_900, 100, 100)) == "0.1 s"
