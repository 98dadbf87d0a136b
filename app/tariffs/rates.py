"""A tariff by dimension: rates of which the first that holds counts, and the same said so that none holds beside another.

What a charging session costs, unless a reservation or booking is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Generic, Protocol, TypeVar

from app.model.enums import TariffDimensionType
from app.model.tariff import PriceComponent, Tariff, TariffElement
from app.tariffs.conditions import ALWAYS, TIMES, VOLUMES, Condition


@dataclass(frozen=True, slots=True)
class Rate:
    element: int
    """Index in the tariff's elements."""
    component: PriceComponent
    when: Condition


Rates = dict[TariffDimensionType, tuple[Rate, ...]]


class Conditional(Protocol):
    @property
    def when(self) -> Condition: ...


R = TypeVar("R", bound=Conditional)


@dataclass(frozen=True, slots=True)
class Exclusive(Generic[R]):
    """A rate that holds whenever `when` does and none of `excepted`, whatever other rates there are."""

    rate: R
    when: Condition
    excepted: tuple[Condition, ...]
    """Of the calendar alone (days, hours, dates), each within `when`."""

    def conditions(self) -> list[Condition]:
        """The same without exceptions: conditions that exclude each other."""
        return without([self.when], self.excepted, TIMES)


def occasion_of(element: TariffElement) -> str | None:
    """`RESERVATION`, `BOOKING_EXPIRES` and the like; None: charging."""
    restrictions = element.restrictions
    return None if restrictions is None else restrictions.reservation or restrictions.booking


def is_for_charging(element: TariffElement) -> bool:
    return occasion_of(element) is None


def rates_of(tariff: Tariff, occasion: str | None = None) -> Rates:
    """Of each dimension in order, those that can never be the first to hold included; `occasion` as `occasion_of`."""
    found: dict[TariffDimensionType, list[Rate]] = {}
    for index, element in enumerate(tariff.elements):
        if occasion_of(element) == occasion:
            for when in Condition.of(element.restrictions):
                for component in element.price_components:
                    found.setdefault(component.type, []).append(Rate(index, component, when))
    return {dimension: tuple(rates) for dimension, rates in found.items()}


def reachable(rates: Sequence[Rate]) -> list[Rate]:
    """Without those before which another always holds."""
    return [rate for at, rate in enumerate(rates) if not is_covered(rate.when, [one.when for one in rates[:at]])]


def is_covered(condition: Condition, others: Iterable[Condition]) -> bool:
    """Whether one of the others holds whenever the condition does."""
    near = [other for other in others if condition.meets(other)]
    if not near:
        return False
    if any(condition.within(other) for other in near):
        return True
    # Of what has no end, something else without an end covers the last part.
    endless = [name for name in ("dates", *VOLUMES) if _is_endless(name, condition)]
    if not all(any(_is_endless(name, other) for other in near) for name in endless):
        return False
    return all(is_covered(part, near[1:]) for part in condition.minus(near[0]))


def exclusive(rates: Sequence[R]) -> list[Exclusive[R]]:
    """The rates of one dimension, of which the first that holds counts, as ones that exclude each other.

    In the same order; a rate may come in several parts.
    """
    found: list[Exclusive[R]] = []
    for at, rate in enumerate(rates):
        parts = [Exclusive(rate, rate.when, ())]
        for earlier in rates[:at]:
            parts = [left for part in parts for left in _beside(part, earlier.when)]
        found += [part for part in parts if not part.excepted or part.conditions()]
    return found


def _beside(part: Exclusive[R], earlier: Condition) -> list[Exclusive[R]]:
    """The part without what an earlier rate has: by exception where the calendar tells them apart, else by volumes."""
    common = part.when.both(earlier)
    if common is None:
        return [part]
    left: list[Exclusive[R]] = []
    if not part.when.within(earlier, TIMES):
        left.append(replace(part, excepted=(*part.excepted, common.of_axes(TIMES))))
    if not part.when.within(earlier, VOLUMES):
        inside = part.when.both(earlier.of_axes(TIMES)) or ALWAYS
        times = inside.of_axes(TIMES)
        excepted = tuple(found for one in part.excepted if (found := one.both(times)))
        left += [Exclusive(part.rate, when, excepted) for when in inside.minus(earlier, VOLUMES)]
    return left


def without(
    conditions: list[Condition], others: Iterable[Condition], axes: Sequence[str] = (*TIMES, *VOLUMES)
) -> list[Condition]:
    """When one of the conditions holds and none of the others does."""
    return reduce(lambda left, other: [rest for one in left for rest in one.minus(other, axes)], others, conditions)


def _is_endless(name: str, condition: Condition) -> bool:
    span = getattr(condition, name)
    if name == "dates":
        return span is None or span[1].year == 9999
    return span[1] is None
