"""Evaluations move with what changed: sums of the day, findings with a life, the quality of the feed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from app.clock import ManualClock
from app.compliance.evaluation import PORTION, Evaluator
from app.compliance.judging import RuleBook
from app.compliance.profile import read_profiles
from app.compliance.quality import figures
from app.registry.apply import Registry
from app.registry.database import reading
from app.registry.evaluation import reading as known
from app.registry.evaluation.record import Counts, Which
from app.registry.evaluation.tables import evaluated, rule_day
from tests.registry.backend import Backend, connector, evse, location, tariff
from tests.shared import ROOT

BOOK = RuleBook(read_profiles(ROOT / "config" / "profiles", ["de", "gb"]))
ALL = Which()


@pytest.fixture
def registry(open_registry: Callable[..., Registry]) -> Registry:
    return open_registry()


@pytest.fixture
def backend(registry: Registry, clock: ManualClock) -> Backend:
    backend = Backend(registry, clock)
    backend.tariffs(tariff("T1"))
    backend.locations(location("L1", evse("E1", connector(tariff_ids=["T1"]))), location("L2", evse("E2"), evse("E3")))
    return backend


@pytest.fixture
def evaluate(registry: Registry, clock: ManualClock) -> Callable[[], int]:
    """A whole round, a minute later; how many locations it looked at."""
    evaluator = Evaluator(registry.engine, BOOK, clock)

    def whole() -> int:
        clock.advance(seconds=60)
        number = 0
        while True:
            step = evaluator.step()
            number += step.locations
            if step.finished is not None:
                return number

    return whole


def sums(registry: Registry, which: Which = ALL) -> dict[str, Counts]:
    with reading(registry.engine) as connection:
        if which.location is not None:
            return known.counts_of(connection, which.location)
        return known.sums(connection, which, 0).popitem()[1]


def lives(registry: Registry, **asked: Any) -> dict[tuple[str, str], Any]:
    with reading(registry.engine) as connection:
        return {(one.key, one.rule): one for one in known.lives(connection, **asked)}


def check_sums(registry: Registry) -> None:
    """The newest day's are those of all locations."""
    whole: Counter[tuple[str, ...]] = Counter()
    with reading(registry.engine) as connection:
        for row in connection.execute(select(evaluated)):
            for rule, counts in orjson.loads(row.counts).items():
                whole.update(
                    {(row.party, row.country, rule, name): n for name, n in zip(Counts._fields, counts, strict=True)}
                )
        newest = known.last_day(connection)
        rows = connection.execute(select(rule_day).where(rule_day.c.day == newest))
        kept = {(row.party, row.country, row.rule, name): getattr(row, name) for row in rows for name in Counts._fields}
    assert +Counter(kept) == +whole


def test_only_what_moved_is_looked_at_again(backend: Backend, registry: Registry, evaluate: Callable[[], int]) -> None:
    assert evaluate() == 2
    assert evaluate() == 0
    backend.statuses(("E2", "CHARGING"), ("E3", "AVAILABLE"), ("E1", "AVAILABLE"))
    assert evaluate() == 1
    check_sums(registry)


def test_a_status_alone_changes_what_statuses_decide_and_nothing_else(
    backend: Backend, registry: Registry, clock: ManualClock, evaluate: Callable[[], int]
) -> None:
    evaluate()
    before = sums(registry)
    backend.statuses(("E2", "UNKNOWN"), ("E1", "AVAILABLE"), ("E3", "AVAILABLE"))
    assert evaluate() == 1
    after = sums(registry)
    assert {rule for rule in before if before[rule] != after[rule]} == {"afir-f1", "afir-f2"}
    check_sums(registry)
    evaluated_anew = Evaluator(registry.engine, RuleBook([]), clock)
    evaluated_anew.step()
    whole = sums(registry)
    assert {rule: after[rule] for rule in whole} == whole, "as if all had been asked again"


def test_an_evse_that_is_taken_down_by_its_status_is_asked_of_no_rule(
    backend: Backend, registry: Registry, evaluate: Callable[[], int]
) -> None:
    evaluate()
    before = sums(registry)["afir-b1"]
    backend.statuses(("E2", "PLANNED"), ("E1", "AVAILABLE"), ("E3", "AVAILABLE"))
    evaluate()
    assert sums(registry)["afir-b1"].present == before.present - 1
    check_sums(registry)


def test_a_new_day_looks_at_everything_and_begins_with_the_sums_before(
    backend: Backend, registry: Registry, clock: ManualClock, evaluate: Callable[[], int]
) -> None:
    evaluate()
    clock.advance(seconds=86_400)
    assert evaluate() == 2
    check_sums(registry)
    with reading(registry.engine) as connection:
        days = known.sums(connection, ALL, 0)
    assert len(days) == 2
    first, second = days.values()
    assert first == second


def test_other_rules_look_at_everything(
    backend: Backend, registry: Registry, clock: ManualClock, evaluate: Callable[[], int]
) -> None:
    evaluate()
    assert Evaluator(registry.engine, RuleBook([]), clock).step().locations == 2
    check_sums(registry)
    assert not any(rule.startswith("de-") for rule in sums(registry))


