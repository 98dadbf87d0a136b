"""What a plan and its published tariff make of the same session: equal to the cent, or apart by no more than the losses say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import product
from zoneinfo import ZoneInfo

from app.clock import to_millis
from app.model.tariff import Tariff
from app.tariffs.cost.engine import cost
from app.tariffs.cost.facts import Phase, SessionFacts
from app.tariffs.cost.result import Cost
from app.tariffs.flatten.tariffs import Flattened
from app.tariffs.plan.language import Plan
from app.tariffs.plan.public_holidays import between
from app.tariffs.plan.simulate import simulate

_NOISE = Decimal("1e-9")
_MINUTE = 60_000
_ANY_MONDAY = date(2027, 1, 4)
_STARTS = ((0, 10), (7, 45), (12, 0), (18, 30), (22, 20))
_CHARGING = (7, 45, 250)
_IDLE = (0, 25, 900)
_POWERS = (Decimal(10), Decimal(120))


@dataclass(frozen=True, slots=True)
class Comparison:
    facts: SessionFacts
    plan: Cost
    published: Cost
    difference: Decimal
    """Published less plan, exact, on the plan's tax basis."""
    within: bool
    """Whether it is zero to the cent, or what the losses allow."""


def compare(plan: Plan, flattened: Flattened, facts: SessionFacts, time_zone: str) -> Comparison:
    """For one session that begins while the tariff is valid."""
    ours = simulate(plan, facts, time_zone, flattened.customer_group)
    published = cost(Tariff.model_validate(flattened.tariff), facts, time_zone)
    difference = _basis(plan, published) - _basis(plan, ours)
    bound = flattened.bound
    idle = sum(phase.until - phase.since for phase in facts.phases if not phase.charging)
    over = bound.over + bound.over_per_hour * Decimal(idle) / (60 * _MINUTE)
    equal = published.total == ours.total
    within = -bound.under - _NOISE <= difference <= over + _NOISE and (equal or bool(bound.under or over))
    return Comparison(facts, ours, published, difference, within)


def worst(plan: Plan, flattened: Flattened, time_zone: str, sessions: Iterable[SessionFacts]) -> Comparison | None:
    """The session with the largest difference, one outside of the bounds before any other; None without sessions."""
    found = (compare(plan, flattened, facts, time_zone) for facts in sessions)
    return max(found, key=lambda one: (not one.within, abs(one.difference)), default=None)


def grid(plan: Plan, flattened: Flattened, time_zone: str) -> Iterator[SessionFacts]:
    """Sessions on a Monday, a Saturday, a public holiday, season edges and clock shifts within the tariff's validity."""
    zone = ZoneInfo(time_zone)
    begin, end = (flattened.tariff.get(name) for name in ("start_date_time", "end_date_time"))
    first = _local_day(begin, zone) if begin else _ANY_MONDAY
    for day, (hour, minute) in product(_days(plan, first), _STARTS):
        start = to_millis(datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone))
        if (begin is None or start >= _millis(begin)) and (end is None or start < _millis(end)):
            for charging, idle, power in product(_CHARGING, _IDLE, _POWERS):
                yield session(start, charging, idle, power)


def session(start: int, charging: int, idle: int, power: Decimal) -> SessionFacts:
    """`charging` minutes at one power in kW, then `idle` minutes plugged in; energy in whole Wh."""
    stop = start + charging * _MINUTE
    kwh = (power * charging / 60).quantize(Decimal("0.001"))
    phases = [Phase(start, stop, kwh, charging=True, power_kw=power)]
    if idle:
        phases.append(Phase(stop, stop + idle * _MINUTE, Decimal(0), charging=False, power_kw=Decimal(0)))
    return SessionFacts(start, stop + idle * _MINUTE, tuple(phases))


def _days(plan: Plan, first: date) -> list[date]:
    monday = first + timedelta((7 - first.weekday()) % 7)
    days = {first, monday, monday + timedelta(5)}
    days |= {day - timedelta(1) for year in (first.year, first.year + 1) for day in _shifts(year)}
    for season in plan.seasons.values():
        begin, end = season.in_year(first.year)
        days |= {begin - timedelta(1), begin, end - timedelta(1), end}
    if plan.holidays:
        year = first + timedelta(366)
        days |= set(between(plan.holidays.country, plan.holidays.region, first, year)[:4])
    return sorted(days)


def _shifts(year: int) -> list[date]:
    """Last Sundays of March and October, when clocks are moved in Europe; others serve as well."""
    ends = (date(year, 3, 31), date(year, 10, 31))
    return [end - timedelta((end.weekday() + 1) % 7) for end in ends]


def _basis(plan: Plan, found: Cost) -> Decimal:
    amount = found.exact.before_taxes if not plan.taxes.included else found.exact.after_taxes
    return amount or Decimal(0)


def _local_day(text: str, zone: ZoneInfo) -> date:
    return datetime.fromisoformat(text).astimezone(zone).date()


def _millis(text: str) -> int:
    return to_millis(datetime.fromisoformat(text))
