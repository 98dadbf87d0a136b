"""Evaluations in both databases: sums of a day, findings, quality, and who was told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.clock import ManualClock, Millis
from app.registry.apply import Registry
from app.registry.database import reading, writing
from app.registry.delays import Span, What, punctual
from app.registry.evaluation import measures
from app.registry.evaluation import reading as known
from app.registry.evaluation import writing as kept
from app.registry.evaluation.alerting import ChannelState, channel_state, keep_channel
from app.registry.evaluation.record import Counts, Evaluated, Gap, Measured, Which, network
from tests.registry.backend import DAY, Backend, evse, location

GAP = Gap("r1", "breach", 2, "evses[E1], evses[E2]", "Something: not said", "say it", 2)
FIRST = Evaluated(0, 1, "DE*ABC/L1", "DE*ABC", "DE", {"r1": Counts(1, 2), "r2": Counts(3)}, [GAP])
SECOND = Evaluated(1, 1, "DE*ABC/L2", "DE*ABC", "FR", {"r1": Counts(0, 0, 1, 4)}, [])
ALL = Which()


@pytest.fixture
def at(registry: Registry, backend: Backend, clock: ManualClock) -> Millis:
    """Two public locations, evaluated at this time."""
    backend.locations(location("L1", evse("E1")), location("L2", evse("E2"), country="FRA"))
    at = clock.now()
    with writing(registry.engine) as connection:
        kept.begin_day(connection, at // DAY * DAY)
        kept.keep(connection, at, "rules", [FIRST, SECOND])
    return at


def sums(registry: Registry, which: Which = ALL) -> list[dict[str, Counts]]:
    with reading(registry.engine) as connection:
        return [rules for _, rules in sorted(known.sums(connection, which, 0).items())]


def test_sums_move_by_the_difference(registry: Registry, at: Millis) -> None:
    assert sums(registry) == [{"r1": Counts(1, 2, 1, 4), "r2": Counts(3)}]
    with writing(registry.engine) as connection:
        kept.keep(connection, at + 1, "rules", [replace(FIRST, counts={"r1": Counts(3)}, gaps=[])])
    assert sums(registry) == [{"r1": Counts(3, 0, 1, 4)}]
    assert sums(registry, Which(country="FR")) == [{"r1": Counts(0, 0, 1, 4)}]
    assert sums(registry, Which(party="DE*XYZ")) == []


def test_a_day_begins_with_the_sums_before(registry: Registry, at: Millis) -> None:
    with writing(registry.engine) as connection:
        kept.begin_day(connection, at // DAY * DAY + DAY)
        kept.drop(connection, at + DAY, [1])
    first, second = sums(registry)
    assert first == {"r1": Counts(1, 2, 1, 4), "r2": Counts(3)}
    assert second == {"r1": Counts(1, 2), "r2": Counts(3)}


def test_what_is_due_is_what_moved_or_is_stale(registry: Registry, at: Millis) -> None:
    with reading(registry.engine) as connection:
        assert kept.due(connection, "rules", 0, -1, 10) == [(1, True)], "it was made by hand, of another version"
        assert kept.due(connection, "other rules", 0, -1, 10) == [(0, True), (1, True)]
        assert kept.due(connection, "rules", at + 1, -1, 10) == [(0, True), (1, True)], "of the day before"
        assert kept.due(connection, "rules", at + 1, 0, 10) == [(1, True)]
        assert kept.due(connection, "rules", at + 1, -1, 1) == [(0, True)]
        assert kept.gone(connection) == []


def test_findings_open_go_on_and_end(registry: Registry, at: Millis) -> None:
    with writing(registry.engine) as connection:
        kept.keep(connection, at + 1, "rules", [replace(FIRST, gaps=[replace(GAP, objects=1)])])
    with reading(registry.engine) as connection:
        (one,) = known.worst(connection, "r1", ALL, 3)
        assert known.open_findings(connection) == [("r1", "breach", 1)]
    assert (one.objects, one.first_seen, one.last_seen, one.fixed_at) == (1, at, at + 1, None)
    with writing(registry.engine) as connection:
        kept.keep(connection, at + 2, "rules", [replace(FIRST, gaps=[])])
        kept.keep(connection, at + 3, "rules", [FIRST])
    with reading(registry.engine) as connection:
        every = list(known.lives(connection))
        assert known.number_of_lives(connection, fixed=True, since=at, until=at + 2) == 1
        assert known.number_of_lives(connection, fixed=False, since=at + 2, until=at + 3) == 1
    assert [(one.first_seen, one.fixed_at) for one in every] == [(at, at + 2), (at + 3, None)], "it has a new life"


def test_quality_is_replaced_or_added_up(registry: Registry, at: Millis) -> None:
    one = Measured(at // DAY * DAY, "DE*ABC", "DE", "timeliness", 1, 2)
    with writing(registry.engine) as connection:
        kept.keep_quality(connection, [one], add=True)
        kept.keep_quality(connection, [one], add=True)
        kept.keep_quality(connection, [replace(one, dimension="completeness")], add=False)
        kept.keep_quality(connection, [replace(one, dimension="completeness")], add=False)
        kept.keep_quality(connection, [], add=False)
    with reading(registry.engine) as connection:
        found = {name: (good, due) for _, name, good, due in known.quality(connection, ALL, 0)}
    assert found == {"timeliness": (2, 4), "completeness": (1, 2)}


def test_what_quality_is_counted_from(registry: Registry, backend: Backend, clock: ManualClock, at: Millis) -> None:
    clock.advance(seconds=10)
    backend.statuses(("E1", "CHARGING", clock.now() - 40_000), ("E2", "CHARGING", clock.now() - 40_000))
    with reading(registry.engine) as connection:
        assert measures.known(connection)["DE*ABC", "DEU"] == (1, 1)
        assert measures.consistent(connection)["DE*ABC", "FRA"] == (1, 1)
    found = punctual(registry.engine, What.STATUS, 60_000, {"FRA": 30_000, "GBR": None}, Span(at))
    assert {(one.country, one.within, one.changes) for one in found} == {("DEU", 1, 1), ("FRA", 0, 1)}


def test_a_channel_is_remembered(registry: Registry, at: Millis) -> None:
    state = ChannelState("webhook", at, 2, at + 5, "no answer")
    with writing(registry.engine) as connection:
        assert channel_state(connection, "webhook") == ChannelState("webhook")
        keep_channel(connection, state)
        keep_channel(connection, replace(state, failures=3))
        assert channel_state(connection, "webhook") == replace(state, failures=3)


def test_a_rule_apart_from_the_data_is_kept_by_place_and_moves_nothing_else(registry: Registry, at: Millis) -> None:
    failing = [replace(GAP, rule="up", places=f"evses[E{number}]", weight=number) for number in (1, 3)]
    port = replace(FIRST, counts={"up": Counts(1, 2)}, gaps=failing, unasked=frozenset({"r1", "r2"}))
    gap = replace(GAP, rule="up", places="", weight=2)
    whole = Evaluated(network("DE*ABC", "DE"), 0, "DE*ABC", "DE*ABC", "DE", {"up": Counts(0, 1)}, [gap])
    with writing(registry.engine) as connection:
        kept.keep_apart(connection, at + 1, "up", [port, whole])
    assert sums(registry) == [{"r1": Counts(1, 2, 1, 4), "r2": Counts(3), "up": Counts(1, 3)}]
    with reading(registry.engine) as connection:
        assert [one.places for one in known.worst(connection, "up", ALL, 3)] == ["evses[E3]", "", "evses[E1]"]
        assert kept.due(connection, "rules", at, -1, 10) == [(1, True)], "as before"
        assert (kept.gone(connection), known.networks(connection)) == ([], {("DE*ABC", "DE")})
    with writing(registry.engine) as connection:
        kept.keep_apart(connection, at + 2, "up", [replace(port, counts={"up": Counts(2, 1)}, gaps=failing[:1])])
        kept.drop(connection, at + 3, [0])
    with reading(registry.engine) as connection:
        ends = {(one.rule, one.places): one.fixed_at for one in known.lives(connection)}
    assert ends == {
        ("r1", GAP.places): at + 3,
        ("up", "evses[E1]"): at + 3,
        ("up", "evses[E3]"): at + 2,
        ("up", ""): None,
    }


def test_what_was_not_asked_again_still_holds(registry: Registry, at: Millis) -> None:
    partial = replace(FIRST, counts={"r2": Counts(2, 1)}, gaps=[replace(GAP, rule="r2")], unasked=frozenset({"r1"}))
    with writing(registry.engine) as connection:
        kept.keep(connection, at + 1, "rules", [partial])
    assert sums(registry) == [{"r1": Counts(1, 2, 1, 4), "r2": Counts(2, 1)}]
    with reading(registry.engine) as connection:
        assert {(one.rule, one.first_seen) for one in known.lives(connection, fixed=False)} == {
            ("r1", at),
            ("r2", at + 1),
        }
