"""How fast plans are flattened and linted: printed, not asserted. `pytest -m bench -s tests/tariffs/lint`."""

from __future__ import annotations

import time

import pytest

from app.model.tariff import Tariff
from app.settings import shipped
from app.tariffs.flatten.tariffs import flatten
from app.tariffs.lint import lint_network, lint_tariff
from app.tariffs.plan.reading import read_plan
from tests.tariffs.lint.cases import AT, body, location


@pytest.mark.bench
def test_flattening_and_linting_1000_plans() -> None:
    plans = [read_plan(path) for path in sorted((shipped("config") / "plans").glob("*.yaml"))]
    spent = {"flatten": 0.0, "read": 0.0, "lint": 0.0}
    tariffs = 0
    for index in range(1000):
        begin = time.process_time()
        flattened = flatten(plans[index % len(plans)].model_copy(update={"plan": f"plan-{index}"}))
        made = time.process_time()
        read = [Tariff.model_validate(one.tariff) for one in flattened]
        known = time.process_time()
        for tariff in read:
            lint_tariff(tariff, at=AT)
        end = time.process_time()
        tariffs += len(read)
        for name, seconds in (("flatten", made - begin), ("read", known - made), ("lint", end - known)):
            spent[name] += seconds
    parts = ", ".join(f"{name} {seconds:.2f}" for name, seconds in spent.items())
    print(f"\n1000 plans, {tariffs} tariffs: {sum(spent.values()):.2f} s of processor time (budget 1 s): {parts}")  # noqa: T201


@pytest.mark.bench
def test_linting_a_network_of_200_000_connectors() -> None:
    prices = [body({"id": f"T{index}", "elements": [{"ENERGY": 0.5}, {"FLAT": 1}]}) for index in range(50)]
    places = [location([[f"T{index % 50}"]] * 4, id=f"L{index}") for index in range(50_000)]
    begin = time.process_time()
    found = lint_network(places, prices, AT)
    print(f"\n200,000 connectors, {len(found)} findings: {time.process_time() - begin:.2f} s of processor time")  # noqa: T201
