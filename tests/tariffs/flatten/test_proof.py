"""The published tariff costs what the plan costs, to the cent, or what a named loss allows."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from app.clock import parse_time
from app.tariffs.cost.facts import SessionFacts
from app.tariffs.flatten.proof import compare
from app.tariffs.flatten.tariffs import flatten
from app.tariffs.plan.language import Plan
from tests.price_plans import ZONE, plans, sessions

EXAMPLES = sorted(Path("config/plans").glob("*.yaml"))


def _agree(plan: Plan, facts: SessionFacts) -> None:
    checked = 0
    for flattened in flatten(plan):
        begin, end = (flattened.tariff.get(name) for name in ("start_date_time", "end_date_time"))
        if (begin is None or facts.start >= parse_time(begin)) and (end is None or facts.start < parse_time(end)):
            found = compare(plan, flattened, facts, ZONE)
            assert found.within, (flattened, found)
            checked += 1
    assert checked


SETTINGS = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}


@settings(max_examples=30, **SETTINGS)
@given(plan=plans(), facts=sessions())
def test_any_plan_is_published_within_its_bounds(plan: Plan, facts: SessionFacts) -> None:
    _agree(plan, facts)


@pytest.mark.slow
@settings(max_examples=5000, **SETTINGS)
@given(plan=plans(), facts=sessions())
def test_any_plan_is_published_within_its_bounds_at_length(plan: Plan, facts: SessionFacts) -> None:
    _agree(plan, facts)
