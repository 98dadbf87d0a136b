"""Random restrictions, tariffs and situations that often lie at the edges of each other."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from app.model.enums import DayOfWeek
from app.model.tariff import TariffRestrictions
from app.tariffs.conditions import Condition
from app.tariffs.windows import Situation, Window
from tests.tariffs.examples import element

CLOCK = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 30]))
DATES = st.integers(27, 34).map(lambda day: f"2026-03-{day}" if day < 32 else f"2026-04-0{day - 31}")
"""Around the Sunday on which clocks are put forward in Europe."""
DAYS = st.lists(st.sampled_from([day.value for day in DayOfWeek]), max_size=4, unique=True)
LOW = st.integers(0, 6)
VOLUMES = {f"{side}_{name}": LOW for side in ("min", "max") for name in ("kwh", "duration", "power", "current")}
HOURS = {"start_time": CLOCK, "end_time": CLOCK}
CALENDAR = {**HOURS, "day_of_week": DAYS, "start_date": DATES, "end_date": DATES}


@st.composite
def restrictions(draw: st.DrawFn, known: dict[str, st.SearchStrategy[Any]] | None = None) -> TariffRestrictions:
    """Up to four of them; some can never hold."""
    known = known or CALENDAR | VOLUMES
    chosen = draw(st.lists(st.sampled_from(sorted(known)), max_size=4, unique=True))
    return TariffRestrictions.model_validate({name: draw(known[name]) for name in chosen})


def conditions(known: dict[str, st.SearchStrategy[Any]] | None = None) -> st.SearchStrategy[Condition]:
    """Of restrictions that can hold."""
    return restrictions(known).map(Condition.of).filter(bool).flatmap(st.sampled_from)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Everything is known, and no reservation."""
    day, minute = draw(DATES), draw(st.sampled_from([0, 29, 30, 59]))
    half = LOW.map(lambda value: Fraction(value, 2) + 1)
    return Situation(
        datetime.fromisoformat(f"{day}T{draw(st.integers(0, 23)):02}:{minute:02}"),
        *(draw(half | LOW) for _ in range(4)),
    )


KINDS = st.sampled_from(["ENERGY", "TIME", "PARKING_TIME", "FLAT"])
PRICES = st.sampled_from(["0", "0.25", "0.4", "6"])


@st.composite
def elements(
    draw: st.DrawFn, known: dict[str, st.SearchStrategy[Any]] | None = None, kinds: st.SearchStrategy[str] = KINDS
) -> list[dict[str, Any]]:
    """Elements of one component each, as `examples.element` makes them."""
    drawn = draw(st.lists(st.tuples(kinds, PRICES, restrictions(known)), min_size=1, max_size=5))
    return [element(kind, price, 1, "20", **said.model_dump(exclude_defaults=True)) for kind, price, said in drawn]


def holds(condition: Condition, now: Situation) -> bool:
    """As the cost engine judges it, which has no part in conditions."""
    return Window.of(TariffRestrictions.model_validate(condition.restrictions() or {})).holds(now)
