"""Figures about sources."""

from __future__ import annotations

from app.clock import ManualClock
from app.registry.apply import Registry
from app.registry.figures import read_figures
from tests.registry.backend import Backend, evse, location


def test_the_lag_of_a_source_is_the_median_from_a_change_at_the_charger_to_its_receipt(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(location("L1", *(evse(f"E{number}", status=None) for number in range(1, 5))))
    assert read_figures(registry.engine).lags == {}
    ages = {1: 2_000, 2: 8_000, 3: 90_000}
    rows = [(f"DE*ABC*E{number}", "CHARGING", clock.now() - age) for number, age in ages.items()]
    backend.statuses(*rows, ("DE*ABC*E4", "AVAILABLE"))
    assert read_figures(registry.engine).lags == {"abc": 8_000}
