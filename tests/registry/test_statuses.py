"""Polled and pushed statuses: what is taken, published, stamped, kept in history, refused."""

from __future__ import annotations

from app.clock import ManualClock, format_time
from app.model.batch import Origin, Role, StatusRecord
from app.registry.apply import Registry
from app.registry.policy import SourcePolicy
from tests.registry.backend import MINUTE, Backend, evse, location
from tests.registry.reading import body, entries, evse_row, history_of, point, stamps, status, tables


def network(backend: Backend, size: int = 2) -> None:
    """EVSEs without a status, for the status source to speak of."""
    backend.locations(location("L1", *(evse(f"E{number}", status=None) for number in range(1, size + 1))))


def test_a_poll_applied_twice_writes_nothing(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    network(backend)
    backend.statuses(("DE*ABC*E1", "AVAILABLE"), ("DE*ABC*E2", "CHARGING"))
    before = tables(registry.engine)
    clock.advance(seconds=30)
    assert backend.again().changes == 0
    assert tables(registry.engine) == before
    assert backend.last is not None
    Registry(registry.engine, clock).apply(backend.last)
    assert tables(registry.engine) == before, "a fresh process that knows nothing of the last poll"


def test_a_poll_that_only_confirms_writes_no_history(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    network(backend)
    start = clock.now()
    backend.statuses(("DE*ABC*E1", "AVAILABLE"), ("DE*ABC*E2", "CHARGING"))
    for _ in range(3):
        clock.advance(seconds=30)
        assert backend.statuses(("DE*ABC*E1", "AVAILABLE"), ("DE*ABC*E2", "CHARGING")).changes == 0
    assert history_of(registry, "E1") == [(start, "AVAILABLE", None)]


def test_a_status_stamps_its_evse_and_location_alone(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    network(backend)
    old = stamps(body(registry, "L1"))
    clock.advance(seconds=30)
    new = backend.statuses(("DE*ABC*E1", "CHARGING")).published_at
    assert stamps(body(registry, "L1")) == {**old, "": new, "E1": new}


def test_an_evse_is_found_by_any_writing_of_its_id_or_by_its_uid(backend: Backend, registry: Registry) -> None:
    network(backend, 3)
    applied = backend.statuses(("deabce1", "AVAILABLE"), ("DE-ABC-E2", "CHARGING"), ("e3", "BLOCKED"))
    assert applied.problems == ()
    assert [status(registry, "L1", uid) for uid in ("E1", "E2", "E3")] == ["AVAILABLE", "CHARGING", "BLOCKED"]


def test_two_writings_of_one_evse_in_one_answer_are_one_evse(backend: Backend, registry: Registry) -> None:
    network(backend)
    applied = backend.statuses(("DE*ABC*E1", "OUTOFORDER"), ("DEABCE1", "AVAILABLE"))
    assert applied.changes == 1
    assert evse_row(registry, "E1").said == status(registry, "L1", "E1")
    assert backend.again().changes == 0


def test_an_unknown_evse_is_reported_at_each_poll_until_an_inventory_has_it(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    network(backend, 1)
    poll = ("DE*ABC*E1", "AVAILABLE"), ("DE*ABC*E2", "CHARGING")
    for _ in range(2):
        (problem,) = backend.statuses(*poll).problems
        assert problem.record == "DE*ABC*E2"
        clock.advance(seconds=30)
    backend.locations(location("L1", evse("E1", status=None), evse("E2", status=None)))
    assert backend.statuses(*poll).problems == ()
    assert status(registry, "L1", "E2") == "CHARGING"


def test_a_new_evse_takes_over_what_is_said_of_its_id(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    """A new uid for the same printed id: the poll's row is the same as before, and yet it is news."""
    backend.locations(location("L1", evse("E1", status=None)))
    backend.statuses(("DE*ABC*E1", "CHARGING"))
    backend.locations(location("L1", evse("E1", status="REMOVED")))
    clock.advance(seconds=30)
    backend.locations(location("L1", evse("E1", status="REMOVED"), evse("E2", evse_id="DE*ABC*E1", status=None)))
    clock.advance(seconds=30)
    backend.statuses(("DE*ABC*E1", "CHARGING"))
    assert (status(registry, "L1", "E1"), status(registry, "L1", "E2")) == ("REMOVED", "CHARGING")


def test_two_rows_of_one_evse_are_reported_and_the_last_counts(backend: Backend, registry: Registry) -> None:
    network(backend, 1)
    (problem,) = backend.statuses(("DE*ABC*E1", "AVAILABLE"), ("DE*ABC*E1", "CHARGING")).problems
    assert "twice" in problem.what
    assert status(registry, "L1", "E1") == "CHARGING"


def test_a_removed_evse_stays_removed_whatever_is_said(backend: Backend, registry: Registry) -> None:
    backend.locations(location("L1", evse("E1", status="REMOVED")))
    for _ in range(2):
        (problem,) = backend.statuses(("DE*ABC*E1", "AVAILABLE")).problems
        assert "REMOVED" in problem.what
    assert status(registry, "L1", "E1") == "REMOVED"


def test_the_times_of_a_status_are_published_with_it(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    network(backend, 1)
    first = clock.now()
    backend.statuses(("DE*ABC*E1", "AVAILABLE"))
    clock.advance(seconds=30)
    backend.statuses(("DE*ABC*E1", "CHARGING"))
    assert point(registry, "L1", "E1")["status_times"] == {
        "origin": "observed",
        "received_at": format_time(clock.now()),
        "earliest": format_time(first),
    }
    clock.advance(seconds=30)
    backend.statuses(("DE*ABC*E1", "BLOCKED", clock.now() - 5000))
    times = point(registry, "L1", "E1")["status_times"]
    assert times["occurred_at"] == format_time(clock.now() - 5000)
    assert "earliest" not in times
    entry = entries(registry)[-1]
    assert (entry.occurred_at, entry.received_at, entry.published_at) == (
        clock.now() - 5000,
        clock.now(),
        clock.now(),
    )


def test_one_time_in_the_future_is_cut_to_the_time_of_receipt(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    network(backend, 1)
    backend.statuses(("DE*ABC*E1", "CHARGING", clock.now() + 60 * MINUTE))
    assert evse_row(registry, "E1").occurred_at == clock.now()


def test_a_clock_that_is_ahead_is_corrected_by_what_its_times_have_in_common(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    network(backend, 3)
    ahead = clock.now() + 60 * MINUTE
    rows = [(f"DE*ABC*E{number}", "CHARGING", ahead - number * 1000) for number in (1, 2, 3)]
    backend.statuses(*rows)
    occurred = [evse_row(registry, uid).occurred_at for uid in ("E1", "E2", "E3")]
    assert occurred[0] - occurred[2] == 2000 or occurred[0] == clock.now()
    assert all(at <= clock.now() for at in occurred)
    assert max(occurred) > clock.now() - MINUTE


def test_a_complete_poll_without_an_evse_makes_it_unknown_and_it_comes_back(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    network(backend, 20)
    everyone = [(f"DE*ABC*E{number}", "AVAILABLE") for number in range(1, 21)]
    backend.statuses(*everyone)
    clock.advance(seconds=30)
    backend.statuses(*everyone[1:])
    assert point(registry, "L1", "E1")["status"] == "UNKNOWN"
    assert point(registry, "L1", "E1")["status_detail"] == {"reason": "missing"}
    clock.advance(seconds=30)
    backend.statuses(*everyone)
    assert status(registry, "L1", "E1") == "AVAILABLE"


def test_statuses_that_come_with_the_locations_need_not_be_in_the_polls(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(location("L1", *(evse(f"E{number}") for number in range(1, 21))))
    assert backend.statuses(("DE*ABC*E1", "CHARGING")).changes == 1
    assert backend.statuses(("DE*ABC*E1", "CHARGING")).changes == 0
    everyone = [(f"DE*ABC*E{number}", "AVAILABLE") for number in range(1, 21)]
    clock.advance(seconds=30)
    assert backend.statuses(*everyone).changes == 1
    clock.advance(seconds=30)
    [doubt] = backend.statuses(everyone[0]).problems
    assert doubt.what.startswith("19 of 20")


def test_an_incomplete_poll_takes_nothing_away(backend: Backend, registry: Registry) -> None:
    network(backend, 20)
    everyone = [(f"DE*ABC*E{number}", "AVAILABLE") for number in range(1, 21)]
    backend.statuses(*everyone)
    assert backend.statuses(everyone[0], complete=False).changes == 0


def test_a_poll_that_lost_many_is_in_doubt_but_takes_the_rest(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    network(backend, 20)
    backend.statuses(*((f"DE*ABC*E{number}", "AVAILABLE") for number in range(1, 21)))
    clock.advance(seconds=30)
    [doubt] = backend.statuses(*((f"DE*ABC*E{number}", "CHARGING") for number in range(1, 6))).problems
    assert doubt.what.startswith("15 of 20")
    assert [status(registry, "L1", f"E{number}") for number in (1, 5, 6, 20)] == ["CHARGING"] * 2 + ["AVAILABLE"] * 2


def test_one_of_three_that_is_offline_is_unknown_and_the_others_go_on(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    network(backend, 3)
    everyone = [(f"DE*ABC*E{number}", "AVAILABLE") for number in range(1, 4)]
    backend.statuses(*everyone)
    clock.advance(seconds=30)
    assert backend.statuses(everyone[0], ("DE*ABC*E2", "CHARGING")).problems == ()
    assert [status(registry, "L1", f"E{number}") for number in (1, 2, 3)] == ["AVAILABLE", "CHARGING", "UNKNOWN"]
    assert point(registry, "L1", "E3")["status_detail"] == {"reason": "missing"}
    assert registry.source_states()[-1].failures == 0
    clock.advance(seconds=30)
    backend.statuses(*everyone)
    assert status(registry, "L1", "E3") == "AVAILABLE"


def test_an_empty_poll_is_in_doubt_however_small_the_network(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    network(backend, 3)
    backend.statuses(*((f"DE*ABC*E{number}", "AVAILABLE") for number in range(1, 4)))
    clock.advance(seconds=30)
    assert [problem.what[:6] for problem in backend.statuses().problems] == ["3 of 3"]
    assert status(registry, "L1", "E3") == "AVAILABLE"
    assert registry.source_states()[-1].problems


def test_what_a_poll_has_lost_is_unknown_after_the_time_to_live(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    network(backend, 20)
    everyone = [(f"DE*ABC*E{number}", "AVAILABLE") for number in range(1, 21)]
    backend.statuses(*everyone)
    for _ in range(16):
        clock.advance(seconds=60)
        assert len(backend.statuses(*everyone[:5]).problems) == 1
        assert registry.tick() == 0
    assert status(registry, "L1", "E20") == "AVAILABLE"
    clock.advance(seconds=60)
    assert backend.statuses(*everyone[:5]).changes == 15
    assert [status(registry, "L1", uid) for uid in ("E1", "E20")] == ["AVAILABLE", "UNKNOWN"]
    clock.advance(seconds=60)
    assert backend.statuses(*everyone).changes == 15
    assert status(registry, "L1", "E20") == "AVAILABLE"


def test_a_poll_that_is_whole_again_in_time_is_as_if_nothing_had_been(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    network(backend, 20)
    everyone = [(f"DE*ABC*E{number}", "AVAILABLE") for number in range(1, 21)]
    backend.statuses(*everyone)
    assert len(backend.statuses().problems) == 1
    clock.advance(seconds=10 * 60)
    assert backend.statuses(*everyone).changes == 0
    clock.advance(seconds=10 * 60)
    assert len(backend.statuses().problems) == 1


def test_much_that_was_lost_while_no_process_ran_is_in_doubt_first(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    network(backend, 20)
    backend.statuses(*((f"DE*ABC*E{number}", "AVAILABLE") for number in range(1, 21)))
    restarted = Backend(Registry(registry.engine, clock, {"abc": SourcePolicy()}), clock)
    for minutes in (1, 10, 6):
        clock.advance(seconds=minutes * 60)
        if minutes != 6:
            [doubt] = restarted.statuses(("DE*ABC*E1", "CHARGING")).problems
            assert doubt.what.startswith("19 of 20")
            assert status(registry, "L1", "E20") == "AVAILABLE"
    restarted.statuses(("DE*ABC*E1", "CHARGING"))
    assert [status(registry, "L1", uid) for uid in ("E1", "E20")] == ["CHARGING", "UNKNOWN"]


def test_a_poll_in_pages_asks_again_for_what_no_inventory_had(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    network(backend, 1)
    for _ in range(2):
        assert len(backend.statuses(("DE*ABC*E2", "CHARGING"), complete=False).problems) == 1
        assert backend.statuses(("DE*ABC*E1", "CHARGING"), complete=False).problems == ()
        clock.advance(seconds=30)
    backend.locations(location("L1", evse("E1", status=None), evse("E2", status=None)))
    backend.statuses(("DE*ABC*E2", "CHARGING"), complete=False)
    assert status(registry, "L1", "E2") == "CHARGING"


def test_a_poll_after_the_clock_stepped_back_still_counts(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    network(backend, 1)
    backend.statuses(("DE*ABC*E1", "AVAILABLE"))
    clock.advance(seconds=-3600)
    backend.statuses(("DE*ABC*E1", "CHARGING"))
    assert status(registry, "L1", "E1") == "CHARGING"
    clock.advance(seconds=30)
    backend.statuses(("DE*ABC*E1", "AVAILABLE"))
    assert status(registry, "L1", "E1") == "AVAILABLE"


def test_what_was_lost_while_no_process_ran_is_noticed_by_the_next(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    network(backend, 20)
    everyone = [(f"DE*ABC*E{number}", "AVAILABLE") for number in range(1, 21)]
    backend.statuses(*everyone)
    clock.advance(seconds=30)
    restarted = Registry(registry.engine, clock, {"abc": SourcePolicy()})
    Backend(restarted, clock).statuses(*everyone[1:])
    assert status(registry, "L1", "E1") == "UNKNOWN"


def test_a_live_event_counts_by_receipt_and_a_queued_one_by_its_own_time(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    network(backend, 1)
    start = clock.now()
    backend.events(StatusRecord("E1", "CHARGING", start - MINUTE, Origin.CHARGER))
    clock.advance(seconds=60)
    late = StatusRecord("E1", "OUTOFORDER", start - 10 * MINUTE, Origin.CHARGER, queued=True)
    assert backend.events(late).changes == 0
    assert status(registry, "L1", "E1") == "CHARGING"
    assert history_of(registry, "E1") == [(start - 10 * MINUTE, "OUTOFORDER", None), (start, "CHARGING", None)]
    newer = StatusRecord("E1", "AVAILABLE", start + MINUTE // 2, Origin.CHARGER, queued=True)
    assert backend.events(newer).changes == 1
    assert status(registry, "L1", "E1") == "AVAILABLE"


def test_an_event_delivered_twice_is_kept_once(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    network(backend, 1)
    queued = StatusRecord("E1", "OUTOFORDER", clock.now() - MINUTE, Origin.CHARGER, queued=True)
    backend.events(queued)
    backend.events(StatusRecord("E1", "CHARGING"))
    before = tables(registry.engine)
    backend.again()
    assert tables(registry.engine) == before
    clock.advance(seconds=60)
    backend.events(queued)
    assert len(history_of(registry, "E1")) == 2


def test_successive_events_in_one_delivery_end_with_the_last_that_occurred(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    network(backend, 1)
    backend.events(
        StatusRecord("E1", "CHARGING", clock.now() - 2000, Origin.CHARGER),
        StatusRecord("E1", "AVAILABLE", clock.now() - 1000, Origin.CHARGER),
    )
    assert status(registry, "L1", "E1") == "AVAILABLE"
    assert len(history_of(registry, "E1")) == 2


def test_events_that_confirm_are_history_but_no_change(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    network(backend, 1)
    backend.events(StatusRecord("E1", "CHARGING"))
    published = body(registry, "L1")
    clock.advance(seconds=60)
    assert backend.events(StatusRecord("E1", "CHARGING")).changes == 0
    assert body(registry, "L1") == published
    assert len(history_of(registry, "E1")) == 2


def test_at_the_same_moment_the_source_with_priority_wins(registry: Registry, clock: ManualClock) -> None:
    ranked = Registry(registry.engine, clock, {"abc": SourcePolicy(priority=1), "other": SourcePolicy()})
    network(Backend(ranked, clock), 2)
    Backend(ranked, clock).events(StatusRecord("E1", "AVAILABLE"))
    Backend(ranked, clock, "other").events(StatusRecord("E1", "OUTOFORDER"), StatusRecord("E2", "OUTOFORDER"))
    Backend(ranked, clock).events(StatusRecord("E2", "AVAILABLE"))
    assert [status(registry, "L1", uid) for uid in ("E1", "E2")] == ["AVAILABLE", "AVAILABLE"]


def test_who_says_what_another_source_said_is_the_one_that_said_it_last(
    backend: Backend, other: Backend, registry: Registry, clock: ManualClock
) -> None:
    network(backend)
    other.statuses(("DE*ABC*E1", "AVAILABLE"))
    clock.advance(seconds=30)
    assert backend.statuses(("DE*ABC*E1", "AVAILABLE")).changes == 0
    assert evse_row(registry, "E1").said_by == backend.name


def test_a_source_without_the_role_status_says_nothing_of_it(registry: Registry, clock: ManualClock) -> None:
    quiet = Registry(registry.engine, clock, {"abc": SourcePolicy(roles=frozenset({Role.INVENTORY}))})
    Backend(quiet, clock).locations(location("L1", evse("E1", status="CHARGING")))
    assert status(registry, "L1", "E1") == "UNKNOWN"
