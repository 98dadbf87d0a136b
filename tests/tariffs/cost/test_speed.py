"""How long pricing takes; printed, not judged."""

from __future__ import annotations

from collections.abc import Callable
from timeit import timeit

import pytest

from app.tariffs.cost import cost
from tests.tariffs.examples import ZONE, session, tariff

RUNS = 500


@pytest.mark.bench
def test_one_session(record_property: Callable[[str, object], None]) -> None:
    phases = [{"minutes": 90, "kwh": 20}, {"minutes": 60, "kwh": 2}, {"minutes": 300, "charging": False}]
    facts, evening = session("2026-11-23T15:30", *phases), tariff("evening")
    taken = timeit(lambda: cost(evening, facts, ZONE), number=RUNS) / RUNS * 1000
    record_property("milliseconds", taken)
    print(f"one session: {taken:.3f} ms")  # noqa: T201 - the figure is what the test is for
