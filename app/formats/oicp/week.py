"""When a pricing product is available: weekdays and hours by the wall clock at the EVSE, and nothing else (OICP Pricing,
ProductAvailabilityTimes)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from app.formats.oicp.conversion import Record
from app.tariffs.conditions import WEEK, Condition
from app.tariffs.plan.words import DAY_MINUTES, clock

_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ON = {"Everyday": WEEK, "Workdays": frozenset(range(5)), "Weekend": frozenset({5, 6})} | {
    name: frozenset({day}) for day, name in enumerate(_NAMES)
}
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Hours of one weekday."""

    day: int
    """0 is Monday."""
    hours: Span
    """Minutes since midnight, the second exclusive and at most 1440."""

    @property
    def condition(self) -> Condition:
        return Condition(days=frozenset({self.day}), hours=self.hours)

    def __str__(self) -> str:
        """`MON0800`: no two stretches of a week begin at once."""
        return f"{_NAMES[self.day][:3]}{clock(self.hours[0]).replace(':', '')}".upper()


def stretches(conditions: Iterable[Condition]) -> list[Stretch]:
    """The week, cut wherever the hours of a condition begin or end."""
    edges = sorted({0, DAY_MINUTES}.union(*(condition.hours or () for condition in conditions)))
    return [Stretch(day, hours) for day in sorted(WEEK) for hours in pairwise(edges)]


def availability(found: Iterable[Stretch]) -> list[Record]:
    """As ProductAvailabilityTimes; the stretches come in order. The end of a day is written 00:00, as Hubject's examples do."""
    by_day: dict[int, list[Span]] = {}
    for stretch in found:
        spans = by_day.setdefault(stretch.day, [])
        if spans and spans[-1][1] == stretch.hours[0]:
            spans[-1] = (spans[-1][0], stretch.hours[1])
        else:
            spans.append(stretch.hours)
    days: dict[tuple[Span, ...], set[int]] = {}
    for day, spans in by_day.items():
        days.setdefault(tuple(spans), set()).add(day)
    return [
        {"Periods": [{"begin": clock(begin), "end": clock(end)} for begin, end in spans], "on": on}
        for spans, when in days.items()
        for on in _named(when)
    ]


def _named(days: set[int]) -> Iterator[str]:
    for name, named in _ON.items():
        if named <= days:
            days = days - named
            yield name
