"""The prices of a moment are what a short session costs that begins then."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.formats.datex2.from_tariff import Offer, current_rate
from app.formats.datex2.to_tariff import Reading, to_tariffs
from app.model.tariff import OccupancyStart, Tariff
from app.tariffs.adhoc import PriceBook
from app.tariffs.cost import Cost, Phase, SessionFacts, cost
from app.tariffs.flatten.tariffs import flatten
from app.tariffs.plan.language import Plan
from app.tariffs.plan.simulate import simulate
from tests.price_plans import ZONE, plans, starts

KW = 150
CONNECTOR = {"id": "1", "power_type": "DC", "max_electric_power": KW * 1000}
SETTINGS = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
ENDLESS = 10**9
A_SECOND = Decimal("0.03")
"""Of the dearest fee, which a cap in whole seconds may exceed, and half a cent of rounding."""


def _short(start: int, charging: int, idle: int) -> SessionFacts:
    """Whole seconds at full power, then idle ones."""
    full = start + charging * 1000
    kwh = round(Decimal(KW * charging) / 3600, 3)
    phases = [Phase(start, full, kwh, True, Decimal(KW)), Phase(full, full + idle * 1000, Decimal(0), False)]
    return SessionFacts(start, full + idle * 1000, tuple(phases))


def _agree(plan: Plan, start: int, charging: int, idle: int) -> None:
    bodies = {one.tariff["id"]: one.tariff for one in flatten(plan)}
    for price in PriceBook().adhoc({**CONNECTOR, "tariff_ids": list(bodies)}, bodies, ZONE, start):
        said = current_rate(price, Offer("rate"), ZONE, start, Decimal(KW))
        assert not any(one.period for one in said.rate.prices)
        read = to_tariffs(said.rate, Reading("DE", "ABC", ZONE, start))
        left = ENDLESS if price.next_change is None else (price.next_change - start) // 1000
        if any(loss.path.endswith("step_size") for loss in said.losses) or left < 2:
            continue
        facts = _short(start, min(charging, left // 2), min(idle, left // 2))
        once, again = cost(price.tariff, facts, ZONE), cost(read.tariffs, facts, ZONE)
        if _is_capped_with_exempt_hours(price.tariff):
            # The tariff lies above the plan then, by a known amount; what is said here has the cap itself.
            once = simulate(plan, facts, ZONE)
            assert abs(_total(again) - _total(once)) <= A_SECOND
        else:
            assert _total(again) == _total(once), (once, again, said, read)


def _is_capped_with_exempt_hours(tariff: Tariff) -> bool:
    fee = tariff.occupancy
    return bool(fee and fee.cap is not None and fee.exempt and fee.from_ is OccupancyStart.SESSION_START)


def _total(found: Cost) -> Decimal:
    """As paid, on the basis that every tariff of a plan can tell."""
    return (found.total.before_taxes if found.total.after_taxes is None else found.total.after_taxes) or Decimal(0)


seconds = st.integers(1, 6 * 3600)


@settings(max_examples=60, **SETTINGS)
@given(plan=plans(), start=starts, charging=seconds, idle=seconds)
def test_a_session_that_ends_before_the_price_changes_costs_what_was_said(plan, start, charging, idle) -> None:
    _agree(plan, start, charging, idle)


@pytest.mark.slow
@settings(max_examples=3000, **SETTINGS)
@given(plan=plans(), start=starts, charging=seconds, idle=seconds)
def test_a_session_that_ends_before_the_price_changes_costs_what_was_said_at_length(
    plan, start, charging, idle
) -> None:
    _agree(plan, start, charging, idle)
