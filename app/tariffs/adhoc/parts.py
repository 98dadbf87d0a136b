"""A tariff at a moment, as the parts of an ad hoc price.

OCPI has no fee for occupying a point (ocpi#225, ocpi#543). Read as one are: what the field `occupancy` says; a price of
PARKING_TIME, counted while the car does not charge; and TIME and PARKING_TIME of the same price from some minute on, counted
all the while. From the first minute on they are a price per minute.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from app.model.enums import TariffDimensionType, TaxIncluded
from app.model.money import Price, TaxBasis, Unit
from app.model.tariff import OccupancyStart, PriceComponent, Tariff
from app.tariffs.adhoc.price import Component, PricePart
from app.tariffs.conditions import TIMES, VOLUMES, Condition
from app.tariffs.rates import Rate, Rates, is_covered, rates_of

_D = TariffDimensionType
_UNITS = {_D.ENERGY: Unit.KWH, _D.TIME: Unit.HOUR, _D.PARKING_TIME: Unit.HOUR, _D.FLAT: Unit.SESSION}
BASES = {TaxIncluded.YES: TaxBasis.GROSS, TaxIncluded.NO: TaxBasis.NET, TaxIncluded.NOT_APPLICABLE: TaxBasis.UNTAXED}


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rate as a part, whenever it holds."""

    part: PricePart
    when: Condition


class TariffParts:
    """The parts of a tariff, at a connector that gives `power_kw` at most."""

    def __init__(self, tariff: Tariff, power_kw: Decimal | None) -> None:
        self._tariff = tariff
        rates = rates_of(tariff)
        rules = [rule for component in components(tariff, rates) for rule in self._rules(*component)]
        self._rules_in_order = [rule for rule in rules if (power_kw is None or _can_hold(rule.when, power_kw))]
        self._power_kw = power_kw

    def always(self) -> tuple[PricePart, ...]:
        """Each with all of its conditions, of the calendar too; of those of one component the first that holds counts."""
        return tuple(rule.part for rule in self._rules_in_order)

    def at(self, local: datetime) -> tuple[PricePart, ...]:
        """`local`: the wall clock at the location."""
        found: list[PricePart] = []
        for rule in self._rules_in_order:
            now = rule.when.holds_at(local)
            if rule.part.component is Component.OCCUPANCY:
                found.append(replace(rule.part, when=rule.when, now=now))
            elif now:
                found.append(replace(rule.part, when=self._of_session(rule.when)))
        return tuple(_without_hidden(found))

    def _of_session(self, when: Condition) -> Condition:
        """Bands of power up to what the connector gives have no upper end."""
        when = when.of_axes(VOLUMES)
        low, high = when.power
        if self._power_kw is not None and high is not None and high > self._power_kw:
            when = replace(when, power=(low, None))
        return when

    def _rules(self, component: Component, charging: bool | None, rates: Iterable[Rate]) -> Iterator[_Rule]:
        for rate in rates:
            price, block = price_of(self._tariff, rate.component), max(rate.component.step_size, 1)
            yield _Rule(PricePart(component, price, rate.when, charging, block=block), rate.when)


def price_of(tariff: Tariff, component: PriceComponent) -> Price:
    """Per kWh, minute or session."""
    unit, basis = _UNITS[component.type], BASES[tariff.tax_included]
    price = Price(component.price, tariff.currency, unit, basis, component.vat)
    return price.per(Unit.MINUTE) if unit is Unit.HOUR else price


def components(tariff: Tariff, rates: Rates) -> Iterator[tuple[Component, bool | None, Sequence[Rate]]]:
    """In the order of Art. 5(4); the second is `PricePart.charging`. A component may come without rates."""
    time: Sequence[Rate] = rates.get(_D.TIME, ())
    parking: Sequence[Rate] = rates.get(_D.PARKING_TIME, ())
    yield Component.ENERGY, None, rates.get(_D.ENERGY, ())
    starts = tariff.occupancy.from_ if tariff.occupancy else None
    connected = starts is not OccupancyStart.CHARGING_END and _same(time, parking)
    declared = starts is OccupancyStart.SESSION_START
    if declared and not connected:
        time = _without_fee(time, parking)
    if connected and not declared and any(not rate.when.seconds[0] for rate in time):
        yield Component.TIME, None, time
        parking = ()
    elif not connected:
        yield Component.TIME, True, time
    yield Component.SESSION, None, rates.get(_D.FLAT, ())
    yield Component.OCCUPANCY, None if declared or connected else False, parking


def _same(time: Sequence[Rate], parking: Sequence[Rate]) -> bool:
    def said(rates: Sequence[Rate]) -> list[tuple[Condition, Decimal]]:
        return [(rate.when, rate.component.price) for rate in rates]

    return bool(time) and said(time) == said(parking)


def _without_fee(time: Sequence[Rate], parking: Sequence[Rate]) -> list[Rate]:
    """Prices of charging time less the occupancy fee that runs then too."""
    less: list[Rate] = []
    for rate in time:
        fee = next((one.component.price for one in parking if rate.when.within(one.when)), Decimal(0))
        component = rate.component.model_copy(update={"price": rate.component.price - fee})
        less.append(replace(rate, component=component))
    return less if any(rate.component.price for rate in less) else []


def _can_hold(when: Condition, power_kw: Decimal) -> bool:
    return when.power[0] is None or when.power[0] <= power_kw


def _without_hidden(parts: list[PricePart]) -> Iterator[PricePart]:
    """Without those before which another of the component always holds."""
    for at, part in enumerate(parts):
        earlier = (one.when for one in parts[:at] if one.component is part.component)
        axes = TIMES + VOLUMES if part.component is Component.OCCUPANCY else VOLUMES
        if not is_covered(part.when.of_axes(axes), earlier):
            yield part
