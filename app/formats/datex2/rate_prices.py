"""The prices of an energy rate as elements of an OCPI tariff."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app.clock import Millis
from app.formats.datex2 import sentences
from app.formats.datex2.amounts import Amounts
from app.formats.datex2.calendar import conditions_of
from app.formats.datex2.occupancy_fee import OccupancyFee, exempt_from
from app.formats.datex2.price_rules import PricedTimes, Rule, apart, are_apart, first_match
from app.formats.datex2.rates import EnergyPrice, PriceType
from app.model.enums import TariffDimensionType as Dimension
from app.model.loss import Loss
from app.tariffs.conditions import ALWAYS, TIMES, Condition
from app.tariffs.flatten.tariffs import Element, merge

_ONCE = (PriceType.BASE, PriceType.FLAT_RATE, PriceType.FREE)


@dataclass(slots=True)
class RatePrices:
    """Of one stretch of time in which the same prices are in force. Raises UnreadablePeriod."""

    prices: Sequence[EnergyPrice]
    amounts: Amounts
    zone: ZoneInfo
    at: Millis
    losses: dict[Loss, None]
    notes: dict[str, None] = field(default_factory=dict)

    def elements(self) -> list[dict[str, Any]]:
        """Empty: there is no price."""
        found: dict[Dimension, list[PricedTimes]] = {}
        for price in self.prices:
            times = self._times(price)
            for dimension in self._dimensions(price) if times.regions else ():
                found.setdefault(dimension, []).append(times)
        if not are_apart(found.get(Dimension.ENERGY, ())):
            self.notes["several prices per kWh hold at once, added up"] = None
        merged: list[Element] = []
        for dimension in (Dimension.ENERGY, Dimension.TIME, Dimension.PARKING_TIME, Dimension.FLAT):
            merge(merged, _components(first_match(found.get(dimension, ())), dimension))
        return [{"price_components": parts, "restrictions": when.restrictions()} for when, parts in merged]

    def occupancy(self) -> dict[str, Any] | None:
        """The one fee against staying long; None: there is none, or not one, or it is none that the field describes."""
        fees = [fee for price in self.prices if self._is_fee(price) if (fee := self._fee(price))]
        return fees[0].extension() if len(fees) == 1 else None

    def _lose(self, path: str, reason: str, value: object = "") -> None:
        self.losses[Loss(path, reason, str(value))] = None

    def _dimensions(self, price: EnergyPrice) -> tuple[Dimension, ...]:
        if price.price_type is PriceType.PER_KWH:
            return (Dimension.ENERGY,)
        if price.price_type in _ONCE:
            return (Dimension.FLAT,)
        if price.price_type is PriceType.PER_MINUTE:
            charging, idle = (
                sentences.is_said(one, price.additional_information) for one in (sentences.CHARGING, sentences.IDLE)
            )
            times = ((Dimension.TIME, not idle), (Dimension.PARKING_TIME, not charging))
            return tuple(dimension for dimension, counts in times if counts)
        self._lose("energyPrice[].priceType", "no such price in OCPI: left out", price.price_type)
        return ()

    def _times(self, price: EnergyPrice) -> PricedTimes:
        amount, is_exact = self.amounts.of(price)
        if not is_exact:
            self._lose("energyPrice[].value", f"four decimals in OCPI: read as {amount}", price.value)
        whole, exceptions = self._calendar(price)
        limits = self._limits(price)
        within = [both for when in whole if (both := when.both(limits)) is not None]
        if price.period is not None:
            exceptions = [*exceptions, *self._now(price.price_type)]
        return PricedTimes(amount, self.amounts.vat(price), tuple(within), tuple(exceptions), apart(within, exceptions))

    def _calendar(self, price: EnergyPrice) -> tuple[list[Condition], list[Condition]]:
        """When it is valid, and when it is not after all."""
        if price.period is None:
            return [ALWAYS], []
        valid, exceptions = (
            [found for period in periods for found in conditions_of(period, self.zone, self.at)]
            for periods in (price.period.valid, price.period.exceptions)
        )
        return valid if price.period.valid else [ALWAYS], exceptions

    def _now(self, kind: PriceType) -> Iterator[Condition]:
        """What a price without a period takes from those of its type that have one."""
        for price in self.prices:
            if price.period is None and price.price_type is kind:
                self._lose(
                    "energyPrice[].overallPeriod", "a price without a period goes before it: left out there", kind
                )
                yield _volumes(price)

    def _limits(self, price: EnergyPrice) -> Condition:
        """Minutes and kWh, and the end that a cap brings."""
        limits = _volumes(price)
        if price.cap is None or not price.value:
            return limits
        end = self._end_of(price)
        common = None if end is None else limits.both(end)
        if common is None:
            self._lose("energyPrice[].priceCap", "OCPI cannot cap this price: read without", price.cap)
            return limits
        return common

    def _end_of(self, price: EnergyPrice) -> Condition | None:
        if price.price_type is PriceType.PER_KWH and price.cap:
            high = price.cap / price.value + (price.from_kwh or 0)
            is_plain = (price.period, price.from_minute, price.to_minute) == (None, None, None)
            return Condition(kwh=(None, high)) if is_plain and high == round(high, 4) else None
        fee = self._fee(price) if price.price_type is PriceType.PER_MINUTE else None
        end = fee.ends() if fee and fee.at_start else None
        if end and end.over:
            reason = "OCPI cannot cap a price: read until the cap is reached at the latest (ocpi#566)"
            self._lose("energyPrice[].priceCap", reason, price.cap)
        return Condition(seconds=(None, Decimal(end.seconds))) if end else None

    def _is_fee(self, price: EnergyPrice) -> bool:
        if price.price_type is not PriceType.PER_MINUTE or not price.value:
            return False
        return bool(price.cap or price.from_minute) or Dimension.TIME not in self._dimensions(price)

    def _fee(self, price: EnergyPrice) -> OccupancyFee | None:
        """The price as a fee for occupying; None where it has limits that such a fee has not."""
        dimensions = self._dimensions(price)
        hourly, is_exact = self.amounts.of(price)
        whole, exceptions = self._calendar(price)
        exempt = exempt_from(apart([when.of_axes(TIMES) for when in whole], exceptions))
        if exempt is None or not is_exact or Dimension.PARKING_TIME not in dimensions:
            return None
        if price.to_minute is not None or price.from_kwh or price.to_kwh is not None:
            return None
        at_start = Dimension.TIME in dimensions
        grace = Decimal(price.from_minute or 0) if at_start else sentences.grace_of(price.additional_information)
        cap = None if price.cap is None else self.amounts.money(price, price.cap)
        return OccupancyFee(hourly / 60, grace or Decimal(0), cap, at_start, exempt)


def _volumes(price: EnergyPrice) -> Condition:
    minutes, kwh = (price.from_minute, price.to_minute), (price.from_kwh, price.to_kwh)
    return Condition(
        seconds=(
            Decimal(minutes[0] * 60) if minutes[0] else None,
            None if minutes[1] is None else Decimal(minutes[1] * 60),
        ),
        kwh=(Decimal(kwh[0]) if kwh[0] else None, None if kwh[1] is None else Decimal(kwh[1])),
    )


def _components(rules: Sequence[Rule], dimension: Dimension) -> Iterator[tuple[Condition, dict[str, Any]]]:
    for rule in rules:
        yield rule.when, {"type": dimension, "price": rule.price, "vat": rule.vat, "step_size": 1}
