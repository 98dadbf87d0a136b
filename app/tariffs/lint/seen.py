"""A tariff as the rules look at it: what they ask for more than once is worked out once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cached_property

from app.clock import Millis, from_millis
from app.model.canonical import number_text
from app.model.enums import TariffDimensionType
from app.model.tariff import PriceComponent, Tariff, TariffElement, TariffRestrictions
from app.tariffs.adhoc.parts import components
from app.tariffs.adhoc.price import Component
from app.tariffs.lint.plausible import Doubt, doubt
from app.tariffs.rates import Rate, Rates, is_for_charging, rates_of

_PER_MINUTE = (TariffDimensionType.TIME, TariffDimensionType.PARKING_TIME)
_MINUTES = 60
_LAST_ZONE = timedelta(hours=12)
"""By which the last time zone is behind UTC."""


@dataclass(frozen=True, slots=True)
class Charge:
    """Something that a driver pays for while charging, other than nothing."""

    charging: bool | None
    """Of a price per minute: whether it counts while the car charges; None: all the while."""
    rates: tuple[Rate, ...]


@dataclass(frozen=True)
class Seen:
    tariff: Tariff
    at: Millis | None = None
    """None: nothing is said of what is over."""

    @cached_property
    def rates(self) -> Rates:
        return rates_of(self.tariff)

    @cached_property
    def charges(self) -> dict[Component, Charge]:
        """Without prices of 0; empty: it is free."""
        found: dict[Component, Charge] = {}
        for component, charging, rates in components(self.tariff, self.rates):
            if paid := tuple(rate for rate in rates if rate.component.price):
                found[component] = Charge(charging, paid)
        return found

    @property
    def lacks_energy(self) -> bool:
        """Whether something is charged, but not for energy."""
        return bool(self.charges) and Component.ENERGY not in self.charges

    def paid(self, component: Component) -> tuple[Rate, ...]:
        charge = self.charges.get(component)
        return charge.rates if charge else ()

    def beside_energy(self) -> Iterator[Rate]:
        return (
            rate for component in self.charges if component is not Component.ENERGY for rate in self.paid(component)
        )

    @cached_property
    def components(self) -> tuple[tuple[int, int, PriceComponent], ...]:
        """Index of the element, index in it, and the component; those of reservations and bookings too."""
        return tuple(
            (element, at, component)
            for element, found in enumerate(self.tariff.elements)
            for at, component in enumerate(found.price_components)
        )

    @cached_property
    def restrictions(self) -> tuple[tuple[int, TariffRestrictions], ...]:
        """With the index of the element."""
        found = ((index, element.restrictions) for index, element in enumerate(self.tariff.elements))
        return tuple((index, restrictions) for index, restrictions in found if restrictions is not None)

    @cached_property
    def doubts(self) -> tuple[tuple[int, int, PriceComponent, Doubt], ...]:
        """Prices that are likely wrong, with their place as in `components`."""
        found = ((*placed, doubt(placed[2], self.tariff.currency)) for placed in self.components)
        return tuple((element, at, component, what) for element, at, component, what in found if what is not None)

    @cached_property
    def today(self) -> str:
        """The date where the day ends last, as text: what ended by then is over everywhere. Empty without a time."""
        return f"{from_millis(self.at) - _LAST_ZONE:%Y-%m-%d}" if self.at is not None else ""

    def charging_elements(self) -> Iterator[tuple[int, TariffElement]]:
        return ((index, element) for index, element in enumerate(self.tariff.elements) if is_for_charging(element))

    def path(self, rate: Rate) -> str:
        types = [component.type for component in self.tariff.elements[rate.element].price_components]
        return component_path(rate.element, types.index(rate.component.type))

    def price(self, component: PriceComponent) -> str:
        """`0.59 EUR per kWh`; per minute where OCPI has hours."""
        amount, unit = component.price, _UNITS[component.type]
        if component.type in _PER_MINUTE:
            amount /= _MINUTES
        return f"{self.money(amount)} per {unit}"

    def money(self, amount: Decimal) -> str:
        return f"{number_text(round(amount, 4))} {self.tariff.currency}"


_UNITS = {
    TariffDimensionType.ENERGY: "kWh",
    TariffDimensionType.TIME: "minute",
    TariffDimensionType.PARKING_TIME: "minute",
    TariffDimensionType.FLAT: "session",
}


def component_path(element: int, at: int) -> str:
    return f"elements[{element}].price_components[{at}]"
