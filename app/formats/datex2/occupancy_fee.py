"""A price per minute against staying long, as the field `occupancy` of a tariff describes it, and when its cap ends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from app.formats.datex2.price_rules import apart
from app.model.enums import DayOfWeek
from app.model.money import PRICE_DECIMALS
from app.model.tariff import Occupancy, OccupancyStart, TariffRestrictions
from app.tariffs.adhoc import PricePart
from app.tariffs.conditions import ALWAYS, OPEN, TIMES, Condition
from app.tariffs.flatten.cap import CapEnd, cap_end
from app.tariffs.plan.prices import Occupancy as PlanFee
from app.tariffs.plan.words import WEEK, clock
from app.tariffs.rates import is_covered

_DAYS = tuple(DayOfWeek)


@dataclass(frozen=True, slots=True)
class OccupancyFee:
    minute: Decimal
    """Per minute, on the tariff's tax basis."""
    grace: Decimal
    """Minutes."""
    cap: Decimal | None
    at_start: bool
    """Counts all the while, from the start of the session; else while the car does not charge."""
    exempt: tuple[Condition, ...]
    """Days and hours of the week."""

    def extension(self) -> dict[str, Any] | None:
        """As `Tariff.occupancy`; None: the price has more decimals than the field."""
        if self.minute != round(self.minute, PRICE_DECIMALS):
            return None
        return {
            "per_min": self.minute,
            "grace_min": self.grace or None,
            "from": OccupancyStart.SESSION_START if self.at_start else OccupancyStart.CHARGING_END,
            "cap": self.cap,
            "exempt": [_span(one) for one in self.exempt],
        }

    def ends(self) -> CapEnd | None:
        """When the cap is reached at the latest; None: OCPI cannot say when, or it is a fee that no plan could have."""
        exempt = [
            {name: value for name, value in (("hours", _hours(one)), ("days", _plan_days(one))) if value}
            for one in self.exempt
        ]
        if not self.at_start or self.cap is None or self.cap <= 0 or self.minute <= 0:
            return None
        try:
            fee = PlanFee.model_validate({"minute": 1, "starts": "session", "grace": int(self.grace), "exempt": exempt})
        except ValidationError:
            return None
        # Prices that were made gross or per minute have more decimals than a plan takes.
        return cap_end(fee.model_copy(update={"minute": self.minute, "cap": self.cap}))


def describes(fee: Occupancy, parts: Sequence[PricePart]) -> bool:
    """Whether a tariff's `occupancy` and these prices of its elements, whenever they hold, are about the same fee."""
    grace = fee.grace_min * 60 if fee.grace_min and fee.from_ is OccupancyStart.SESSION_START else None
    if any((part.price.amount, part.when.seconds[0], part.when.kwh) != (fee.per_min, grace, OPEN) for part in parts):
        return False
    runs, exempt = [part.when.of_axes(TIMES) for part in parts], exempt_of(fee)
    overlap = any(one.both(other) is not None for one in runs for other in exempt)
    return not overlap and is_covered(ALWAYS, [*runs, *exempt])


def exempt_of(fee: Occupancy) -> list[Condition]:
    spans = (TariffRestrictions.model_validate(one, from_attributes=True) for one in fee.exempt)
    return [condition for span in spans for condition in Condition.of(span)]


def exempt_from(runs: Sequence[Condition]) -> tuple[Condition, ...] | None:
    """The week without when a fee runs; None: it depends on dates."""
    weekly = [Condition(days=one.days, hours=one.hours) for one in runs]
    if any(one.dates for one in runs):
        return None
    return apart([ALWAYS], weekly)


def _span(one: Condition) -> dict[str, Any]:
    begin, end = one.hours or (None, None)
    return {
        "start_time": None if begin is None else clock(begin),
        "end_time": None if end is None else clock(end),
        "day_of_week": [_DAYS[day] for day in sorted(one.days or ())],
    }


def _hours(one: Condition) -> str | None:
    return None if one.hours is None else f"{clock(one.hours[0])}-{clock(one.hours[1])}"


def _plan_days(one: Condition) -> list[str]:
    return [WEEK[day] for day in sorted(one.days or ())]
