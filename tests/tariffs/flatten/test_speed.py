"""How fast plans are flattened: printed, not asserted. `pytest -m bench -s tests/tariffs`."""

from __future__ import annotations

import time

import pytest

from app.settings import shipped
from app.tariffs.flatten.tariffs import flatten
from app.tariffs.plan.reading import read_plan


@pytest.mark.bench
def test_flattening_1000_plans() -> None:
    plans = [read_plan(path) for path in sorted((shipped("config") / "plans").glob("*.yaml"))]
    tariffs, begin = 0, time.process_time()
    for index in range(1000):
        tariffs += len(flatten(plans[index % len(plans)].model_copy(update={"plan": f"plan-{index}"})))
    print(f"\n1000 plans, {tariffs} tariffs: {time.process_time() - begin:.2f} s of processor time (budget 1 s)")  # noqa: T201
