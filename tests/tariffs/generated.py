"""Random tariffs of a few elements and random sessions, for property tests."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from app.model.tariff import Tariff
from app.tariffs.cost import Phase, SessionFacts
from tests.tariffs.examples import at, element, priced

PRICES = st.decimals(0, 5, places=4).map(str)
CLOCK = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 30]))
DAYS = st.lists(st.sampled_from(["MONDAY", "SATURDAY", "SUNDAY"]), max_size=2, unique=True)
BANDS = {
    "max_kwh": st.integers(1, 40),
    "min_kwh": st.integers(1, 40),
    "min_duration": st.integers(60, 20_000),
    "max_duration": st.integers(60, 20_000),
    "max_power": st.integers(1, 60),
    "start_time": CLOCK,
    "end_time": CLOCK,
    "day_of_week": DAYS,
}
KINDS = st.sampled_from(["ENERGY", "TIME", "PARKING_TIME", "FLAT"])


@st.composite
def elements(draw: st.DrawFn, steps: st.SearchStrategy[int]) -> list[dict[str, Any]]:
    count = draw(st.integers(1, 6))
    names = [draw(st.sets(st.sampled_from(sorted(BANDS)), max_size=3)) for _ in range(count)]
    return [
        element(draw(KINDS), draw(PRICES), draw(steps), "20", **{name: draw(BANDS[name]) for name in sorted(chosen)})
        for chosen in names
    ]


SMALLEST = st.just(1)


def tariffs(steps: st.SearchStrategy[int] = SMALLEST) -> st.SearchStrategy[Tariff]:
    return elements(steps).map(lambda made: priced(*made))


@st.composite
def sessions(draw: st.DrawFn) -> SessionFacts:
    """Whole seconds, in the nights of both clock changes and around."""
    start = at(draw(st.sampled_from(["2026-03-28T20:00", "2026-10-24T20:00", "2026-11-22T18:00"])))
    phases, now = [], start
    for _ in range(draw(st.integers(1, 4))):
        until = now + draw(st.integers(1, 6 * 3600)) * 1000
        charging = draw(st.booleans())
        kwh = draw(st.decimals(0, 30, places=3)) if charging else Decimal(0)
        power = draw(st.integers(0, 60))
        phases.append(Phase(now, until, kwh, charging, power_kw=Decimal(power)))
        now = until
    return SessionFacts(start, now, tuple(phases))
