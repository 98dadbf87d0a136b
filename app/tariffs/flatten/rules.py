"""The prices of a plan per OCPI dimension, as lists in which the first match counts.

Free volumes come first, then the dated prices of public holidays (on which the days of the week do not count), then tiers,
last the price outside of tiers. Holidays and seasons are written out date by date, from a day before the prices begin to a
month after they end, for sessions that go on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from app.tariffs.conditions import ALWAYS, Condition, Rules, reachable, summed, whole_day
from app.tariffs.plan.exemptions import fee_spans
from app.tariffs.plan.language import Plan
from app.tariffs.plan.prices import Occupancy, Prices, Tier, When
from app.tariffs.plan.public_holidays import between
from app.tariffs.plan.words import DAY_MINUTES, WEEK, DayKind, Range

_AFTER = timedelta(31)
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Dates of a plan: public holidays as stretches of days, seasons by name. Ends are exclusive."""

    holidays: tuple[tuple[date, date], ...]
    seasons: dict[str, tuple[tuple[date, date], ...]]

    @classmethod
    def of(cls, plan: Plan, since: str | None, until: str | None) -> Calendar:
        """For prices valid between two local times; empty where one is None, as in a plan without dated prices."""
        if since is None or until is None:
            return cls((), {})
        begin = date.fromisoformat(since[:10]) - timedelta(1)
        end = date.fromisoformat(until[:10]) + _AFTER
        days = between(plan.holidays.country, plan.holidays.region, begin, end) if plan.holidays else []
        years = range(begin.year - 1, end.year + 1)
        seasons = {
            name: tuple(span for year in years if (span := season.in_year(year))[1] > begin and span[0] < end)
            for name, season in plan.seasons.items()
        }
        return cls(tuple(_stretches(days)), seasons)


def _stretches(days: list[date]) -> Iterator[tuple[date, date]]:
    begin: date | None = None
    for index, day in enumerate(days):
        begin = begin or day
        following = day + timedelta(1)
        if index + 1 == len(days) or days[index + 1] != following:
            yield begin, following
            begin = None


def energy_rules(plan: Plan, prices: Prices, calendar: Calendar) -> Rules:
    """Per kWh."""
    if prices.energy is None:
        return [(ALWAYS, _ZERO)]
    free = [*_free_minutes(prices)]
    if prices.free and prices.free.kwh:
        free.append((Condition(kwh=(None, prices.free.kwh)), _ZERO))
    return reachable(free + _tiered(plan, prices, "energy", prices.energy, calendar))


def minute_rules(plan: Plan, prices: Prices, calendar: Calendar) -> Rules:
    """Per minute of charging."""
    if prices.minute is None:
        return [(ALWAYS, _ZERO)]
    return reachable([*_free_minutes(prices), *_tiered(plan, prices, "minute", prices.minute, calendar)])


def time_rules(plan: Plan, prices: Prices, calendar: Calendar, until_seconds: int | None) -> Rules:
    """Per minute of charging, with an occupancy fee that runs then too."""
    rules = minute_rules(plan, prices, calendar)
    if prices.occupancy and prices.occupancy.starts == "session":
        return summed(rules, occupancy_rules(prices.occupancy, until_seconds))
    return rules


def occupancy_rules(fee: Occupancy, until_seconds: int | None) -> Rules:
    """Per minute. `until_seconds`: the cap is reached by then at the latest; None: no such end."""
    from_seconds = Decimal(fee.grace * 60) if fee.starts == "session" and fee.grace else None
    end = None if until_seconds is None else Decimal(until_seconds)
    running = Condition(seconds=(from_seconds, end))
    found = (window.both(running) for window in _fee_windows(fee))
    return reachable([*((condition, fee.minute) for condition in found if condition), (ALWAYS, _ZERO)])


def _fee_windows(fee: Occupancy) -> Iterator[Condition]:
    """When the fee runs: the same hours of several days together."""
    days: dict[tuple[int, int], set[int]] = {}
    for begin, end in fee_spans(fee.exempt):
        for day in range(begin // DAY_MINUTES, -(-end // DAY_MINUTES)):
            midnight = day * DAY_MINUTES
            span = max(begin - midnight, 0), min(end - midnight, DAY_MINUTES)
            days.setdefault(span, set()).add(day)
    for span, when in days.items():
        yield Condition(days=None if len(when) == len(WEEK) else frozenset(when), hours=whole_day(span))


def _free_minutes(prices: Prices) -> Iterator[tuple[Condition, Decimal]]:
    if prices.free and prices.free.minutes:
        yield Condition(seconds=(None, Decimal(prices.free.minutes * 60))), _ZERO


def _tiered(plan: Plan, prices: Prices, name: str, base: Decimal, calendar: Calendar) -> Rules:
    tiers = [(tier, price) for tier in prices.tiers if (price := getattr(tier, name)) is not None]
    rules: Rules = []
    if plan.by_holiday(prices):
        on_holidays: Rules = [(c, price) for tier, price in tiers for c in _on_holidays(tier, calendar)]
        for stretch in calendar.holidays:
            rules += [(found, price) for c, price in (*on_holidays, (ALWAYS, base)) if (found := c.on(stretch))]
    rules += [(found, price) for tier, price in tiers for found in _conditions(tier, calendar)]
    return [*rules, (ALWAYS, base)]


def _on_holidays(tier: Tier, calendar: Calendar) -> Iterator[Condition]:
    if tier.when.days is None or DayKind.HOLIDAYS in tier.when.days:
        for condition in _weekly(None, tier.when.hours):
            yield from _narrowed(condition, tier.when, calendar)


def _conditions(tier: Tier, calendar: Calendar) -> Iterator[Condition]:
    for condition in _weekly(tier.when.days, tier.when.hours):
        yield from _narrowed(condition, tier.when, calendar)


def _weekly(days: tuple[DayKind, ...] | None, hours: object) -> Iterator[Condition]:
    """Windows past midnight are cut there: what the weekday is then stays clear (ocpi-tariffs#64)."""
    numbers = None if days is None else frozenset(WEEK.index(day) for day in days if day in WEEK)
    if numbers == frozenset():
        return
    if numbers is not None and len(numbers) == len(WEEK):
        numbers = None
    spans = [span for window in hours for span in window.spans()] if isinstance(hours, tuple) else [(0, 1440)]
    for span in spans:
        yield Condition(days=numbers, hours=whole_day(span))


def _narrowed(condition: Condition, when: When, calendar: Calendar) -> Iterator[Condition]:
    kwh, minutes, power = (_bounds(span) for span in (when.kwh, when.minutes, when.power))
    seconds = tuple(None if bound is None else bound * 60 for bound in minutes)
    inner = condition.both(Condition(kwh=kwh, seconds=(seconds[0], seconds[1]), power=power))
    spans = [None] if when.season is None else calendar.seasons.get(when.season, ())
    for span in spans:
        if inner and (found := inner.both(Condition(dates=span))):
            yield found


def _bounds(span: Range | None) -> tuple[Decimal | None, Decimal | None]:
    return (None, None) if span is None else (span.low or None, span.high)
