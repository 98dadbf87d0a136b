"""An OCPI tariff as OICP pricing products (PricingProductDataRecord).

A product has one base price, per kWh or per hour, some fees beside it, and the weekdays and hours in which it is available;
prices are before taxes. Prices that change with the hour become one product for each price. What a product cannot say and
would change what a session costs is refused; what is merely left unsaid is a loss.

For roaming alone: prices for drivers without a contract are none of a hub's (Hubject forwards wholesale prices). When a PARKING
FEE runs is agreed in the hub's portal and no part of the message; it must be said there that it is while the car does not charge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson

from app.formats.oicp.conversion import Conversion, Record
from app.formats.oicp.unsaid import unsaid
from app.formats.oicp.week import Stretch, availability, stretches
from app.model.canonical import canonical
from app.model.electricity import power_watts
from app.model.enums import TariffDimensionType, TariffType, TaxIncluded
from app.model.loss import Loss
from app.model.money import PRICE_DECIMALS, without_tax
from app.model.tariff import PriceComponent, Tariff
from app.tariffs.conditions import OPEN, Condition
from app.tariffs.rates import Rates, exclusive, is_covered, rates_of

_D = TariffDimensionType
_DIMENSIONS = (_D.ENERGY, _D.TIME, _D.FLAT, _D.PARKING_TIME)
_ZERO = Decimal(0)
_KWH, _HOUR = "KILOWATT_HOUR", "HOUR"
_BEYOND_THE_WEEK = {"dates": "date", "kwh": "energy", "seconds": "duration", "power": "power", "current": "current"}
_COMPONENT = "elements[].price_components[]"
Body = Mapping[str, Any]
Priced = list[tuple[Condition, Decimal]]
"""Conditions that exclude each other, and what counts in each, before taxes."""


@dataclass(frozen=True, slots=True)
class _Prices:
    """Before taxes, as they are at some time of the week; 0: nothing is charged."""

    energy: Decimal
    time: Decimal
    """Per hour."""
    flat: Decimal
    parking: Decimal
    """Per hour."""


def pricing_products(tariff: Body, connectors: Iterable[Body]) -> Conversion:
    """`products_up_to` the power of the strongest of the connectors that name the tariff."""
    return products_up_to(tariff, max((power_watts(connector) for connector in connectors), default=None))


def products_up_to(tariff: Body, watts: int | None) -> Conversion:
    """The products of a tariff (canonical JSON), as PricingProductDataRecords. `watts`: the most that is charged with by it;
    None: nobody knows, since no connector has it.

    The id of a product is that of the tariff; where there are several, with the beginning of its first hours in the week.
    """
    read = Tariff.model_validate(tariff)
    rates = rates_of(read)
    refusals = [*_refused(read, rates)]
    week, unsayable = _by_price(read, rates)
    if watts is None:
        refusals.append(Loss("", "no connector has this tariff: the power of the product is not known"))
    if refusals or unsayable or watts is None:
        return Conversion((), refusals=tuple(dict.fromkeys([*refusals, *unsayable])))
    records = [
        _record(read, prices, when, watts, suffix=f"-{when[0]}" if len(week) > 1 else "")
        for prices, when in week.items()
    ]
    losses = [*unsaid(read, rates, several=len(week) > 1), *_rounded(read, rates)]
    return Conversion(tuple(records), tuple(dict.fromkeys(losses)))


def _refused(tariff: Tariff, rates: Rates) -> Iterator[Loss]:
    if tariff.type not in (TariffType.REGULAR, None):
        yield Loss("type", "just prices for roaming go to a hub: not sent", tariff.type)
    for component in _charged(rates):
        if _net(tariff, component) is None:
            reason = "OICP has prices before taxes: one with taxes in it cannot be said without its VAT"
            yield Loss(f"{_COMPONENT}.vat", reason, f"{component.type} {component.price}")


def _by_price(tariff: Tariff, rates: Rates) -> tuple[dict[_Prices, list[Stretch]], list[Loss]]:
    """The stretches of the week that have the same prices, and what cannot be said of them."""
    priced = {dimension: _priced(tariff, rates, dimension) for dimension in _DIMENSIONS}
    week: dict[_Prices, list[Stretch]] = {}
    unsayable: list[Loss] = []
    for stretch in stretches(when for parts in priced.values() for when, _ in parts):
        counting = {dimension: _counting(parts, stretch.condition) for dimension, parts in priced.items()}
        unsayable += [
            _depending(dimension, priced[dimension]) for dimension, found in counting.items() if len(found) > 1
        ]
        prices = _Prices(*(max(found) for found in counting.values()))
        if prices.energy and prices.time:
            reason = "a product has one base price: a price per kWh and one per hour at once cannot be said"
            unsayable.append(Loss(f"{_COMPONENT}.type", reason, "ENERGY, TIME"))
        week.setdefault(prices, []).append(stretch)
    return week, unsayable


def _priced(tariff: Tariff, rates: Rates, dimension: TariffDimensionType) -> Priced:
    return [
        (when, round(_net(tariff, part.rate.component) or _ZERO, PRICE_DECIMALS))
        for part in exclusive(rates.get(dimension, ()))
        for when in part.conditions()
    ]


def _counting(parts: Priced, at: Condition) -> set[Decimal]:
    """All prices that count at that time of the week, at one date or another and in one part of a session or another."""
    inside = [(when, price) for when, price in parts if when.both(at)]
    covered = is_covered(at, [when for when, _ in inside])
    return {price for _, price in inside} | (set() if covered else {_ZERO})


def _depending(dimension: TariffDimensionType, parts: Priced) -> Loss:
    asked = {
        name
        for axis, name in _BEYOND_THE_WEEK.items()
        if any(getattr(when, axis) not in (None, OPEN) for when, _ in parts)
    }
    reason = f"a product has one price: one that depends on {' and '.join(sorted(asked))} cannot be said"
    return Loss("elements[].restrictions", reason, dimension)


def _record(tariff: Tariff, prices: _Prices, when: list[Stretch], watts: int, suffix: str) -> Record:
    base, unit = (prices.time, _HOUR) if prices.time else (prices.energy, _KWH)
    record = {
        "ProductID": tariff.id + suffix,
        "ReferenceUnit": unit,
        "ProductPriceCurrency": tariff.currency,
        "PricePerReferenceUnit": base,
        "MaximumProductChargingPower": Decimal(watts) / 1000,
        "IsValid24hours": not suffix,
        "ProductAvailabilityTimes": availability(when),
        "AdditionalReferences": [
            {
                "AdditionalReference": name,
                # Asked for always, though most fees are for the whole session.
                "AdditionalReferenceUnit": _HOUR if name == "PARKING FEE" else unit,
                "PricePerAdditionalReferenceUnit": amount,
            }
            for name, amount in _fees(tariff, prices, alone=not (base or prices.parking))
        ],
    }
    plain: Record = orjson.loads(canonical(record))
    return plain


def _fees(tariff: Tariff, prices: _Prices, *, alone: bool) -> Iterator[tuple[str, Decimal]]:
    if prices.flat:
        yield "FIXED FEE" if alone else "START FEE", prices.flat
    if prices.parking:
        yield "PARKING FEE", prices.parking
    if tariff.min_price and tariff.min_price.before_taxes:
        yield "MINIMUM FEE", tariff.min_price.before_taxes
    if tariff.max_price:
        yield "MAXIMUM FEE", tariff.max_price.before_taxes


def _rounded(tariff: Tariff, rates: Rates) -> Iterator[Loss]:
    """Four decimals are what OCPI writes, and what a net price of it would have."""
    for component in _charged(rates):
        net = _net(tariff, component)
        if net != round(net or _ZERO, PRICE_DECIMALS):
            reason = f"without its taxes it is rounded to {PRICE_DECIMALS} decimals"
            yield Loss(f"{_COMPONENT}.price", reason, f"{component.type} {component.price}")


def _net(tariff: Tariff, component: PriceComponent) -> Decimal | None:
    """None: it has taxes in it that are not known."""
    if tariff.tax_included is not TaxIncluded.YES or not component.price:
        return component.price
    return None if component.vat is None else without_tax(component.price, component.vat)


def _charged(rates: Rates) -> Iterator[PriceComponent]:
    return (rate.component for found in rates.values() for rate in found)
