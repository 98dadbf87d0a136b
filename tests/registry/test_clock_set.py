"""A clock that is set forward by hours and back again: the only one, which nothing else contradicts."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine

from app.clock import ManualClock, Millis, SystemClock, parse_time
from app.model.batch import StatusRecord
from app.registry.apply import Registry
from app.registry.database_clock import EVERY_S, DatabaseClock
from tests.processes import wait_for
from tests.registry.backend import Backend, connector, evse, location, tariff
from tests.registry.reading import changes, entries, head, status
from tests.registry.test_timer import priced

HOURS_S = 3 * 3600
TTL_S = 15 * 60


class SetClock(ManualClock):
    def __init__(self) -> None:
        super().__init__(parse_time("2026-01-10T06:00:00Z"))
        self._set: Millis = 0

    def jump(self, seconds: float) -> None:
        self.advance(seconds=seconds)
        self._set += round(seconds * 1000)

    def steady(self) -> Millis:
        return self.now() - self._set


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


def test_time_that_did_not_pass_makes_nobody_silent(backend: Backend, registry: Registry, clock: SetClock) -> None:
    backend.locations(location("L1", evse("E1")))
    registry.tick()
    clock.jump(HOURS_S)
    assert registry.tick() == 0
    clock.advance(seconds=TTL_S)
    assert registry.tick() == 0
    clock.advance(seconds=1)
    assert registry.tick() == 1
    assert status(registry, "L1", "E1") == "UNKNOWN"


@pytest.mark.parametrize("anew", [False, True], ids=["the worker stays", "a worker begins"])
def test_who_was_heard_in_time_that_was_none_becomes_silent_all_the_same(
    backend: Backend, registry: Registry, clock: SetClock, anew: bool
) -> None:
    registry.tick()
    clock.jump(HOURS_S)
    registry.tick()
    backend.locations(location("L1", evse("E1")))
    clock.jump(-HOURS_S)
    timer = Registry(registry.engine, clock) if anew else registry
    assert timer.tick() == 0
    clock.advance(seconds=TTL_S)
    assert timer.tick() == 0
    clock.advance(seconds=1)
    assert timer.tick() == 1
    assert status(registry, "L1", "E1") == "UNKNOWN"


def test_what_a_tariff_did_too_early_it_undoes_and_does_again(
    backend: Backend, registry: Registry, clock: SetClock
) -> None:
    backend.tariffs(priced(start_time="08:00", end_time="20:00"))
    backend.locations(location("L1", evse("E1", connector(tariff_ids=["T1"]), status=None)))
    registry.tick()
    clock.jump(HOURS_S)
    assert registry.tick() == 1
    clock.jump(-HOURS_S)
    assert registry.tick() == 1, "its locations are rendered with the price that holds now"
    assert registry.tick() == 0
    clock.advance(seconds=3600)
    assert registry.tick() == 1, "07:00 UTC has come"
    stamps = [entry.published_at for entry in entries(registry)]
    assert stamps == sorted(set(stamps))


def test_a_worker_that_begins_after_the_clock_was_set_back_sees_it(
    backend: Backend, registry: Registry, clock: SetClock
) -> None:
    backend.tariffs(priced(start_time="08:00", end_time="20:00"), tariff("T2"))
    backend.locations(location("L1", evse("E1", connector(tariff_ids=["T1"]), status=None)))
    clock.jump(HOURS_S)
    assert registry.tick() == 1
    clock.jump(-HOURS_S)
    seq = head(registry)
    assert Registry(registry.engine, clock).tick() == 1
    assert [change["tariff_id"] for change in changes(registry, since=seq)] == ["T1"]


def test_messages_count_more_than_what_was_said_in_the_future(
    backend: Backend, registry: Registry, clock: SetClock
) -> None:
    backend.locations(location("L1", evse("E1", status=None), evse("E2", status=None)))
    clock.jump(HOURS_S)
    backend.events(StatusRecord("DE*ABC*E1", "CHARGING"))
    backend.statuses(("DE*ABC*E2", "CHARGING"), complete=False)
    clock.jump(-HOURS_S)
    backend.events(StatusRecord("DE*ABC*E1", "BLOCKED"), StatusRecord("DE*ABC*E1", "OUTOFORDER"))
    backend.statuses(("DE*ABC*E2", "OUTOFORDER"), complete=False)
    assert {status(registry, "L1", uid) for uid in ("E1", "E2")} == {"OUTOFORDER"}
    clock.advance(seconds=60)
    backend.events(StatusRecord("DE*ABC*E1", "AVAILABLE"))
    assert status(registry, "L1", "E1") == "AVAILABLE"


@pytest.fixture
def wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's clock is three hours ahead."""
    right = SystemClock.now
    monkeypatch.setattr(SystemClock, "now", lambda self: right(self) + HOURS_S * 1000)


def test_of_many_machines_the_database_tells_the_time(postgres_url: str, wrong: None) -> None:
    passed = 0.0
    engine = create_engine(postgres_url)
    clock = DatabaseClock(engine, monotonic=lambda: passed)
    began = clock.now()
    assert SystemClock().now() - began == pytest.approx(HOURS_S * 1000, abs=5000)
    passed = EVERY_S - 1
    assert clock.now() - began == passed * 1000, "in between time just passes"
    passed = 3600.0
    wait_for(lambda: clock.now() - began < 60_000)
    engine.dispose()


def test_while_the_database_is_away_time_goes_on(wrong: None) -> None:
    clock = DatabaseClock(create_engine("postgresql+psycopg://127.0.0.1:1/none"))
    assert abs(clock.now() - SystemClock().now()) < 5000
