"""What is said of a tariff: its frame, and its prices as its elements have them (`of_plan` where it carries its price plan)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from app.model.enums import TariffDimensionType, TariffType, TaxIncluded
from app.model.money import Price, TaxBasis, Unit
from app.model.tariff import (
    Audience,
    Occupancy,
    OccupancyExemption,
    OccupancyStart,
    PriceLimit,
    Tariff,
    TariffRestrictions,
)
from app.tariffs.adhoc.parts import BASES, components, price_of
from app.tariffs.adhoc.price import AdhocPrice, Component
from app.tariffs.conditions import ALWAYS, Condition
from app.tariffs.explain.of_plan import plan_of
from app.tariffs.explain.rules import Rule, item_of, whens_of
from app.tariffs.explain.said import Charge, Extra, Item, Said, Subject, Terms
from app.tariffs.rates import Rate, occasion_of, rates_of

SUBJECTS = {
    (Component.ENERGY, None): Subject.ENERGY,
    (Component.TIME, True): Subject.CHARGING_TIME,
    (Component.TIME, None): Subject.CONNECTED_TIME,
    (Component.SESSION, None): Subject.SESSION,
    (Component.OCCUPANCY, None): Subject.OCCUPANCY,
    (Component.OCCUPANCY, False): Subject.IDLE,
}
_STARTS = {OccupancyStart.SESSION_START: Subject.OCCUPANCY, OccupancyStart.CHARGING_END: Subject.IDLE}
_PARTS = {
    TariffDimensionType.FLAT: Subject.SESSION,
    TariffDimensionType.TIME: Subject.CHARGING_TIME,
    TariffDimensionType.ENERGY: Subject.ENERGY,
    TariffDimensionType.PARKING_TIME: Subject.IDLE,
}
"""What a reservation or booking costs, in the order in which it is said."""
_AUDIENCES = {
    None: "everyone",
    TariffType.AD_HOC_PAYMENT: "ad_hoc",
    TariffType.REGULAR: "contract",
    TariffType.PROFILE_CHEAP: "cheap",
    TariffType.PROFILE_FAST: "fast",
    TariffType.PROFILE_GREEN: "green",
}


def said_of(tariff: Tariff, time_zone: str | None = None) -> Said:
    """From the price plan where the tariff carries one that agrees with its elements, else from these."""
    plan = plan_of(tariff)
    items = plan.items if plan else tuple(_items(tariff))
    extras = tuple(_extras(tariff))
    return Said(
        items=items,
        extras=extras,
        minimum=_minimum(tariff),
        maximum=_limit(tariff, tariff.max_price),
        preauthorised=_per_session(tariff, tariff.preauthorize_amount, TaxBasis.GROSS),
        since=tariff.start_date_time,
        until=tariff.end_date_time,
        announced=tariff.announced_at,
        audience="group" if tariff.audience is Audience.GROUP else _AUDIENCES[tariff.type],
        holidays=plan.holidays if plan else None,
        notes=plan.notes if plan else {text.language: text.text for text in tariff.tariff_alt_text},
        url=tariff.tariff_alt_url or "",
        time_zone=time_zone or (plan.time_zone if plan else ""),
    )


def said_now(price: AdhocPrice) -> Said:
    """What holds at the time of the price."""
    tariff = price.tariff
    found = (
        _item(tariff, component, parts[0].charging, [Rule(part.when, part.price, part.block) for part in parts])
        for component in Component
        if (parts := price.of(component))
    )
    return Said(
        items=tuple(item for item in found if item),
        minimum=_minimum(tariff),
        maximum=_limit(tariff, tariff.max_price),
    )


def _items(tariff: Tariff) -> Iterator[Item]:
    for component, charging, rates in components(tariff, rates_of(tariff)):
        if item := _item(tariff, component, charging, _rules(tariff, rates)):
            yield item


def _item(tariff: Tariff, component: Component, charging: bool | None, rules: Sequence[Rule]) -> Item | None:
    fee = tariff.occupancy
    if component is Component.OCCUPANCY and fee and _says(fee, rules):
        return _declared(tariff, fee, charging, rules)
    return item_of(SUBJECTS[component, charging], rules)


def _rules(tariff: Tariff, rates: Iterable[Rate]) -> list[Rule]:
    return [Rule(rate.when, price_of(tariff, rate.component), max(rate.component.step_size, 1)) for rate in rates]


def _says(fee: Occupancy, rules: Iterable[Rule]) -> bool:
    """Whether what the fee's own field says is what the elements price."""
    return {rule.price.amount for rule in rules} <= {fee.per_min, Decimal(0)}


def _declared(tariff: Tariff, fee: Occupancy, charging: bool | None, rules: Sequence[Rule]) -> Item:
    vat = rules[0].price.vat if rules else tariff.elements[0].price_components[0].vat
    price = Price(fee.per_min, tariff.currency, Unit.MINUTE, BASES[tariff.tax_included], vat)
    exempt = whens_of(condition for one in fee.exempt for condition in _exempt(one) if condition != ALWAYS)
    terms = Terms(fee.grace_min or Decimal(0), _per_session(tariff, fee.cap, price.basis, vat), exempt)
    subject = _STARTS[fee.from_] if fee.from_ else SUBJECTS[Component.OCCUPANCY, charging]
    return Item(subject, (), Charge(price, block=max((rule.block for rule in rules), default=1)), terms=terms)


def _exempt(one: OccupancyExemption) -> tuple[Condition, ...]:
    span = TariffRestrictions(start_time=one.start_time, end_time=one.end_time, day_of_week=one.day_of_week)
    return Condition.of(span)


def _extras(tariff: Tariff) -> Iterator[Extra]:
    occasions = dict.fromkeys(occasion for element in tariff.elements if (occasion := occasion_of(element)))
    for occasion in occasions:
        rates = rates_of(tariff, occasion)
        found = (item_of(subject, _rules(tariff, rates[kind])) for kind, subject in _PARTS.items() if kind in rates)
        if items := tuple(item for item in found if item):
            yield Extra(str(occasion), items)


def _minimum(tariff: Tariff) -> Price | None:
    """None for 0, which does not bind."""
    limit = _limit(tariff, tariff.min_price)
    return limit if limit and limit.amount else None


def _limit(tariff: Tariff, limit: PriceLimit | None) -> Price | None:
    """With taxes where the prices are told with them too and it is known."""
    if limit is None:
        return None
    if tariff.tax_included is TaxIncluded.NOT_APPLICABLE:
        return _per_session(tariff, limit.before_taxes, TaxBasis.UNTAXED)
    vats = (part.vat for element in tariff.elements for part in element.price_components)
    if limit.after_taxes is None or (tariff.tax_included is TaxIncluded.NO and all(vat is None for vat in vats)):
        return _per_session(tariff, limit.before_taxes, TaxBasis.NET)
    return _per_session(tariff, limit.after_taxes, TaxBasis.GROSS)


def _per_session(tariff: Tariff, amount: Decimal | None, basis: TaxBasis, vat: Decimal | None = None) -> Price | None:
    return None if amount is None else Price(amount, tariff.currency, Unit.SESSION, basis, vat)