def test_a_portion_at_a_time(registry: Registry, clock: ManualClock) -> None:
    Backend(registry, clock).locations(*(location(f"L{n}", evse(f"E{n}")) for n in range(PORTION + 1)))
    evaluator = Evaluator(registry.engine, BOOK, clock)
    first, second = evaluator.step(), evaluator.step()
    assert (first.locations, first.finished, second.locations) == (PORTION, None, 1)
    assert second.finished == clock.now()


def test_a_finding_opens_stays_and_is_fixed(
    backend: Backend, registry: Registry, clock: ManualClock, evaluate: Callable[[], int]
) -> None:
    evaluate()
    opened = clock.now()
    key = ("DE*ABC/L2", "afir-f3")
    found = lives(registry, fixed=False)[key]
    assert (found.first_seen, found.fixed_at, found.grade, found.objects) == (opened, None, "breach", 1)
    assert found.what == "Ad hoc price: 2 of 2 connectors have none"
    assert "tariff of type AD_HOC_PAYMENT" in found.remedy
    backend.locations(
        location("L1", evse("E1", connector(tariff_ids=["T1"]))),
        location("L2", evse("E2", connector(tariff_ids=["T1"])), evse("E3")),
    )
    evaluate()
    found = lives(registry, fixed=False)[key]
    assert (found.first_seen, found.last_seen) == (opened, clock.now())
    assert found.what == "Ad hoc price: 1 of 2 connectors have none", "it goes on in other words"
    priced = connector(tariff_ids=["T1"])
    backend.locations(location("L1", evse("E1", priced)), location("L2", evse("E2", priced), evse("E3", priced)))
    evaluate()
    assert key not in lives(registry, fixed=False)
    assert lives(registry, fixed=True)[key].fixed_at == clock.now()
    check_sums(registry)


def test_what_is_hidden_is_no_more_counted_nor_open(
    backend: Backend, registry: Registry, evaluate: Callable[[], int]
) -> None:
    evaluate()
    before = sums(registry)["afir-b1"]
    backend.locations(location("L1", evse("E1"), publish=False), location("L2", evse("E2"), evse("E3")))
    with reading(registry.engine) as connection:
        shown = known.worst(connection, "afir-a1", ALL, 10)
    assert {one.key for one in shown} == {"DE*ABC/L2"}, "before anything is evaluated anew"
    evaluate()
    assert sums(registry)["afir-b1"].present == before.present - 1
    assert {key for key, _ in lives(registry, fixed=False)} == {"DE*ABC/L2"}
    check_sums(registry)


def test_a_part_of_the_network_alone(backend: Backend, registry: Registry, evaluate: Callable[[], int]) -> None:
    evaluate()
    with reading(registry.engine) as connection:
        ((ordinal, key),) = known.locations_called(connection, "de*abc/l2")
        assert known.sums(connection, Which(country="FR"), 0) == {}
        assert known.worst(connection, "afir-f3", Which(party="DE*XYZ"), 3) == []
        (worst,) = known.worst(connection, "afir-f3", Which(location=ordinal), 3)
    assert (key, worst.key) == ("DE*ABC/L2", "DE*ABC/L2")
    assert sums(registry, Which(location=ordinal))["afir-f3"] == Counts(0, 1, 0, 0)


def quality(registry: Registry) -> dict[str, float | None]:
    with reading(registry.engine) as connection:
        return {one.dimension.value: one.share for one in figures(known.quality(connection, ALL, 0))}


def test_the_five_dimensions_are_what_their_formulas_say(
    backend: Backend, registry: Registry, clock: ManualClock, evaluate: Callable[[], int]
) -> None:
    clock.advance(seconds=10)
    backend.statuses(("E1", "AVAILABLE"), ("E2", "AVAILABLE"), ("E3", "UNKNOWN"))
    clock.advance(seconds=10)
    backend.statuses(("E1", "CHARGING", clock.now() - 5_000), ("E2", "CHARGING", clock.now() - 600_000))
    evaluate()
    found = quality(registry)
    counts = Counts()
    for one in sums(registry).values():
        counts = counts.plus(one)
    said = counts.present + counts.implausible
    assert found["completeness"] == said / (said + counts.missing)
    assert found["correctness"] == counts.present / said
    assert found["consistency"] == 1.0
    assert found["timeliness"] == pytest.approx(1 / 3), "one was late, and since when E3 is unknown nobody knows"
    assert found["reliability"] == pytest.approx(2 / 3), "one EVSE of three is unknown"
    evaluate()
    assert quality(registry)["timeliness"] == found["timeliness"], "no change is counted twice"


def test_an_id_that_two_evses_carry_makes_both_locations_inconsistent(
    registry: Registry, clock: ManualClock, evaluate: Callable[[], int]
) -> None:
    twins = [location(f"L{n}", evse(f"E{n}", evse_id="DE*ABC*E9")) for n in (1, 2)]
    Backend(registry, clock).locations(*twins, location("L3", evse("E3")), location("L4", evse("E4")))
    evaluate()
    assert quality(registry)["consistency"] == 0.5
