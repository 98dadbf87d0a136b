"""From priced components to what is paid: taxes, limits, rounding."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from app.model.enums import TaxIncluded
from app.model.money import minor_digits, with_tax, without_tax
from app.model.tariff import PriceLimit
from app.tariffs.cost.result import Amount, AppliedLimit, ComponentCost, Cost, LimitKind

_ZERO = Decimal(0)
_NOISE = Decimal("1e-12")
"""Below any amount that a price of four decimals and a whole millisecond can give."""


def taxed(amount: Decimal, vat: Decimal | None, included: TaxIncluded, *, tells_vat: bool) -> Amount:
    """An amount on both bases. `vat` None means that no tax applies where `tells_vat`, else that it is not known."""
    if included is TaxIncluded.NOT_APPLICABLE or not amount:
        return Amount(amount, amount)
    if vat is None:
        other = amount if tells_vat else None
        return Amount(amount, other) if included is TaxIncluded.NO else Amount(other, amount)
    if included is TaxIncluded.NO:
        return Amount(amount, with_tax(amount, vat))
    return Amount(without_tax(amount, vat), amount)


def settle(
    currency: str,
    components: Sequence[ComponentCost],
    minimum: PriceLimit | None = None,
    maximum: PriceLimit | None = None,
    notes: Sequence[str] = (),
) -> Cost:
    """Adds up, applies the limits on each tax basis by itself (OCPI Tariffs, min_price), rounds once, half up."""
    exact = Amount(
        _sum([component.amount.before_taxes for component in components]),
        _sum([component.amount.after_taxes for component in components]),
    )
    said, applied = list(dict.fromkeys(notes)), []
    for kind, limit in ((LimitKind.MINIMUM, minimum), (LimitKind.MAXIMUM, maximum)):
        limited = _limited(exact, limit, kind, components, said) if limit else exact
        if limited != exact:
            changed = Amount(
                limited.before_taxes if limited.before_taxes != exact.before_taxes else None,
                limited.after_taxes if limited.after_taxes != exact.after_taxes else None,
            )
            applied.append(AppliedLimit(kind, changed))
            exact = limited
    digits = minor_digits(currency)
    total = Amount(rounded(exact.before_taxes, digits), rounded(exact.after_taxes, digits))
    return Cost(currency, tuple(components), exact, total, digits, tuple(applied), tuple(said))


def rounded(amount: Decimal | None, digits: int) -> Decimal | None:
    """Half up (away from zero), as retail does; OCPI leaves it open (ocpi#401)."""
    if amount is None:
        return None
    return amount.quantize(_NOISE, ROUND_HALF_EVEN).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def _sum(amounts: Sequence[Decimal | None]) -> Decimal | None:
    """None as soon as one of them is not known."""
    total = _ZERO
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


def _limited(
    exact: Amount, limit: PriceLimit, kind: LimitKind, components: Sequence[ComponentCost], notes: list[str]
) -> Amount:
    pick = max if kind is LimitKind.MINIMUM else min
    before = None if exact.before_taxes is None else pick(exact.before_taxes, limit.before_taxes)
    if exact.after_taxes is None:
        return Amount(before, None)
    if limit.after_taxes is not None:
        return Amount(before, pick(exact.after_taxes, limit.after_taxes))
    if before is None or before == exact.before_taxes:
        return Amount(before, exact.after_taxes)
    notes.append(f"{kind} states no amount after taxes: the session's share of taxes is kept")
    return Amount(before, _keeping_taxes(exact, before, components))


def _keeping_taxes(exact: Amount, before: Decimal, components: Sequence[ComponentCost]) -> Decimal | None:
    """`before` with the taxes the session has on the whole, or with its one rate; None where it has neither."""
    if exact.before_taxes and exact.after_taxes is not None:
        return before * exact.after_taxes / exact.before_taxes
    rates = {component.vat for component in components}
    rate = rates.pop() if len(rates) == 1 else None
    return None if rate is None else with_tax(before, rate)
