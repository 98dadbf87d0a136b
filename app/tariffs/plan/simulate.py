"""What a session costs by a plan: read off the plan itself, piece by piece, and not by way of OCPI."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from fractions import Fraction
from math import ceil
from zoneinfo import ZoneInfo

from app.clock import from_millis
from app.model.enums import TariffDimensionType as Dimension
from app.tariffs.cost.facts import SessionFacts
from app.tariffs.cost.result import ComponentCost, Cost
from app.tariffs.cost.total import settle, taxed
from app.tariffs.plan.language import Plan, PriceLists
from app.tariffs.plan.moments import Piece, pieces
from app.tariffs.plan.prices import Occupancy, Prices, Tier
from app.tariffs.plan.public_holidays import is_holiday
from app.tariffs.plan.taxes import limit_of, tax_included
from app.tariffs.plan.words import WEEK, DayKind

CONTRACT = "contract"
"""The customer group of every contract without a discount."""
_TIMES = (Dimension.TIME, Dimension.PARKING_TIME)


@dataclass(slots=True)
class Charge:
    """What one rule of the plan adds up to."""

    dimension: Dimension
    rule: str
    price: Decimal
    """Per kWh, per minute, per session."""
    metered: Fraction = Fraction(0)
    added: Fraction = Fraction(0)
    """By blocks."""
    capped: Fraction = Fraction(0)
    """Taken off by the cap."""

    @property
    def amount(self) -> Fraction:
        return Fraction(self.price) * (self.metered + self.added) - self.capped


@dataclass(slots=True)
class Bill:
    """The charges of a session in the order in which they began."""

    charges: dict[tuple[Dimension, str, Decimal], Charge] = field(default_factory=dict)

    def add(self, dimension: Dimension, rule: str, price: Decimal, volume: Fraction) -> Charge:
        charge = self.charges.setdefault((dimension, rule, price), Charge(dimension, rule, price))
        charge.metered += volume
        return charge


def simulate(plan: Plan, facts: SessionFacts, time_zone: str, customer_group: str | None = None) -> Cost:
    """`customer_group`: None without a contract, `contract`, or a group of the plan.

    Raises ValueError where the plan has no such prices, or is not valid when the session begins.
    """
    taxes = plan.taxes
    components = [
        ComponentCost(
            dimension=charge.dimension,
            volume=_decimal(_unit(charge) * (charge.metered + charge.added)),
            metered=_decimal(_unit(charge) * charge.metered),
            price=charge.price * 60 if charge.dimension in _TIMES else charge.price,
            vat=taxes.vat,
            amount=taxed(_decimal(charge.amount), taxes.vat, tax_included(taxes), tells_vat=False),
            element=None,
            tariff=plan.plan,
            rule=charge.rule,
        )
        for charge in bill(plan, facts, time_zone, customer_group).charges.values()
    ]
    prices = prices_in_force(plan, facts, customer_group)
    return settle(
        plan.currency, components, limit_of(prices.minimum, taxes), limit_of(prices.maximum, taxes, most=True)
    )


def prices_for(lists: PriceLists, plan: Plan, customer_group: str | None) -> Prices:
    """Without a contract (None), with one (`contract`), or of a group. Raises ValueError where there are no such prices."""
    if customer_group is None:
        if (prices := lists.everyone or lists.ad_hoc) is None:
            raise ValueError(f"{plan.plan} has no prices without a contract")
        return prices
    if (prices := lists.everyone or lists.contract) is None:
        raise ValueError(f"{plan.plan} has no contract prices")
    if customer_group == CONTRACT:
        return prices
    if customer_group not in plan.groups:
        raise ValueError(f"{plan.plan} has no group {customer_group}: known are {', '.join(plan.groups) or 'none'}")
    return prices.discounted(plan.groups[customer_group])


def prices_in_force(plan: Plan, facts: SessionFacts, customer_group: str | None) -> Prices:
    """Those of the moment at which the session begins. Raises ValueError where the plan is not valid then."""
    local = from_millis(facts.start).astimezone(ZoneInfo(plan.time_zone))
    text = f"{local:%Y-%m-%dT%H:%M}"
    if (plan.from_ and text < plan.from_) or (plan.until and text >= plan.until):
        raise ValueError(f"{plan.plan} is not valid at {text}")
    return prices_for(plan.at(local), plan, customer_group)


def bill(plan: Plan, facts: SessionFacts, time_zone: str, customer_group: str | None = None) -> Bill:
    """The charges before minimum and maximum. Raises ValueError where the plan is not valid when the session begins."""
    prices = prices_in_force(plan, facts, customer_group)
    found = Bill()
    if prices.session is not None and facts.end > facts.start:
        found.add(Dimension.FLAT, "session", prices.session, Fraction(1))
    cut = list(pieces(facts, prices, ZoneInfo(time_zone)))
    _energy_and_time(found, plan, prices, cut)
    if prices.occupancy:
        _occupancy(found, prices.occupancy, cut)
    return found


def _energy_and_time(found: Bill, plan: Plan, prices: Prices, cut: Iterable[Piece]) -> None:
    last: dict[str, Charge] = {}
    for piece in cut:
        tiers = [tier for tier in prices.tiers if _holds(plan, tier, piece)]
        if prices.energy is not None and piece.kwh:
            rule, price = _price(prices, tiers, "energy", piece)
            last["energy"] = found.add(Dimension.ENERGY, rule, price, piece.kwh)
        if prices.minute is not None and piece.charging:
            rule, price = _price(prices, tiers, "minute", piece)
            last["minute"] = found.add(Dimension.TIME, rule, price, piece.minutes)
    blocks = prices.blocks
    if blocks and blocks.kwh and "energy" in last:
        last["energy"].added += _missing(found, Dimension.ENERGY, Fraction(blocks.kwh))
    if blocks and blocks.minutes and "minute" in last:
        last["minute"].added += _missing(found, Dimension.TIME, Fraction(blocks.minutes))


def _price(prices: Prices, tiers: Iterable[Tier], name: str, piece: Piece) -> tuple[str, Decimal]:
    """The rule's name and its price."""
    free = prices.free
    if free and free.minutes is not None and piece.elapsed < free.minutes:
        return f"free {name}", Decimal(0)
    if free and free.kwh is not None and name == "energy" and piece.kwh_before < Fraction(free.kwh):
        return f"free {name}", Decimal(0)
    for tier in tiers:
        price: Decimal | None = getattr(tier, name)
        if price is not None:
            return tier.name or f"tier {prices.tiers.index(tier) + 1}", price
    base: Decimal = getattr(prices, name)
    return name, base


