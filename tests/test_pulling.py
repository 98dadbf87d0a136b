from __future__ import annotations

import random

import pytest

from app.model.batch import Kind
from app.pulling import JITTER, LONGEST_WAIT, Cadence
from app.sources.base import Pull

CHANGES = Pull(Kind.LOCATIONS, 60, full=False)
WHOLE = Pull(Kind.LOCATIONS, 3600, full=True)


class Watch:
    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    monkeypatch.setattr(random, "uniform", lambda low, high: (low + high) / 2)
    return Watch()


def test_the_first_pull_is_due_at_once_and_full(watch: Watch) -> None:
    cadence = Cadence([CHANGES, WHOLE], watch)
    assert (cadence.wait, cadence.next_is_full()) == (0, True)


def test_changes_in_between_and_all_from_time_to_time(watch: Watch) -> None:
    cadence = Cadence([CHANGES, WHOLE], watch)
    cadence.succeeded(full=True, started=watch.at)
    for _ in range(59):
        assert (cadence.wait, cadence.next_is_full()) == (60, False)
        watch.at += 60
        cadence.succeeded(full=False, started=watch.at)
    watch.at += 60
    assert (cadence.wait, cadence.next_is_full()) == (0, True)
    cadence.succeeded(full=True, started=watch.at)
    assert (cadence.wait, cadence.next_is_full()) == (60, False)


def test_a_source_without_changes_is_always_read_whole(watch: Watch) -> None:
    cadence = Cadence([WHOLE], watch)
    cadence.succeeded(full=True, started=watch.at)
    assert (cadence.wait, cadence.next_is_full()) == (3600, True)


def test_a_cadence_counts_from_the_start_of_a_pull(watch: Watch) -> None:
    cadence = Cadence([CHANGES], watch)
    watch.at += 45
    cadence.succeeded(full=True, started=watch.at - 45)
    assert cadence.wait == 15
    watch.at += 1000
    assert cadence.wait == 0, "a pull that took longer is followed at once, and just once"


def test_each_failure_doubles_the_wait_and_a_success_ends_it(watch: Watch) -> None:
    cadence = Cadence([CHANGES, WHOLE], watch)
    waits = []
    for _ in range(8):
        cadence.failed()
        waits.append(cadence.wait / (1 + JITTER / 2))
        watch.at += cadence.wait
        assert cadence.next_is_full(), "no pull has succeeded yet"
    assert waits == pytest.approx([15, 30, 60, 120, 240, 300, 300, LONGEST_WAIT])
    cadence.succeeded(full=True, started=watch.at)
    assert (cadence.wait, cadence.next_is_full()) == (60, False)


def test_a_database_that_is_away_does_not_make_the_source_wait_longer(watch: Watch) -> None:
    cadence = Cadence([CHANGES, WHOLE], watch)
    waits = []
    for _ in range(5):
        cadence.failed(ours=True)
        waits.append(cadence.wait / (1 + JITTER / 2))
        watch.at += cadence.wait
    assert waits == pytest.approx([15] * 5)


def test_a_quick_source_is_tried_again_at_its_own_pace(watch: Watch) -> None:
    cadence = Cadence([Pull(Kind.STATUSES, 2, full=True)], watch)
    cadence.succeeded(full=True, started=watch.at)
    cadence.failed()
    assert cadence.wait == pytest.approx(2 * (1 + JITTER / 2))


def test_a_failed_full_pull_is_made_up_for(watch: Watch) -> None:
    cadence = Cadence([CHANGES, WHOLE], watch)
    cadence.succeeded(full=True, started=watch.at)
    watch.at += 3600
    cadence.failed()
    watch.at += cadence.wait
    assert cadence.next_is_full()


def test_sources_do_not_stay_in_step() -> None:
    waits = set()
    for _ in range(20):
        cadence = Cadence([CHANGES], Watch())
        cadence.succeeded(full=True, started=1000.0)
        waits.add(round(cadence.wait, 3))
    assert len(waits) > 10
    assert all(60 * (1 - JITTER) <= wait <= 60 * (1 + JITTER) for wait in waits)
