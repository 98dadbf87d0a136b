"""When a price holds, in what OCPI restrictions can say; and lists of prices in which the first match counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.model.enums import DayOfWeek
from app.model.tariff import TariffRestrictions
from app.tariffs.plan.words import DAY_MINUTES, clock

Bounds = tuple[Decimal | None, Decimal | None]
"""From the first on, below the second; None: open."""
OPEN: Bounds = (None, None)
_DAYS = tuple(DayOfWeek)
_NUMBERS = {day: number for number, day in enumerate(_DAYS)}
_WHOLE_DAY: Any = (0, DAY_MINUTES)
_EVER: Any = (date.min, date.max)
WEEK = frozenset(range(7))
TIMES = ("days", "hours", "dates")
"""What the calendar decides; the rest depends on the session."""
VOLUMES = ("kwh", "seconds", "power", "current")


@dataclass(frozen=True, slots=True)
class Condition:
    """All of it must hold."""

    days: frozenset[int] | None = None
    """0 is Monday; None: every day."""
    hours: tuple[int, int] | None = None
    """Minutes of one local day, the second exclusive and at most 1440; None: all day."""
    dates: tuple[date, date] | None = None
    """The second exclusive; date.min and date.max where that end is open."""
    kwh: Bounds = OPEN
    seconds: Bounds = OPEN
    power: Bounds = OPEN
    current: Bounds = OPEN

    @classmethod
    def of(cls, restrictions: TariffRestrictions | None) -> tuple[Condition, ...]:
        """Two where the hours pass midnight: what the weekday is then stays clear. Empty where they can never hold. Whether the
        element is about a reservation or a booking is not asked.
        """
        if restrictions is None:
            return (ALWAYS,)
        dates = None
        if restrictions.start_date or restrictions.end_date:
            edges = (restrictions.start_date or date.min, restrictions.end_date or date.max)
            dates = (date.fromisoformat(str(edges[0])), date.fromisoformat(str(edges[1])))
        days = frozenset(_NUMBERS[day] for day in restrictions.day_of_week) or None
        kwh = (restrictions.min_kwh or None, restrictions.max_kwh)
        seconds = (_number(restrictions.min_duration or None), _number(restrictions.max_duration))
        power = (restrictions.min_power or None, restrictions.max_power)
        current = (restrictions.min_current or None, restrictions.max_current)
        if (dates and dates[0] >= dates[1]) or None in [_narrow(one, OPEN) for one in (kwh, seconds, power, current)]:
            return ()
        return tuple(cls(days, span, dates, kwh, seconds, power, current) for span in _spans(restrictions))

    def both(self, other: Condition) -> Condition | None:
        """What holds when both do; None: never."""
        days = self.days if other.days is None else other.days if self.days is None else self.days & other.days
        if days == frozenset():
            return None
        hours, dates = _meet(self.hours, other.hours), _meet(self.dates, other.dates)
        if hours == () or dates == ():
            return None
        mine, theirs = self._volumes(), other._volumes()
        spans = mine if mine == theirs else [_narrow(*pair) for pair in zip(mine, theirs, strict=True)]
        if None in spans:
            return None
        return Condition(days, hours or None, dates or None, *spans)

    def meets(self, other: Condition) -> bool:
        """Whether both can hold at once."""
        if self.days is not None and other.days is not None and self.days.isdisjoint(other.days):
            return False
        if _meet(self.hours, other.hours) == () or _meet(self.dates, other.dates) == ():
            return False
        mine, theirs = self._volumes(), other._volumes()
        return mine == theirs or all(_narrow(*pair) is not None for pair in zip(mine, theirs, strict=True))

    def within(self, other: Condition, axes: Sequence[str] = (*TIMES, *VOLUMES)) -> bool:
        """Whether `other` holds whenever this does, as far as `axes` go."""
        return all(_outside(name, getattr(self, name), getattr(other, name)) == [] for name in axes)

    def minus(self, other: Condition, axes: Sequence[str] = (*TIMES, *VOLUMES)) -> list[Condition]:
        """When this holds and `other` does not, in conditions that exclude each other; `other` is looked at on `axes` alone."""
        common = self.both(other.of_axes(axes))
        if common is None:
            return [self]
        rest, left = [], self
        for name in axes:
            mine, theirs = getattr(left, name), getattr(other, name)
            if outside := _outside(name, mine, theirs):
                rest += [replace(left, **{name: part}) for part in outside]
                left = replace(left, **{name: getattr(common, name)})
        return rest

    def _volumes(self) -> tuple[Bounds, ...]:
        return self.kwh, self.seconds, self.power, self.current

    def of_axes(self, axes: Sequence[str]) -> Condition:
        """Without what it says of anything else."""
        return Condition(**{name: getattr(self, name) for name in axes})

    def holds_at(self, local: datetime) -> bool:
        """Whether days, hours and dates hold at a wall clock, whatever the volumes."""
        if self.days is not None and local.weekday() not in self.days:
            return False
        if self.hours is not None and not self.hours[0] <= local.hour * 60 + local.minute < self.hours[1]:
            return False
        return self.dates is None or self.dates[0] <= local.date() < self.dates[1]

    def on(self, dates: tuple[date, date]) -> Condition | None:
        """The same on some dates, whatever their weekday."""
        return replace(self, days=None).both(Condition(dates=dates))

    def restrictions(self) -> dict[str, Any] | None:
        """As OCPI TariffRestrictions; None: no restriction."""
        found: dict[str, Any] = {}
        if self.hours:
            found |= {"start_time": clock(self.hours[0]), "end_time": clock(self.hours[1])}
        if self.dates:
            edges = (("start_date", self.dates[0], date.min), ("end_date", self.dates[1], date.max))
            found |= {name: edge.isoformat() for name, edge, is_open in edges if edge != is_open}
        volumes = (("kwh", self.kwh), ("power", self.power), ("current", self.current), ("duration", self.seconds))
        for name, bounds in volumes:
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


def _spans(restrictions: TariffRestrictions) -> Iterator[tuple[int, int] | None]:
    begin, end = (_minute(text) for text in (restrictions.start_time, restrictions.end_time))
    end = end or DAY_MINUTES
    if begin < end:
        yield whole_day((begin, end))
    elif begin == end:
        yield None
    else:
        yield from ((0, end), (begin, DAY_MINUTES))


def _minute(text: str | None) -> int:
    return int(text[:2]) * 60 + int(text[3:]) if text else 0


def _number(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _outside(name: str, mine: Any, theirs: Any) -> list[Any]:
    """The parts of one side of a condition that lie outside of another's; empty where there are none."""
    if theirs is None or theirs == OPEN:
        return []
    if name == "days":
        left = (mine or WEEK) - theirs
        return [left] if left else []
    if name in VOLUMES:
        return _bounds_outside(mine, theirs)
    low, high = mine or (_WHOLE_DAY if name == "hours" else _EVER)
    parts = ((low, min(high, theirs[0])), (max(low, theirs[1]), high))
    return [part for part in parts if part[0] < part[1]]


def _bounds_outside(mine: Bounds, theirs: Bounds) -> list[Bounds]:
    below = None if theirs[0] is None else _narrow(mine, (None, theirs[0]))
    above = None if theirs[1] is None else _narrow(mine, (theirs[1], None))
    return [part for part in (below, above) if part is not None]


def _meet(one: Any, other: Any) -> Any:
    """The common part of two spans, None meaning all; () where there is none."""
    span = one or other if one is None or other is None else (max(one[0], other[0]), min(one[1], other[1]))
    return span if span is None or span[0] < span[1] else ()


def _narrow(one: Bounds, other: Bounds) -> Bounds | None:
    """The common part; None where there is none. Volumes begin at 0: nothing lies below."""
    if other == OPEN:
        low, high = one
    elif one == OPEN:
        low, high = other
    else:
        low = max((bound for bound in (one[0], other[0]) if bound is not None), default=None)
        high = min((bound for bound in (one[1], other[1]) if bound is not None), default=None)
    return None if high is not None and (low or 0) >= high else (low, high)
