"""Prices that add up as rules of which the first that holds counts, which is how OCPI reads its elements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.tariffs.conditions import Condition
from app.tariffs.rates import is_covered


@dataclass(frozen=True, slots=True)
class PricedTimes:
    """One price, and when it holds."""

    price: Decimal
    vat: Decimal | None
    whole: tuple[Condition, ...]
    """Exceptions included; may overlap."""
    exceptions: tuple[Condition, ...]
    regions: tuple[Condition, ...]
    """Exceptions left out; none holds beside another."""


@dataclass(frozen=True, slots=True)
class Rule:
    when: Condition
    price: Decimal
    vat: Decimal | None


def apart(conditions: Iterable[Condition], taken: Iterable[Condition] = ()) -> tuple[Condition, ...]:
    """The same in conditions that exclude each other, without what is taken."""
    gone, found = list(taken), list[Condition]()
    for condition in conditions:
        left = [condition]
        for other in gone:
            left = [rest for one in left for rest in one.minus(other)]
        found += left
        gone.append(condition)
    return tuple(found)


def first_match(prices: Sequence[PricedTimes]) -> list[Rule]:
    """Rules of which the first that holds gives the sum of all prices that hold."""
    if not are_apart(prices):
        return _added_up(prices)
    rules: list[Rule] = []
    for one in sorted(prices, key=lambda one: len(one.exceptions)):
        before = [rule.when for rule in rules]
        hidden = all(is_covered(exception, before) for exception in _within(one))
        rules += [Rule(when, one.price, one.vat) for when in (one.whole if hidden else one.regions)]
    return rules


def _within(one: PricedTimes) -> list[Condition]:
    found = (when.both(exception) for when in one.whole for exception in one.exceptions)
    return [common for common in found if common is not None]


def are_apart(prices: Sequence[PricedTimes]) -> bool:
    """Whether no two of them ever hold at once."""
    for at, one in enumerate(prices):
        for other in prices[:at]:
            if any(mine.both(theirs) is not None for mine in one.regions for theirs in other.regions):
                return False
    return True


def _added_up(prices: Sequence[PricedTimes]) -> list[Rule]:
    """Rules that exclude each other. The tax rate of a sum is that of its parts, or none where they differ."""
    rules: list[Rule] = []
    for one in prices:
        left = list(one.regions)
        for rule in list(rules):
            common = [both for when in one.regions if (both := when.both(rule.when)) is not None]
            if not common:
                continue
            rules.remove(rule)
            rules += [Rule(rest, rule.price, rule.vat) for rest in apart([rule.when], common)]
            vat = one.vat if one.vat == rule.vat else None
            rules += [Rule(both, rule.price + one.price, vat) for both in common]
            left = [rest for when in left for rest in when.minus(rule.when)]
        rules += [Rule(when, one.price, one.vat) for when in left]
    return rules
