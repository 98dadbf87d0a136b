"""The ad hoc price of a point in euro cents with taxes: per kWh, per minute, per session, and against blocking it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from app.formats.econtrol.saying import Said
from app.model.money import Price
from app.tariffs.adhoc import AdhocPrice, Component

_TARIFFS = "evses[].connectors[].tariff_ids"
_COMPONENTS = "elements[].price_components"
_FIELDS = {
    Component.ENERGY: "priceCentKwh",
    Component.TIME: "priceCentMin",
    Component.SESSION: "startFeeCent",
}


def price_fields(prices: Sequence[AdhocPrice], said: Said) -> dict[str, Any]:
    """Of the point's ad hoc prices, the default first. Nothing where a part of the price is not known, or cannot be said."""
    if not prices:
        said.lose(_TARIFFS, "no ad hoc price is known")
        return {}
    default, *others = prices
    for other in others:
        said.lose("evses[].connectors[].adhoc_offers", "one ad hoc price a point: left out", other.tariff.id)
    if default.tariff.currency != "EUR":
        said.lose("currency", "the register has prices in euro cents alone: no price", default.tariff.currency)
        return {}
    found = _amounts(default, said)
    if None in found.values():
        said.lose(f"{_COMPONENTS}[].vat", "the register has prices with taxes, and the rate is not known: no price")
        return {}
    _unsaid(default, said)
    return {"freeOfCharge": not any(part.price.amount for part in default.parts), **found}


def _amounts(price: AdhocPrice, said: Said) -> dict[str, Decimal | None]:
    found = {name: _cents(first) for part, name in _FIELDS.items() if (first := price.first(part)) is not None}
    charged = [part for part in price.of(Component.OCCUPANCY) if part.price.amount and part.now]
    for part in charged[:1]:
        if part.charging is None:
            found["blockingFeeCentMin"] = _cents(part.price)
            found["blockingFeeFromMinute"] = Decimal(part.when.seconds[0] or 0) / 60
        else:
            said.lose(
                "occupancy", "the fee runs from some minute of the session on: one that waits for the end is left out"
            )
    return found


def _cents(price: Price) -> Decimal | None:
    gross = price.gross()
    return None if gross is None else gross.amount * 100


def _unsaid(price: AdhocPrice, said: Said) -> None:
    tariff = price.tariff
    for component in Component:
        parts = price.of(component)
        if len(parts) > 1:
            said.lose(_COMPONENTS, "one price a point: that of a session's beginning, at this hour", component.value)
        if any(part.block > 1 for part in parts):
            said.lose(f"{_COMPONENTS}[].step_size", "no blocks: left out", component.value)
    for name in ("min_price", "max_price"):
        if getattr(tariff, name):
            said.lose(name)
    if tariff.occupancy and (tariff.occupancy.cap or tariff.occupancy.exempt):
        said.lose("occupancy", "no cap and no exempt hours of the fee: left out")