def _holds(plan: Plan, tier: Tier, piece: Piece) -> bool:
    when, local = tier.when, piece.local
    minute = local.hour * 60 + local.minute
    if when.days is not None and _day_kind(plan, piece) not in when.days:
        return False
    if when.hours is not None and not any(window.holds(minute) for window in when.hours):
        return False
    if when.season is not None and not plan.seasons[when.season].holds(local.date()):
        return False
    if when.power is not None and (piece.power_kw is None or not when.power.holds(piece.power_kw)):
        return False
    with localcontext() as context:
        context.prec = 60
        marks = ((when.kwh, piece.kwh_before), (when.minutes, piece.elapsed))
        return all(span is None or span.holds(_decimal(at)) for span, at in marks)


def _day_kind(plan: Plan, piece: Piece) -> DayKind:
    day = piece.local.date()
    if plan.holidays and is_holiday(plan.holidays.country, plan.holidays.region, day):
        return DayKind.HOLIDAYS
    return WEEK[day.weekday()]


def _missing(found: Bill, dimension: Dimension, block: Fraction) -> Fraction:
    """What the last started block lacks."""
    total = sum((charge.metered for charge in found.charges.values() if charge.dimension is dimension), Fraction(0))
    return ceil(total / block) * block - total


def _occupancy(found: Bill, fee: Occupancy, cut: Iterable[Piece]) -> None:
    left = None if fee.cap is None else Fraction(fee.cap)
    for piece in cut:
        if _runs(fee, piece):
            dimension = Dimension.TIME if piece.charging else Dimension.PARKING_TIME
            charge = found.add(dimension, "occupancy", fee.minute, piece.minutes)
            if left is not None:
                cost = Fraction(fee.minute) * piece.minutes
                charge.capped += max(cost - left, Fraction(0))
                left = max(left - cost, Fraction(0))


def _runs(fee: Occupancy, piece: Piece) -> bool:
    if fee.starts == "charging end" and (piece.charging or piece.idle_before < fee.grace):
        return False
    if fee.starts == "session" and piece.elapsed < fee.grace:
        return False
    day, minute = WEEK[piece.local.weekday()], piece.local.hour * 60 + piece.local.minute
    return not any(
        (free.days is None or day in free.days)
        and (free.hours is None or any(window.holds(minute) for window in free.hours))
        for free in fee.exempt
    )


def _unit(charge: Charge) -> int:
    return 60 if charge.dimension in _TIMES else 1


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
