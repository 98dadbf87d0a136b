"""What an ad hoc price says."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.clock import Millis
from app.model.connector import AdhocOffer
from app.model.money import Price
from app.model.tariff import Tariff
from app.tariffs.conditions import Condition
from app.tariffs.cost import Cost, cost
from app.tariffs.cost.reading import plain

COMPARED_KWH = COMPARED_MINUTES = Decimal(30)


class Component(StrEnum):
    """In the order in which a driver is to see them (Art. 5(4))."""

    ENERGY = "energy"
    """Per kWh."""
    TIME = "time"
    """Per minute."""
    SESSION = "session"
    """Per session."""
    OCCUPANCY = "occupancy"
    """Per minute, against staying long."""


@dataclass(frozen=True, slots=True)
class PricePart:
    component: Component
    price: Price
    """Per kWh, minute or session."""
    when: Condition
    """For which part of a session: kWh, seconds, power, current. Of occupancy also on which days, hours and dates."""
    charging: bool | None = None
    """Of a price per minute: True counts while the car charges, False while it does not, None all the while."""
    now: bool = True
    """False: an occupancy fee outside of its days, hours and dates."""
    block: int = 1
    """Billed in started Wh or seconds; 1: as the meter counts."""


@dataclass(frozen=True, slots=True)
class AdhocPrice:
    tariff: Tariff
    """With its minimum and maximum, its tax basis, and what it says of `occupancy` (grace, cap) beyond OCPI."""
    parts: tuple[PricePart, ...]
    valid_from: Millis | None
    """None: since before anything the tariff tells."""
    next_change: Millis | None
    """When this price ends or becomes another; None: no change is known."""
    offer: AdhocOffer | None = None
    """The ways to pay that it holds for; None: all."""
    default: bool = True
    """The one meant where just one price can be said."""

    def of(self, component: Component) -> tuple[PricePart, ...]:
        return tuple(part for part in self.parts if part.component is component)

    def first(self, component: Component) -> Price | None:
        """What it costs when a session begins, at full power; None: nothing is charged for it then."""
        return next((part.price for part in self.of(component) if part.now and _from_the_beginning(part)), None)


def _from_the_beginning(part: PricePart) -> bool:
    """At full power, bands of power have no upper end (see `parts`)."""
    when = part.when
    return not (when.kwh[0] or when.seconds[0]) and when.power[1] is None and when.current[1] is None


def compared(price: AdhocPrice, time_zone: str, at: Millis) -> Cost:
    """What 30 kWh in 30 minutes cost from `at` on: a figure to compare prices by."""
    return cost(price.tariff, plain(at, COMPARED_KWH, COMPARED_MINUTES), time_zone)
