"""Parts of a price as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from app.model.canonical import number_text
from app.tariffs.adhoc.price import PricePart
from app.tariffs.conditions import OPEN, VOLUMES


def told_part(part: PricePart) -> dict[str, Any]:
    """`when`: bounds of kWh, seconds, power (kW) or current (A) between which it holds; null is open."""
    said: dict[str, Any] = {
        "component": part.component.value,
        "amount": number_text(part.price.amount),
        "per": part.price.unit.value,
        "taxes": part.price.basis.value,
        "vat_percent": None if part.price.vat is None else number_text(part.price.vat),
        "when": dict(_bounds(part)) or None,
        "while_charging": part.charging,
        "now": None if part.now else False,
        "block": part.block if part.block != 1 else None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _bounds(part: PricePart) -> Iterator[tuple[str, list[str | None]]]:
    for name in VOLUMES:
        bounds: tuple[Decimal | None, Decimal | None] = getattr(part.when, name)
        if bounds != OPEN:
            yield name, [None if bound is None else number_text(bound) for bound in bounds]
