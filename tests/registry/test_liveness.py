"""A source that is silent for its time to live: its statuses become UNKNOWN, and what was last said holds again when it
speaks."""

from __future__ import annotations

import pytest

from app.clock import ManualClock
from app.model.batch import Kind, StatusRecord
from app.registry.apply import Registry
from app.registry.policy import SourcePolicy
from tests.registry.backend import Backend, evse, location
from tests.registry.reading import entries, head, history_of, point, stamps, status

POLL = [(f"DE*ABC*E{number}", "AVAILABLE") for number in range(1, 6)]
JUST_OVER_TTL = 15 * 60 + 1
WITH_STATUSES = location("L1", *(evse(f"E{number}") for number in range(1, 6)))
WITHOUT = location("L1", *(evse(f"E{number}", status=None) for number in range(1, 6)))


def statuses(registry: Registry) -> set[str]:
    return {status(registry, "L1", f"E{number}") for number in range(1, 6)}


def test_after_the_time_to_live_statuses_are_unknown_and_say_why(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(WITH_STATUSES)
    clock.advance(seconds=15 * 60)
    assert registry.tick() == 0
    clock.advance(seconds=1)
    assert registry.tick() == 5
    gone = point(registry, "L1", "E1")
    assert (gone["status"], gone["status_detail"]) == ("UNKNOWN", {"reason": "stale"})
    with registry.feed().read() as feed:
        told = feed.changes(0, 100).changes[-5:]
    assert [change["status_detail"] for change in told] == [{"reason": "stale"}] * 5
    assert history_of(registry, "E1")[-1] == (clock.now(), "UNKNOWN", "stale")
    assert all(state.stale for state in registry.source_states())
    assert registry.tick() == 0


def test_a_commit_takes_a_portion(
    backend: Backend, registry: Registry, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.registry.timer.PORTION", 2)
    backend.locations(WITH_STATUSES)
    clock.advance(seconds=JUST_OVER_TTL)
    assert registry.tick() == 5
    stale = [entry.published_at for entry in entries(registry) if entry.what == "status"]
    assert [stale.count(stamp) for stamp in sorted(set(stale))] == [2, 2, 1]
    clock.advance(seconds=60)
    assert backend.locations(WITH_STATUSES).changes == 5
    assert statuses(registry) == {"AVAILABLE"}


def test_a_poll_that_says_the_same_as_before_revives(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    backend.locations(WITHOUT)
    backend.statuses(*POLL)
    clock.advance(seconds=JUST_OVER_TTL)
    registry.tick()
    assert statuses(registry) == {"UNKNOWN"}
    clock.advance(seconds=60)
    assert backend.statuses(*POLL).changes == 5
    assert statuses(registry) == {"AVAILABLE"}
    assert not any(state.stale for state in registry.source_states())
    assert registry.tick() == 0
    assert backend.statuses(*POLL).changes == 0


def test_a_pull_of_locations_that_says_the_same_as_before_revives(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(WITH_STATUSES)
    old = stamps(backend_body(registry))
    clock.advance(seconds=JUST_OVER_TTL)
    registry.tick()
    clock.advance(seconds=60)
    applied = backend.locations(WITH_STATUSES)
    assert statuses(registry) == {"AVAILABLE"}
    assert stamps(backend_body(registry)) == {
        path: at if "/" in path else applied.published_at for path, at in old.items()
    }
    assert registry.tick() == 0


def backend_body(registry: Registry) -> dict[str, object]:
    with registry.feed().read() as feed:
        return feed.block(Kind.LOCATIONS, 0)[0].body


def test_where_statuses_are_polled_a_pull_of_locations_revives_nothing(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(WITHOUT)
    backend.statuses(*POLL)
    clock.advance(seconds=JUST_OVER_TTL)
    backend.locations(WITHOUT)
    registry.tick()
    assert statuses(registry) == {"UNKNOWN"}
    seq = head(registry)
    for _ in range(3):
        clock.advance(seconds=600)
        backend.locations(WITHOUT)
        registry.tick()
    assert (statuses(registry), head(registry)) == ({"UNKNOWN"}, seq)
    backend.statuses(*POLL)
    assert statuses(registry) == {"AVAILABLE"}


def test_a_status_that_comes_with_a_location_while_the_polls_are_silent_is_not_believed_for_ever(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(WITHOUT)
    backend.statuses(*POLL)
    clock.advance(seconds=JUST_OVER_TTL)
    registry.tick()
    backend.locations(location("L1", evse("E1", status="CHARGING"), *WITHOUT["evses"][1:]))
    for _ in range(20):
        clock.advance(seconds=60)
        registry.tick()
    assert statuses(registry) == {"UNKNOWN"}


def test_a_failed_pull_is_no_news(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    backend.locations(WITH_STATUSES)
    for _ in range(4):
        clock.advance(seconds=300)
        registry.failed("abc", Kind.LOCATIONS, RuntimeError("no connection"))
    assert registry.tick() == 5
    (state,) = registry.source_states()
    assert (state.failures, state.error) == (4, "no connection")


def test_tariffs_keep_no_status_alive(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    backend.locations(WITH_STATUSES)
    clock.advance(seconds=JUST_OVER_TTL)
    backend.tariffs()
    assert registry.tick() == 5


def test_an_event_revives_its_own_evse(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    backend.locations(WITHOUT)
    backend.events(*(StatusRecord(f"E{number}", "AVAILABLE") for number in range(1, 6)))
    clock.advance(seconds=JUST_OVER_TTL)
    registry.tick()
    clock.advance(seconds=60)
    backend.events(StatusRecord("E1", "AVAILABLE"))
    assert [status(registry, "L1", uid) for uid in ("E1", "E2")] == ["AVAILABLE", "UNKNOWN"]


def test_a_queued_event_revives_nothing(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    backend.locations(WITHOUT)
    backend.events(StatusRecord("E1", "AVAILABLE"))
    clock.advance(seconds=JUST_OVER_TTL)
    registry.tick()
    backend.events(StatusRecord("E1", "CHARGING", clock.now() - 60_000, queued=True))
    assert status(registry, "L1", "E1") == "UNKNOWN"


def test_another_source_that_speaks_of_an_evse_keeps_it_alive(
    backend: Backend, other: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(WITH_STATUSES)
    clock.advance(seconds=10 * 60)
    other.statuses(("E1", "CHARGING"))
    clock.advance(seconds=6 * 60)
    registry.tick()
    assert [status(registry, "L1", uid) for uid in ("E1", "E2")] == ["CHARGING", "UNKNOWN"]


def test_a_revival_that_was_cut_short_is_finished_by_the_next_pull(
    backend: Backend, registry: Registry, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend.locations(WITH_STATUSES)
    clock.advance(seconds=JUST_OVER_TTL)
    registry.tick()
    clock.advance(seconds=60)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("app.registry.timer.plan_revival", killed)
        with pytest.raises(KeyboardInterrupt):
            backend.locations(WITH_STATUSES)
    restarted = Backend(Registry(registry.engine, clock, {"abc": SourcePolicy()}), clock)
    clock.advance(seconds=60)
    restarted.locations(WITH_STATUSES)
    assert statuses(registry) == {"AVAILABLE"}


def test_a_source_that_is_no_longer_configured_becomes_stale_too(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(WITH_STATUSES)
    clock.advance(seconds=JUST_OVER_TTL)
    assert Registry(registry.engine, clock, {"another": SourcePolicy()}).tick() == 5


def test_after_a_start_the_first_pull_is_waited_for(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    backend.locations(WITH_STATUSES)
    clock.advance(seconds=JUST_OVER_TTL)
    restarted = Registry(registry.engine, clock, {"abc": SourcePolicy()})
    clock.advance(seconds=60)
    assert restarted.tick() == 0
    clock.advance(seconds=1)
    assert restarted.tick() == 5
