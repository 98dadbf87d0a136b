"""Prices over time as steps: a row per component, with a mark where something else was published.

The lines alone are drawn; figures and times stand beside them as text, so that they can be read at every width.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import floor, log10
from typing import Any

from app.clock import Millis, parse_time
from app.model.money import Price, TaxBasis, Unit
from app.tariffs.adhoc import Component
from app.wording import worded

WIDTH, HEIGHT = 1000, 100
"""Of a row, in its own units; it is stretched."""
_NAMES = {
    Component.ENERGY: worded("Energy"),
    Component.TIME: worded("Time"),
    Component.SESSION: worded("Per session"),
    Component.OCCUPANCY: worded("Occupancy"),
}

Moment = Mapping[str, Any]
"""As `ledger.asking` answers."""


@dataclass(frozen=True, slots=True)
class Mark:
    x: float
    late: bool
    """It was public more than a minute too late."""


@dataclass(frozen=True, slots=True)
class Row:
    component: str
    unit: str
    """`EUR/kWh`."""
    path: str
    ticks: tuple[str, str, str]
    """Top, middle and bottom."""


@dataclass(frozen=True, slots=True)
class Chart:
    rows: tuple[Row, ...]
    marks: tuple[Mark, ...]


def is_published_change(moment: Moment) -> bool:
    """Something was published then; otherwise the price changes by the clock, as it was announced."""
    return bool(moment["at"] == moment["published"]["published_at"])


def charted(moments: Sequence[Moment], since: Millis, until: Millis) -> Chart:
    """Of one connector, in the order of time: what its default offer costs at the beginning of a session."""
    times = [parse_time(moment["at"]) for moment in moments]
    xs = [_x(at, since, until) for at in times]
    rows = []
    for component in Component:
        prices = [_price(moment, component) for moment in moments]
        for kind in dict.fromkeys((price.currency, price.unit) for price in prices if price):
            amounts = [price.amount if price and (price.currency, price.unit) == kind else None for price in prices]
            rows.append(_row(component, _unit(*kind), xs, amounts))
    marks = [
        Mark(x, late=is_late(moment)) for x, moment in zip(xs, moments, strict=True) if is_published_change(moment)
    ]
    return Chart(tuple(rows), tuple(marks))


def is_late(moment: Moment) -> bool:
    return moment["published"].get("in_time") is False


def _x(at: Millis, since: Millis, until: Millis) -> float:
    return round((at - since) / max(until - since, 1) * WIDTH, 1)


def _price(moment: Moment, component: Component) -> Price | None:
    """With taxes where their rate is known."""
    for offer in moment["prices"][:1]:
        for part in offer["components"]:
            if part["component"] == component and part.get("now", True) and not _begins_later(part.get("when", {})):
                vat = part.get("vat_percent")
                price = Price(
                    Decimal(part["amount"]),
                    offer["currency"],
                    Unit(part["per"]),
                    TaxBasis(part["taxes"]),
                    None if vat is None else Decimal(vat),
                )
                return price.gross() or price
    return None


def _begins_later(when: Mapping[str, Sequence[str | None]]) -> bool:
    """For a later part of a session, or for less than full power."""
    later = (when[name][0] for name in ("kwh", "seconds") if name in when)
    weaker = (when[name][1] for name in ("power", "current") if name in when)
    return any(later) or any(weaker)


def _row(component: Component, unit: str, xs: Sequence[float], amounts: Sequence[Decimal | None]) -> Row:
    known = [amount for amount in amounts if amount is not None]
    low, step = _axis(min(known), max(known))
    height = step * 2
    ys = [None if one is None else round(HEIGHT * float(1 - (one - low) / height), 1) for one in amounts]
    ticks = tuple(f"{low + step * number:f}" for number in (2, 1, 0))
    return Row(_NAMES[component], unit, " ".join(_steps(xs, ys)), (ticks[0], ticks[1], ticks[2]))


def _unit(currency: str, unit: Unit) -> str:
    return worded("%(currency)s/session", currency=currency) if unit is Unit.SESSION else f"{currency}/{unit}"


def _axis(low: Decimal, high: Decimal) -> tuple[Decimal, Decimal]:
    """Where it begins, and the step between its three figures, which are round; a change of a few percent stays small."""
    span = max(high - low, high / 4, Decimal("0.01"))
    power = Decimal(10) ** floor(log10(float(span) / 2))
    steps = (power * factor for factor in (1, 2, 5, 10, 20, 50))
    for step in (step for step in steps if step * 2 >= span):
        bottom = max((low - span / 10) // step * step, Decimal(0))
        if bottom + step * 2 >= high:
            return bottom, step
    return Decimal(0), high


def _steps(xs: Sequence[float], ys: Sequence[float | None]) -> Iterator[str]:
    """A path; it is interrupted where there was no price."""
    drawing = False
    for number, (x, y) in enumerate(zip(xs, ys, strict=True)):
        end = xs[number + 1] if number + 1 < len(xs) else float(WIDTH)
        if y is not None:
            yield f"{'V' if drawing else f'M{x:g} '}{y:g}H{end:g}"
        drawing = y is not None
