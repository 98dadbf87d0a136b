"""Whether a price is of the size that prices of charging have, and what was meant where it is not.

The bounds are wide: what lies outside of them was seen nowhere, or was a mistake. Currencies that are not listed are left alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from app.model.enums import TariffDimensionType
from app.model.tariff import PriceComponent

_D = TariffDimensionType
MAGNITUDES = {
    **dict.fromkeys(("EUR", "USD", "GBP", "CHF"), Decimal(1)),
    **dict.fromkeys(("CAD", "AUD", "NZD", "SGD", "BGN", "BAM"), Decimal("1.7")),
    **dict.fromkeys(("PLN", "RON", "ILS", "AED", "SAR", "QAR", "MYR", "GEL"), Decimal("4.3")),
    **dict.fromkeys(("DKK", "CNY", "HKD", "BRL"), Decimal(7)),
    **dict.fromkeys(("SEK", "NOK"), Decimal(11)),
    **dict.fromkeys(("CZK", "MXN", "MDL", "ZAR", "THB"), Decimal(25)),
    **dict.fromkeys(("TRY", "UAH", "MKD", "PHP"), Decimal(50)),
    **dict.fromkeys(("INR", "RSD", "ALL"), Decimal(105)),
    **dict.fromkeys(("JPY", "ISK"), Decimal(160)),
    **dict.fromkeys(("HUF", "AMD"), Decimal(400)),
    **dict.fromkeys(("KRW", "CLP"), Decimal(1300)),
}
"""How many units of a currency are about one euro: just enough to tell 79 from 0.79."""
BOUNDS = {
    _D.ENERGY: (Decimal("0.02"), Decimal("2.5")),
    _D.TIME: (Decimal("0.3"), Decimal(90)),
    _D.PARKING_TIME: (Decimal("0.3"), Decimal(120)),
    _D.FLAT: (Decimal("0.01"), Decimal(60)),
}
"""In euros per kWh, hour and session, taxes aside."""
_WHOLE_UNIT = {_D.ENERGY: 1000, _D.TIME: 3600, _D.PARKING_TIME: 3600}
"""Wh in a kWh, seconds in an hour: what `step_size` counts."""


class Mistake(Enum):
    PER_STEP = "the price of one step"
    PER_MINUTE = "a price per minute"
    SCALE = "a price of another size"


@dataclass(frozen=True, slots=True)
class Doubt:
    mistake: Mistake
    meant: Decimal | None = None
    """The price to write if that is what happened; None: no guess."""


def doubt(component: PriceComponent, currency: str) -> Doubt | None:
    """What is likely wrong with a price; None: nothing, or the currency is not known here."""
    magnitude = MAGNITUDES.get(currency)
    price, kind = component.price, component.type
    if magnitude is None or price <= 0 or _fits(kind, price / magnitude):
        return None
    low = price / magnitude < BOUNDS[kind][0]
    unit = _WHOLE_UNIT.get(kind)
    if low and unit:
        # A price per Wh or second is one per step too, where the step is 1.
        per_unit = price * unit / max(component.step_size, 1)
        if component.step_size > 1 and _fits(kind, per_unit / magnitude):
            return Doubt(Mistake.PER_STEP, per_unit)
        if kind is not _D.ENERGY and _fits(kind, price * 60 / magnitude):
            return Doubt(Mistake.PER_MINUTE, price * 60)
        return Doubt(Mistake.SCALE, per_unit if _fits(kind, per_unit / magnitude) else None)
    hundredth = price / 100
    return Doubt(Mistake.SCALE, hundredth if not low and _fits(kind, hundredth / magnitude) else None)


def _fits(kind: TariffDimensionType, euros: Decimal) -> bool:
    low, high = BOUNDS[kind]
    return low <= euros <= high
