"""How fast a network is linted: printed, not asserted. `pytest -m bench -s tests/tariffs/lint`."""

from __future__ import annotations

import time

import pytest

from app.tariffs.lint import lint_network
from tests.tariffs.lint.cases import AT, body, location


@pytest.mark.bench
@pytest.mark.slow
def test_linting_a_network_of_200_000_connectors() -> None:
    prices = [body({"id": f"T{index}", "elements": [{"ENERGY": 0.5}, {"FLAT": 1}]}) for index in range(50)]
    places = [location([[f"T{index % 50}"]] * 4, id=f"L{index}") for index in range(50_000)]
    begin = time.process_time()
    found = lint_network(places, prices, AT)
    print(f"\n200,000 connectors, {len(found)} findings: {time.process_time() - begin:.2f} s of processor time")  # noqa: T201
