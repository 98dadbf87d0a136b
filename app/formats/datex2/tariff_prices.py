"""The prices of one tariff as energy prices.

OCPI takes the first price that holds, DATEX II adds up all that hold: so they are said in a way that no two of a kind hold at
once (`exclusive`): what the calendar tells apart by periods and exceptions, the rest by minutes and kWh of the session.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from app.formats.datex2 import sentences
from app.formats.datex2.calendar import periods_of
from app.formats.datex2.cells import Cells, cells_of, exceptions_of
from app.formats.datex2.occupancy_fee import describes, exempt_of
from app.formats.datex2.periods import OverallPeriod
from app.formats.datex2.rates import EnergyPrice, PriceType, texts_in
from app.model.enums import TaxIncluded
from app.model.loss import Loss
from app.model.money import Price, TaxBasis, with_tax
from app.model.tariff import OccupancyStart, PriceLimit, Tariff
from app.tariffs.adhoc import Component, PricePart
from app.tariffs.conditions import ALWAYS, OPEN, TIMES, VOLUMES, Bounds, Condition
from app.tariffs.rates import is_for_charging

_TYPES = {
    Component.ENERGY: PriceType.PER_KWH,
    Component.TIME: PriceType.PER_MINUTE,
    Component.SESSION: PriceType.BASE,
    Component.OCCUPANCY: PriceType.PER_MINUTE,
}
_RESTRICTIONS = "elements[].restrictions"
_COMPONENTS = "elements[].price_components"
_MOMENTARY = ("power", "current")


@dataclass(slots=True)
class TariffPrices:
    tariff: Tariff
    zone: ZoneInfo
    power_kw: Decimal | None
    """Of the connector; None: not known."""
    now: bool = False
    """Whether the prices of a moment are said: those that hold then, without periods."""
    losses: dict[Loss, None] = field(default_factory=dict)
    """Of all that was asked for."""
    needs_current: bool = False
    """Whether periods cannot say it all: the price of the moment, sent anew when it changes, says more."""
    _at_full_power: set[Component] = field(default_factory=set)
    """Components that have other prices at less power."""

    def of(self, parts: Sequence[PricePart]) -> tuple[EnergyPrice, ...]:
        """Parts as of an ad hoc price, each with all of its conditions. Periods have no beginning yet."""
        found: list[EnergyPrice] = []
        for component in Component:
            found += self._of_component([part for part in parts if part.component is component])
        if not any(price.value for price in found):
            if self._at_full_power:
                self.lose(_COMPONENTS, "free at full power alone: no price is said")
                return ()
            return (self._free(parts),) if any(map(is_for_charging, self.tariff.elements)) else ()
        found = [price for price in found if price.value or price.price_type is PriceType.PER_KWH]
        kinds = {price.price_type for price in found if price.value}
        if kinds == {PriceType.BASE}:
            return tuple(replace(price, price_type=PriceType.FLAT_RATE) for price in found if price.value)
        return tuple(price for price in found if price.price_type in kinds)

    def amount(self, price: Price) -> Price:
        """With taxes where that can be told."""
        if price.basis is TaxBasis.NET and price.vat is None and self._tells_vat:
            return replace(price, basis=TaxBasis.GROSS)
        return price.gross() or price

    def fee(self, name: Literal["min_price", "max_price"]) -> Decimal | None:
        """The limit of a session on the tax basis of the prices."""
        limit: PriceLimit | None = getattr(self.tariff, name)
        if limit is None:
            return None
        rates = {part.vat for element in self.tariff.elements for part in element.price_components}
        untaxed = self.tariff.tax_included is TaxIncluded.NOT_APPLICABLE or rates == {None}
        if limit.after_taxes is not None:
            return limit.after_taxes
        if untaxed and self.tariff.tax_included is not TaxIncluded.YES:
            return limit.before_taxes
        rate = next(iter(rates)) if len(rates) == 1 else None
        if rate is None:
            self.lose(name, "stated before taxes alone, at no single tax rate: left out", limit.before_taxes)
            return None
        return with_tax(limit.before_taxes, rate)

    @property
    def _tells_vat(self) -> bool:
        """Whether a component without VAT is free of it: where others have one (OCPI 2.3.0 PriceComponent.vat)."""
        return any(part.vat is not None for element in self.tariff.elements for part in element.price_components)

    def lose(self, path: str, reason: str, value: object = "") -> None:
        self.losses[Loss(path, reason, str(value))] = None

    def _with_full_power(self, parts: Iterable[PricePart]) -> list[PricePart]:
        """What holds at the most that the connector gives; what a car draws at the moment cannot be said."""
        kept: list[PricePart] = []
        for part in parts:
            low, high = part.when.power
            if self.power_kw is not None and high is not None and high > self.power_kw:
                high = None
            when = replace(part.when, power=(low or None, high))
            for name in _MOMENTARY:
                for side, bound in zip(("min", "max"), getattr(when, name), strict=True):
                    if bound is not None:
                        self._at_full_power.add(part.component)
                        reason = "no prices by power or current: the one at full power is said"
                        self.lose(f"{_RESTRICTIONS}.{side}_{name}", reason, bound)
            if when.power[1] is None and when.current[1] is None:
                kept.append(replace(part, when=replace(when, power=OPEN, current=OPEN)))
        return kept

    def _of_component(self, given: Sequence[PricePart]) -> Iterator[EnergyPrice]:
        parts = self._with_full_power(given)
        is_declared = self._is_declared_fee(parts)
        if self.now:
            parts = [replace(part, when=part.when.of_axes(VOLUMES)) for part in parts if part.now]
        if is_declared:
            yield from self._declared_fee([part for part in parts if part.price.amount])
            return
        for cells in cells_of(parts):
            yield from self._price(cells)

    def _price(self, cells: Cells) -> Iterator[EnergyPrice]:
        part, when = cells[0].rate, cells[0].when
        if not part.price.amount and part.component is not Component.ENERGY:
            return
        minutes, in_minutes = self._whole(when.seconds, Decimal(60), "duration")
        kwh, in_kwh = self._whole(when.kwh, Decimal(1), "kwh")
        if _is_empty(*minutes) or _is_empty(*kwh):
            return
        price = self._said(part, in_minutes, in_kwh)
        yield replace(
            price,
            from_minute=minutes[0] or None,
            to_minute=minutes[1],
            from_kwh=kwh[0] or None,
            to_kwh=kwh[1],
            period=self._period([cell.when.of_axes(TIMES) for cell in cells], exceptions_of(cells)),
        )
        if part.component is Component.SESSION and when != ALWAYS:
            self.needs_current = True
            reason = "whether a base price of a period counts for sessions that began before is left open"
            self.lose(_RESTRICTIONS, reason, part.price.amount)

    def _free(self, parts: Sequence[PricePart]) -> EnergyPrice:
        nothing = Decimal(0)
        if not parts:
            return EnergyPrice(PriceType.FREE, nothing)
        return self._priced(PriceType.FREE, replace(parts[0].price, amount=nothing))

    def _said(self, part: PricePart, *texts: str) -> EnergyPrice:
        """The price without its limits."""
        said = texts_in(sentences.LANGUAGE, *self._beside(part), *texts)
        return replace(self._priced(_TYPES[part.component], part.price), additional_information=said)

    def _priced(self, kind: PriceType, exact: Price) -> EnergyPrice:
        price = self.amount(exact)
        rate = Decimal(0) if price.basis is TaxBasis.UNTAXED else price.vat
        return EnergyPrice(kind, price.amount, tax_included=price.basis is not TaxBasis.NET, tax_rate=rate)

    def _beside(self, part: PricePart) -> Iterator[str]:
        if part.charging is not None:
            yield sentences.CHARGING if part.charging else sentences.IDLE
            kind = "TIME" if part.charging else "PARKING_TIME"
            self.lose(_COMPONENTS, "minutes of charging and of parking are not told apart: said in text", kind)
        if part.block > 1:
            self.lose(f"{_COMPONENTS}[].step_size", "no such field: said in text", part.block)
            yield sentences.blocks(part.block, energy=part.component is Component.ENERGY)
        if part.component in self._at_full_power:
            yield sentences.LESS_POWER

    def _whole(self, bounds: Bounds, unit: Decimal, name: str) -> tuple[tuple[int | None, int | None], str]:
        """Rounded to whole numbers, and the exact ones in words where that changes them."""
        exact = [None if bound is None else bound / unit for bound in bounds]
        whole = [None if bound is None else int(bound.quantize(Decimal(1), ROUND_HALF_UP)) for bound in exact]
        text = ""
        for side, bound, rounded in zip(("min", "max"), exact, whole, strict=True):
            if bound != rounded:
                self.lose(
                    f"{_RESTRICTIONS}.{side}_{name}", "whole minutes and kWh alone: rounded, exact in text", bound
                )
                text = sentences.between(exact[0], exact[1], "minutes" if name == "duration" else "kWh")
        return (whole[0], whole[1]), text

    def _period(self, valid: Sequence[Condition], exceptions: Sequence[Condition]) -> OverallPeriod | None:
        always = not valid or ALWAYS in valid
        if always and not exceptions:
            return None
        periods = () if always else periods_of(valid, self.zone)
        return OverallPeriod(None, None, periods, periods_of(exceptions, self.zone))

    def _is_declared_fee(self, parts: Sequence[PricePart]) -> bool:
        """Whether the parts are the fee that the tariff's `occupancy` describes, which knows its cap and its grace."""
        fee = self.tariff.occupancy
        if fee is None or not any(part.price.amount for part in parts if part.component is Component.OCCUPANCY):
            return False
        if not describes(fee, [part for part in parts if part.price.amount]):
            self.lose("occupancy", "not the fee that the elements price: the elements are said")
            return False
        return True

    def _declared_fee(self, parts: Sequence[PricePart]) -> Iterator[EnergyPrice]:
        fee = self.tariff.occupancy
        if fee is None or not parts:
            return
        at_start = fee.from_ is OccupancyStart.SESSION_START
        grace = fee.grace_min or Decimal(0)
        minutes, exact = self._whole((grace * 60 if at_start else None, None), Decimal(60), "duration")
        idle_grace = sentences.grace(grace) if grace and not at_start else ""
        exempt = [] if self.now else exempt_of(fee)
        cap = None if fee.cap is None else self.amount(replace(parts[0].price, amount=fee.cap)).amount
        price = self._said(parts[0], idle_grace, exact)
        yield replace(price, cap=cap, from_minute=minutes[0] or None, period=self._period([], exempt))


def _is_empty(low: int | None, high: int | None) -> bool:
    return high is not None and high <= (low or 0)
