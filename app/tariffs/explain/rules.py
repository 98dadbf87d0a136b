"""From rules of which the first that holds counts to a base price and its exceptions, with as little said as is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations, product
from typing import Any

from app.model.money import Price
from app.tariffs.conditions import ALWAYS, OPEN, VOLUMES, Condition
from app.tariffs.explain.said import Charge, Item, Subject, When
from app.tariffs.plan.words import DAY_MINUTES
from app.tariffs.rates import is_covered

_NOT_INTRODUCED = ("dates", *VOLUMES)
"""Axes on which an exception is not narrowed unless it has a limit there: what is named before it says the same."""
_MOST_PARTS = 2
_MOST_EARLIER = 4


@dataclass(frozen=True, slots=True)
class Rule:
    when: Condition
    price: Price
    block: int = 1


@dataclass(slots=True)
class _Entry:
    """Rules of the same price of which the order between them does not matter."""

    price: Price
    block: int
    conditions: list[Condition]

    def same(self, other: _Entry) -> bool:
        """What is free is free in any block and at any tax rate."""
        if not self.price.amount and not other.price.amount:
            return True
        return (self.price, self.block) == (other.price, other.block)

    def meets(self, other: _Entry) -> bool:
        """Whether both can hold at once."""
        return any(mine.meets(theirs) for mine, theirs in product(self.conditions, other.conditions))

    def goes_first(self) -> bool:
        """That the first kWh or minutes are free goes before all else, and is understood so where it is said by itself."""
        first = [Condition(kwh=(None, own.kwh[1]), seconds=(None, own.seconds[1])) for own in self.conditions]
        return not self.price.amount and self.conditions == first

    def contradicts(self, later: _Entry) -> bool:
        """Whether both are said of the same time, at different prices, and which of them counts is not understood."""
        return not self.same(later) and not self.goes_first() and self.meets(later)


def item_of(subject: Subject, rules: Sequence[Rule]) -> Item | None:
    """None: nothing is ever charged by these rules, and nothing said to be free."""
    entries, base = _entries(rules)
    complete = base is None and bool(entries) and is_covered(ALWAYS, [c for one in entries for c in one.conditions])
    if not complete:
        _drop_as_base(entries, base)
    if base is None and not entries:
        return None
    told = [replace(entry, conditions=_narrowed(entries, at)) for at, entry in enumerate(entries)]
    exceptions = tuple(Charge(one.price, whens_of(one.conditions), one.block) for one in told)
    otherwise = Charge(base.price, (), base.block) if base else None
    ordered = any(earlier.contradicts(later) for earlier, later in combinations(told, 2))
    return Item(subject, exceptions, otherwise, complete, ordered)


def _entries(rules: Sequence[Rule]) -> tuple[list[_Entry], _Entry | None]:
    """The exceptions, and the base; rules that can never be the first to hold are left out."""
    entries: list[_Entry] = []
    for at, rule in enumerate(rules):
        if is_covered(rule.when, (earlier.when for earlier in rules[:at])):
            continue
        entry = _Entry(rule.price, rule.block, [rule.when])
        if rule.when == ALWAYS:
            return entries, entry
        _add(entry, entries)
    return entries, None


def _add(new: _Entry, entries: list[_Entry]) -> None:
    """To one of the same price, where no other price between them holds at the same time; else by itself."""
    for entry in reversed(entries):
        if not entry.same(new):
            if entry.meets(new):
                break
        elif entry.goes_first() == new.goes_first():
            entry.conditions += new.conditions
            return
    entries.append(new)


def _drop_as_base(entries: list[_Entry], base: _Entry | None) -> None:
    """What costs the same as otherwise, and does not take precedence over another price, needs no saying."""
    for at in reversed(range(len(entries))):
        entry = entries[at]
        as_base = entry.same(base) if base else not entry.price.amount
        if as_base and not any(other.meets(entry) and not other.same(entry) for other in entries[at + 1 :]):
            del entries[at]


def _narrowed(entries: list[_Entry], at: int) -> list[Condition]:
    """When an entry holds and no earlier one of another price does, as far as that is short to say."""
    conditions = entries[at].conditions
    for earlier in entries[:at]:
        if not earlier.same(entries[at]) and len(earlier.conditions) <= _MOST_EARLIER:
            for other in earlier.conditions:
                conditions = _less(conditions, other) or conditions
    return conditions


def _less(conditions: Iterable[Condition], other: Condition) -> list[Condition] | None:
    found: list[Condition] = []
    for condition in conditions:
        parts = condition.minus(other)
        if len(parts) > _MOST_PARTS or any(_introduces(part, condition) for part in parts):
            return None
        found += parts
    return found


def _introduces(part: Condition, whole: Condition) -> bool:
    return any(_is_open(getattr(whole, name)) and not _is_open(getattr(part, name)) for name in _NOT_INTRODUCED)


def _is_open(limit: object) -> bool:
    return limit is None or limit == OPEN


def whens_of(conditions: Iterable[Condition]) -> tuple[When, ...]:
    """Conditions of which one must hold, in as few as there is need of."""
    whens = [_when(condition) for condition in conditions]
    whens = _folded(whens, "hours", lambda found: _merged(found, 0, DAY_MINUTES))
    whens = _folded(whens, "dates", lambda found: _merged(found, date.min, date.max))
    whens = _folded(whens, "days", lambda found: frozenset[int]().union(*found))
    return tuple(_past_midnight(when) for when in whens)


def _when(condition: Condition) -> When:
    return When(
        days=condition.days,
        hours=(condition.hours,) if condition.hours else (),
        dates=(condition.dates,) if condition.dates else (),
        kwh=condition.kwh,
        seconds=condition.seconds,
        power=condition.power,
        current=condition.current,
    )


def _folded(whens: Iterable[When], name: str, joined: Callable[[list[Any]], Any]) -> list[When]:
    """Those that differ in one field alone as one; without a limit there if one of them has none."""
    groups: dict[When, list[Any]] = {}
    nothing: Any = None
    for when in whens:
        groups.setdefault(replace(when, **{name: nothing}), []).append(getattr(when, name))
    return [replace(rest, **{name: joined(found) if all(found) else _open(found)}) for rest, found in groups.items()]


def _open(found: Iterable[Any]) -> Any:
    return next(one for one in found if not one)


def _merged(found: Iterable[tuple[Any, ...]], low: Any, high: Any) -> tuple[Any, ...]:
    """Spans in order, those that touch as one; empty where nothing is left out."""
    spans: list[tuple[Any, Any]] = []
    for begin, end in sorted(span for one in found for span in one):
        if spans and begin <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((begin, end))
    return () if spans == [(low, high)] else tuple(spans)


def _past_midnight(when: When) -> When:
    """22:00 to 06:00 in place of two spans; where days or dates are named, it would be said of the wrong morning."""
    hours = when.hours
    if when.days is not None or when.dates or len(hours) < 2 or hours[0][0] != 0 or hours[-1][1] != DAY_MINUTES:
        return when
    return replace(when, hours=(*hours[1:-1], (hours[-1][0], hours[0][1])))
