"""Energy rates from JSON of either dialect, and from XML in the shape of JSON (`xml_shape`).

Tolerated, each with a note: tax rates as fractions (0.19), `toMinute` 0 for no limit, codes in the wrong case, no
`lastUpdated`. What would change a price is not: then the rate is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.formats.datex2.nodes import Node, Unreadable
from app.formats.datex2.periods import DAY_SECONDS, Days, OverallPeriod, Period, SpecialDay, Texts
from app.formats.datex2.rates import EnergyPrice, EnergyRate, EnergyRateUpdate, Payment, PriceType, RatePolicy
from app.formats.datex2.write_json import DAYS, MONTHS
from app.model.money import PRICE_DECIMALS
from app.model.problem import Problem

_CLOCK = re.compile(r"(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?")
_WHOLE = Decimal(100)
_OTHER_PERIODS = ("comInstanceOfDayWithinMonth", "comCalendarWeekWithinMonth", "comPublicHoliday")


def read_rate(body: Mapping[str, Any], problems: list[Problem], path: str = "energyRate") -> EnergyRate | None:
    """An `energyRate`; None: refused, and a problem says why. `path` is where it stands."""
    node = Node(body, path, problems)
    start = len(problems)
    try:
        rate = _rate(node)
    except Unreadable:
        rate = None
    name = node.one("idG") or node.one("id")
    problems[start:] = [replace(one, record=name.text() if name else "") for one in problems[start:]]
    return rate


def read_update(
    body: Mapping[str, Any], problems: list[Problem], path: str = "energyRateUpdate"
) -> EnergyRateUpdate | None:
    """As `read_rate`."""
    node = Node(body, path, problems)
    try:
        reference = node.needed("energyRateReference")
        name = reference.one("idG") or reference.needed("id")
        prices = tuple(_price(one) for one in node.many("energyPrice"))
        return EnergyRateUpdate(name.text(), _edge(node, "lastUpdated"), prices, _texts(node, "additionalInformation"))
    except Unreadable:
        return None


def _rate(node: Node) -> EnergyRate:
    payment = node.one("payment")
    policy = node.needed("ratePolicy")
    known = policy.code(tuple(RatePolicy))
    if known is None:
        raise policy.refused("neither adHoc nor contract", "Send one of both")
    discount, maximum, minimum = (
        _number(node, name) for name in ("discount", "maximumDeliveryFee", "minimumDeliveryFee")
    )
    combined = node.one("combinationWithParkingFee")
    return EnergyRate(
        id=(node.one("idG") or node.needed("id")).text(),
        policy=known,
        currencies=tuple(one.text().upper() for one in node.many("applicableCurrency")),
        last_updated=_updated(node),
        prices=tuple(_price(one) for one in node.many("energyPrice")),
        name=_texts(node, "rateName"),
        combined_with_parking=combined.flag() if combined else None,
        maximum_fee=maximum,
        minimum_fee=minimum,
        discount=discount,
        additional_information=_texts(node, "additionalInformation"),
        payment=_payment(payment) if payment else None,
        period=read_period(node),
    )


def _price(node: Node) -> EnergyPrice:
    kind = node.needed("priceType")
    known = kind.code(tuple(PriceType))
    if known is None:
        kind.note("no price type of DATEX II, read as other")
    included, group = node.one("taxIncluded"), node.one("priceGroupIndex")
    minutes, kwh = node.one("timeBasedApplicability"), node.one("energyBasedApplicability")
    return EnergyPrice(
        price_type=known or PriceType.OTHER,
        value=node.needed("value").number(),
        cap=_number(node, "priceCap"),
        tax_included=included.flag() if included else None,
        tax_rate=_tax_rate(node.one("taxRate")),
        period=read_period(node),
        from_minute=_bound(minutes, "fromMinute"),
        to_minute=_bound(minutes, "toMinute", zero_is_open=True),
        from_kwh=_bound(kwh, "fromKWh"),
        to_kwh=_bound(kwh, "toKWh", zero_is_open=True),
        additional_information=_texts(node, "additionalInformation"),
        price_group=int(group.number()) if group else None,
    )


def _tax_rate(node: Node | None) -> Decimal | None:
    if node is None:
        return None
    rate = node.number()
    if not 0 <= rate <= _WHOLE:
        raise node.refused("no tax rate", "Send percent: 19")
    if 0 < rate < 1:
        rate *= _WHOLE
        node.note(f"a fraction, read as {rate.normalize():f} percent", "Send percent: 19, not 0.19")
    return round(rate, PRICE_DECIMALS)


def _bound(node: Node | None, name: str, *, zero_is_open: bool = False) -> int | None:
    found = node.one(name) if node else None
    if found is None:
        return None
    number = found.number()
    if number % 1 or number < 0:
        raise found.refused("no whole number", "Send whole minutes and kWh")
    if zero_is_open and not number:
        found.note("0 is read as no limit", f"Leave {name} out")
        return None
    return int(number)


def _payment(node: Node) -> Payment:
    def codes(name: str) -> tuple[str, ...]:
        return tuple(one.text() for one in node.many(name))

    return Payment(
        modes=codes("paymentMode"),
        means=codes("paymentMeans"),
        other_means=tuple(one.texts() for one in node.many("otherPaymentMeans")),
        brands=codes("brandsAccepted"),
        other_brands=codes("otherBrandsAccepted"),
    )


def read_period(node: Node) -> OverallPeriod | None:
    period = node.one("overallPeriod")
    if period is None:
        return None
    return OverallPeriod(
        start=_edge(period, "overallStartTime"),
        end=_edge(period, "overallEndTime"),
        valid=tuple(_part(one) for one in period.many("validPeriod")),
        exceptions=tuple(_part(one) for one in period.many("exceptionPeriod")),
    )


def _part(node: Node) -> Period:
    return Period(
        start=_edge(node, "startOfPeriod"),
        end=_edge(node, "endOfPeriod"),
        hours=tuple(_hours(one) for one in node.many("recurringTimePeriodOfDay")),
        days=tuple(_days(one) for one in node.many("recurringDayWeekMonthPeriod")),
        special_days=tuple(_special(one) for one in node.many("recurringSpecialDay")),
        name=_texts(node, "periodName"),
    )


def _hours(node: Node) -> tuple[int, int]:
    begin, end = (_second(node.needed(name)) for name in ("startTimeOfPeriod", "endTimeOfPeriod"))
    return begin, end


def _second(node: Node) -> int:
    match = _CLOCK.fullmatch(node.text())
    second = (
        sum(int(part or 0) * unit for part, unit in zip(match.groups(), (3600, 60, 1), strict=True)) if match else -1
    )
    if not 0 <= second <= DAY_SECONDS:
        raise node.refused("no time of day", "Send one as 08:00:00")
    return second


def _days(node: Node) -> Days:
    inner = _inner(node, "comDayWeekMonth")
    return Days(
        days=frozenset(_index(one, DAYS) for one in inner.many("applicableDay")),
        months=frozenset(_index(one, MONTHS) + 1 for one in inner.many("applicableMonth")),
    )


def _special(node: Node) -> SpecialDay:
    inner = _inner(node, "comSpecialDay")
    return SpecialDay(inner.needed("specialDayType").text(), inner.needed("intersectWithApplicableDays").flag())


def _inner(node: Node, wrapper: str) -> Node:
    """What a wrapper holds; XML has none."""
    for other in _OTHER_PERIODS:
        if found := node.one(other):
            raise found.refused("days that are counted within a month are not read", "Send days of the week, or dates")
    return node.one(wrapper) or node


def _index(node: Node, names: tuple[str, ...]) -> int:
    name = node.code(names)
    if name is None:
        raise node.refused("no such day or month", f"Send one of {', '.join(names)}")
    return names.index(name)


def _number(node: Node, name: str) -> Decimal | None:
    found = node.one(name)
    return found.number() if found else None


def _edge(node: Node, name: str) -> datetime | None:
    found = node.one(name)
    return found.edge() if found else None


def _updated(node: Node) -> datetime | None:
    found = node.one("lastUpdated")
    if found is None:
        node.note("lastUpdated is missing", "Send it with every rate")
    return found.stamp() if found else None


def _texts(node: Node, name: str) -> Texts:
    found = node.one(name)
    return found.texts() if found else ()
