"""`tariff_alt_text`: conditions, and what the elements cannot say. Amounts stand in the elements (OCPI Tariffs, 2.2.1 on)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from app.model.canonical import number_text
from app.tariffs.flatten.losses import PriceLoss
from app.tariffs.plan.language import Plan
from app.tariffs.plan.prices import Prices

_LONGEST = 512
AMOUNTS = "tariff_alt_text states amounts beside elements, as the profile asks (OCPI Tariffs forbids it)"


def alt_text(
    plan: Plan, prices: Prices, losses: Sequence[PriceLoss], *, amounts: bool
) -> tuple[list[dict[str, str]], tuple[str, ...]]:
    """One text per language, and deviations from the specification. What the plan does not say itself is in English."""
    sentences = list(dict.fromkeys(loss.text for loss in losses if loss.text))
    stated = list(_amounts(plan, prices)) if amounts else []
    texts = {**plan.description}
    english = " ".join([*filter(None, [texts.get("en", "")]), *sentences, *stated])
    if english:
        texts["en"] = english[:_LONGEST]
    return [{"language": language, "text": text} for language, text in texts.items()], (AMOUNTS,) if stated else ()


def _amounts(plan: Plan, prices: Prices) -> Iterator[str]:
    fee = prices.occupancy
    for price, unit in ((prices.energy, "per kWh"), (prices.minute, "per minute"), (prices.session, "per session")):
        if price is not None:
            yield f"{_money(plan, price)} {unit}."
    if fee:
        capped = f", at most {_money(plan, fee.cap)}" if fee.cap is not None else ""
        yield f"Occupancy {_money(plan, fee.minute)} per minute{capped}."


def _money(plan: Plan, amount: Decimal) -> str:
    return f"{number_text(amount)} {plan.currency}"
