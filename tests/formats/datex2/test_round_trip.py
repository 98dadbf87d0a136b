"""A tariff written with periods and read again costs the same to the cent, unless a named loss says otherwise."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.clock import to_millis
from app.formats.datex2.encoding import GERMAN_JSON
from app.formats.datex2.from_tariff import Offer, SaidRate, windows_rate
from app.formats.datex2.read_json import read_rate
from app.formats.datex2.to_tariff import Reading, ReadRate, to_tariffs
from app.formats.datex2.write_json import rate_json
from app.formats.ocpi.parse import salvage_tariff
from app.model.canonical import full_body
from app.model.problem import Problem
from app.model.tariff import Tariff
from app.tariffs.cost import Cost, SessionFacts, cost
from app.tariffs.cost.facts import Phase
from app.tariffs.flatten.tariffs import flatten
from app.tariffs.plan.language import Plan
from app.tariffs.plan.reading import read_plan
from tests.price_plans import BEGIN, ZONE, plans, sessions
from tests.shared import data_folder

FOLDER = data_folder() / "ocpi-examples" / "2.3.0"
EXAMPLES = sorted(FOLDER.glob("tariff_*.json"))
PLANS = Path("tests/data/datex2/plans")
IDLE = SessionFacts(BEGIN, BEGIN + 141_000, (Phase(BEGIN, BEGIN + 141_000, Decimal(0), charging=False),))
"""Longer than the cap of the plan takes to be reached."""
ROUNDED = Decimal("0.02")
"""What prices per minute with six decimals can make of the longest session."""
FULL = Decimal(300)
"""Kilowatts and amperes, more than any band ends at."""
SETTINGS = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}


def _chains(plan: Plan) -> dict[str | None, list[Tariff]]:
    """The tariffs of each audience, one after the other in time."""
    chains: dict[str | None, list[Tariff]] = {}
    for flattened in flatten(plan):
        chains.setdefault(flattened.customer_group, []).append(Tariff.model_validate(flattened.tariff))
    return chains


def _said_and_read(chain: list[Tariff]) -> tuple[SaidRate, ReadRate, bool]:
    """Written as the German profile does, which has no 24:00; and whether prices were rounded to its six decimals."""
    said = windows_rate(chain, Offer("rate"), ZONE, BEGIN)
    problems: list[Problem] = []
    written, rounded = rate_json(said.rate, GERMAN_JSON)
    rate = read_rate(written, problems)
    assert rate
    assert not problems
    return said, to_tariffs(rate, Reading("DE", "ABC", ZONE, BEGIN)), bool(rounded)


def _valid(tariffs: tuple[Tariff, ...] | list[Tariff], facts: SessionFacts) -> list[Tariff]:
    """One, or none."""
    return [
        one
        for one in tariffs
        if (one.start_date_time is None or to_millis(one.start_date_time) <= facts.start)
        and (one.end_date_time is None or facts.start < to_millis(one.end_date_time))
    ]


def _apart(one: Cost, other: Cost) -> Decimal:
    """By how much the totals differ, on a basis that both can tell."""
    with_taxes = one.total.after_taxes is not None and other.total.after_taxes is not None
    totals = [
        (cost.total.after_taxes if with_taxes else cost.total.before_taxes) or Decimal(0) for cost in (one, other)
    ]
    return abs(totals[0] - totals[1])


def _agree(plan: Plan, facts: SessionFacts) -> None:
    for chain in _chains(plan).values():
        if len({(one.min_price, one.max_price) for one in chain}) == 1:
            _costs_the_same(chain, facts)


def _costs_the_same(chain: list[Tariff], facts: SessionFacts) -> None:
    said, read, was_rounded = _said_and_read(chain)
    if _lost(said, "price_components") and not said.rate.prices:
        assert not read.tariffs
        return
    assert not read.problems, read.problems
    before, after = _valid([_without_blocks(one) for one in chain], facts), _valid(read.tariffs, facts)
    assert len(before) == len(after)
    if before:
        had = _at_full_power(facts) if _lost(said, "power", "current") else facts
        first, again = cost(before, had, ZONE), cost(after, had, ZONE)
        assert _apart(first, again) <= (ROUNDED if was_rounded else 0), (first, again, said, read)


def _lost(said: SaidRate, *fields: str) -> bool:
    return any(loss.path.endswith(fields) for loss in said.losses)


def _at_full_power(facts: SessionFacts) -> SessionFacts:
    """Where prices depend on the power, those at full power are said."""
    phases = tuple(replace(phase, power_kw=FULL, current_a=FULL) for phase in facts.phases)
    return replace(facts, phases=phases)


def _without_blocks(tariff: Tariff) -> Tariff:
    """Blocks are said in words."""
    body = full_body(tariff)
    for element in body["elements"]:
        for component in element["price_components"]:
            component["step_size"] = 1
    return Tariff.model_validate(body)


@example(plan=read_plan(PLANS / "cap-within-a-second.yaml"), facts=IDLE)
@example(plan=read_plan(PLANS / "free-at-full-power.yaml"), facts=IDLE)
@settings(max_examples=25, **SETTINGS)
@given(plan=plans(), facts=sessions())
def test_any_plan_costs_the_same_after_it_was_said_with_periods(plan: Plan, facts: SessionFacts) -> None:
    _agree(plan, facts)


@pytest.mark.slow
@settings(max_examples=5000, **SETTINGS)
@given(plan=plans(), facts=sessions())
def test_any_plan_costs_the_same_after_it_was_said_with_periods_at_length(plan: Plan, facts: SessionFacts) -> None:
    _agree(plan, facts)


@pytest.mark.skipif(not EXAMPLES, reason=f"no shared test data in {FOLDER}")
@settings(max_examples=60, **SETTINGS)
@given(data=st.data(), facts=sessions())
def test_the_tariffs_of_the_specification_cost_the_same_after_they_were_said(
    data: st.DataObject, facts: SessionFacts
) -> None:
    path = data.draw(st.sampled_from(EXAMPLES))
    read = salvage_tariff(json.loads(path.read_text()), "2.3.0", country_code=None, party_id=None).model
    assert isinstance(read, Tariff)
    _costs_the_same([read], facts)
