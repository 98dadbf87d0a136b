"""What OCPI cannot say of a plan: each loss has a code, and bounds on what a session's price differs by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from app.model.loss import Loss
from app.tariffs.flatten.cap import CapEnd
from app.tariffs.plan.language import Plan
from app.tariffs.plan.prices import Blocks, Occupancy, Prices

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Bound:
    """How far the published price of one session may lie from the plan's, on the plan's tax basis."""

    over: Decimal = _ZERO
    """Above it, at most."""
    under: Decimal = _ZERO
    """Below it, at most."""
    over_per_hour: Decimal = _ZERO
    """Above it besides, for every hour in which the car does not charge."""

    def __bool__(self) -> bool:
        """Whether it differs at all."""
        return self != Bound()

    def __add__(self, other: Bound) -> Bound:
        return Bound(self.over + other.over, self.under + other.under, self.over_per_hour + other.over_per_hour)


@dataclass(frozen=True, slots=True)
class PriceLoss:
    code: str
    loss: Loss
    bound: Bound
    text: str = ""
    """For drivers, in English, without amounts; empty: nothing they need to know."""


def losses_of(plan: Plan, prices: Prices, end: CapEnd | None) -> tuple[PriceLoss, ...]:
    """`end`: where the published occupancy fee ends for its cap."""
    found: list[PriceLoss] = []
    if prices.occupancy:
        found += _of_occupancy(prices.occupancy, end)
        if prices.blocks and prices.blocks.minutes:
            found.append(_of_blocks(prices, prices.blocks, prices.occupancy))
    if plan.by_date(prices):
        reason = f"OCPI knows no yearly dates: written out until {(plan.until or '')[:10]}, then a new plan is needed"
        found.append(PriceLoss("dates", Loss("elements[].restrictions", reason), Bound()))
    return tuple(found)


def _of_occupancy(fee: Occupancy, end: CapEnd | None) -> Iterator[PriceLoss]:
    path = "elements[].price_components"
    if fee.starts == "charging end" and fee.grace:
        reason = f"OCPI cannot start a fee {fee.grace} min after charging ends: published without grace (ocpi#543)"
        text = f"The first {fee.grace} minutes after charging are free of the occupancy fee."
        most = fee.grace * fee.minute
        yield PriceLoss("grace", Loss(path, reason, str(fee.grace)), Bound(over=most), text)
    if fee.starts == "charging end" and fee.cap is not None:
        reason = "OCPI cannot cap a fee that starts when charging ends: published without cap"
        bound = Bound(over_per_hour=fee.minute * 60)
        yield PriceLoss("cap", Loss(path, reason, str(fee.cap)), bound, "The occupancy fee is capped.")
    if end is not None and end.over:
        exempt = ", however the session lies to the exempt hours" if fee.exempt else ", in whole seconds"
        reason = f"OCPI cannot cap a fee: published until the cap is reached at the latest{exempt} (ocpi#566)"
        text = "The occupancy fee is capped." if fee.exempt else ""
        yield PriceLoss("cap", Loss(path, reason, str(fee.cap)), Bound(over=end.over), text)


def _of_blocks(prices: Prices, blocks: Blocks, fee: Occupancy) -> PriceLoss:
    block = Decimal(blocks.minutes or 0)
    charged = [prices.minute, *(tier.minute for tier in prices.tiers)]
    reason = "OCPI does not round charging time when time of occupancy follows, and rounds both where they run at once"
    return PriceLoss(
        "blocks",
        Loss("elements[].price_components[].step_size", reason),
        Bound(
            over=block * fee.minute if fee.starts == "session" else _ZERO,
            under=block * max(price for price in charged if price is not None),
        ),
        "Charging time is billed in whole blocks.",
    )


def group_loss(name: str) -> PriceLoss:
    reason = f"OCPI knows no customer groups: a tariff of its own, for the partner that serves {name}"
    return PriceLoss("group", Loss("type", reason, name), Bound())
