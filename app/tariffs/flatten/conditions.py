"""When a price holds, in what OCPI restrictions can say; and lists of prices in which the first match counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from app.model.enums import DayOfWeek
from app.tariffs.plan.words import DAY_MINUTES, clock

Bounds = tuple[Decimal | None, Decimal | None]
"""From the first on, below the second; None: open."""
OPEN: Bounds = (None, None)
_DAYS = tuple(DayOfWeek)


@dataclass(frozen=True, slots=True)
class Condition:
    """All of it must hold."""

    days: frozenset[int] | None = None
    """0 is Monday; None: every day."""
    hours: tuple[int, int] | None = None
    """Minutes of one local day, the second exclusive and at most 1440; None: all day."""
    dates: tuple[date, date] | None = None
    """The second exclusive."""
    kwh: Bounds = OPEN
    seconds: Bounds = OPEN
    power: Bounds = OPEN

    def both(self, other: Condition) -> Condition | None:
        """What holds when both do; None: never."""
        days = self.days if other.days is None else other.days if self.days is None else self.days & other.days
        hours, dates = _meet(self.hours, other.hours), _meet(self.dates, other.dates)
        spans = [_narrow(getattr(self, name), getattr(other, name)) for name in ("kwh", "seconds", "power")]
        if days == frozenset() or hours == () or dates == () or None in spans:
            return None
        kwh, seconds, power = (span or OPEN for span in spans)
        return Condition(days, hours or None, dates or None, kwh, seconds, power)

    def on(self, dates: tuple[date, date]) -> Condition | None:
        """The same on some dates, whatever their weekday."""
        return replace(self, days=None).both(Condition(dates=dates))

    def restrictions(self) -> dict[str, Any] | None:
        """As OCPI TariffRestrictions; None: no restriction."""
        found: dict[str, Any] = {}
        if self.hours:
            found |= {"start_time": clock(self.hours[0]), "end_time": clock(self.hours[1])}
        if self.dates:
            found |= {"start_date": self.dates[0].isoformat(), "end_date": self.dates[1].isoformat()}
        for name, bounds in (("kwh", self.kwh), ("power", self.power), ("duration", self.seconds)):
            for side, bound in zip(("min", "max"), bounds, strict=True):
                if bound is not None:
                    found[f"{side}_{name}"] = int(bound) if name == "duration" else bound
        if self.days is not None:
            found["day_of_week"] = [_DAYS[day] for day in sorted(self.days)]
        return found or None


ALWAYS = Condition()
Rules = list[tuple[Condition, Decimal]]
"""Price per unit; the first whose condition holds counts, and none where none does."""


def summed(one: Rules, other: Rules) -> Rules:
    """The sum of two prices that hold at the same time. Each list must end with what holds always."""
    rules = [(found, a + b) for first, a in one for second, b in other if (found := first.both(second))]
    return reachable(rules)


def reachable(rules: Rules) -> Rules:
    """Without what can never be the first match because it comes again, or after what holds always."""
    found: dict[Condition, Decimal] = {}
    for condition, price in rules:
        found.setdefault(condition, price)
        if condition == ALWAYS:
            break
    return list(found.items())


def without_idle_end(rules: Rules, *, whole: bool = False) -> Rules:
    """Without prices of 0 at the end: what no element matches costs nothing.

    `whole`: all or none of them, for `step_size` rounds the total of what is matched: a part of it may end within a Wh.
    """
    end = len(rules)
    while end and not rules[end - 1][1]:
        end -= 1
    return rules if whole and end else rules[:end]


def whole_day(span: tuple[int, int]) -> tuple[int, int] | None:
    return None if span == (0, DAY_MINUTES) else span


def _meet(one: Any, other: Any) -> Any:
    """The common part of two spans, None meaning all; () where there is none."""
    if one is None or other is None:
        return one or other
    span = max(one[0], other[0]), min(one[1], other[1])
    return span if span[0] < span[1] else ()


def _narrow(one: Bounds, other: Bounds) -> Bounds | None:
    lows = [bound for bound in (one[0], other[0]) if bound is not None]
    highs = [bound for bound in (one[1], other[1]) if bound is not None]
    low, high = max(lows, default=None), min(highs, default=None)
    if low is not None and high is not None and low >= high:
        return None
    return low, high
