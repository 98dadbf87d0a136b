"""How fast tariffs are explained: printed, not asserted. `pytest -m bench -s tests/tariffs`."""

from __future__ import annotations

import time

import pytest

from app.tariffs.explain import LANGUAGES, explain, in_short
from tests.tariffs.explain.told import planned, written

ROUNDS = 20


@pytest.mark.bench
@pytest.mark.parametrize("tell", [explain, in_short], ids=lambda tell: tell.__name__)
def test_milliseconds_per_explanation(tell) -> None:
    tariffs = [*planned(), *written()]
    begin = time.process_time()
    for _ in range(ROUNDS):
        for tariff in tariffs:
            for language in LANGUAGES:
                tell(tariff, language)
    spent = (time.process_time() - begin) * 1000 / (ROUNDS * len(tariffs) * len(LANGUAGES))
    print(f"\n{tell.__name__}: {spent:.2f} ms of processor time each (aim: under 1 ms)")  # noqa: T201
