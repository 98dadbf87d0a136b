"""Days, hours and dates of tariff restrictions as periods of DATEX II, and back.

Both count the clock on the wall: times of periods are local although the German profile writes them with a Z
(profile documentation 01-00-00), and in a window past midnight the weekday is that of the moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

from app.clock import Millis, from_millis
from app.formats.datex2.periods import DAY_SECONDS, Days, Period
from app.tariffs.conditions import ALWAYS, Condition, whole_day
from app.tariffs.plan.words import DAY_MINUTES

_YEARS_AHEAD = 2


class UnreadablePeriod(ValueError):
    """A criterion that cannot be told in days, hours and dates."""


def periods_of(conditions: Iterable[Condition], zone: ZoneInfo) -> tuple[Period, ...]:
    """When any of the conditions holds, as far as days, hours and dates go; empty: always, or no conditions."""
    hours: dict[tuple[frozenset[int] | None, tuple[date, date] | None], list[tuple[int, int]]] = {}
    for condition in conditions:
        span = condition.hours or (0, DAY_MINUTES)
        hours.setdefault((condition.days, condition.dates), []).append(span)
    periods = [_period(days, dates, spans, zone) for (days, dates), spans in hours.items()]
    return () if Period() in periods else tuple(periods)


def _period(
    days: frozenset[int] | None, dates: tuple[date, date] | None, spans: Sequence[tuple[int, int]], zone: ZoneInfo
) -> Period:
    begin, end = dates or (date.min, date.max)
    return Period(
        start=None if begin == date.min else datetime.combine(begin, time(), zone),
        end=None if end == date.max else datetime.combine(end, time(), zone),
        hours=tuple((first * 60, last * 60) for first, last in _past_midnight(spans, days)),
        days=() if days is None else (Days(days),),
    )


def _past_midnight(spans: Sequence[tuple[int, int]], days: frozenset[int] | None) -> list[tuple[int, int]]:
    """Spans that were cut at midnight in one piece again, where it does not matter which day it is."""
    kept = list(dict.fromkeys(spans))
    if (0, DAY_MINUTES) in kept:
        return []
    morning = next((span for span in kept if span[0] == 0), None)
    evening = next((span for span in kept if span[1] == DAY_MINUTES), None)
    if days is not None or morning is None or evening is None:
        return kept
    return [(evening[0], morning[1]), *(span for span in kept if span not in (morning, evening))]


def conditions_of(period: Period, zone: ZoneInfo, at: Millis) -> list[Condition]:
    """When a period holds; conditions may overlap. What ended before `at` is left out: an empty list.

    Times are read in whole minutes, begun ones included, so that 23:59:59 is the end of the day. Months, which OCPI cannot
    say, are written out as dates for two years. Raises UnreadablePeriod.
    """
    if period.special_days:
        kinds = ", ".join(sorted({day.kind for day in period.special_days}))
        raise UnreadablePeriod(f"special days ({kinds}) stand for no dates")
    now = from_millis(at).astimezone(zone)
    criteria = [
        [Condition(hours=span) for span in _spans(period.hours)] or [ALWAYS],
        [found for days in period.days for found in _on_days(days, now.year)] or [ALWAYS],
        list(_between(_local(period.start, zone), _local(period.end, zone))),
    ]
    found = [both for parts in product(*criteria) if (both := _all(parts)) is not None]
    return [one for one in found if one.dates is None or one.dates[1] > now.date()]


def _all(parts: Iterable[Condition]) -> Condition | None:
    common: Condition | None = ALWAYS
    for part in parts:
        common = common and common.both(part)
    return common


def _spans(hours: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int] | None]:
    for begin, end in hours:
        first, last = begin // 60, -(-end // 60) or DAY_MINUTES
        if first < last:
            yield whole_day((first, last))
        elif first == last:
            yield None
        else:
            yield from ((0, last), (first, DAY_MINUTES))


def _on_days(days: Days, year: int) -> Iterator[Condition]:
    weekly = Condition(days=days.days or None)
    if not days.months:
        yield weekly
        return
    for each, month in product(range(year - 1, year + _YEARS_AHEAD + 1), sorted(days.months)):
        following = date(each + month // 12, month % 12 + 1, 1)
        yield Condition(days=weekly.days, dates=(date(each, month, 1), following))


def _local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    return None if moment is None else moment.astimezone(zone).replace(tzinfo=None)


def _between(start: datetime | None, end: datetime | None) -> Iterator[Condition]:
    """Whole days as dates; parts of the first and the last day with hours."""
    first, begin = _day_and_minute(start, date.min)
    last, finish = _day_and_minute(end, date.max)
    if first == last:
        if begin < finish:
            yield Condition(hours=(begin, finish), dates=(first, first + timedelta(1)))
        return
    if begin:
        yield Condition(hours=(begin, DAY_MINUTES), dates=(first, first + timedelta(1)))
        first += timedelta(1)
    if finish:
        yield Condition(hours=(0, finish), dates=(last, last + timedelta(1)))
    if (first, last) == (date.min, date.max):
        yield ALWAYS
    elif first < last:
        yield Condition(dates=(first, last))


def _day_and_minute(moment: datetime | None, otherwise: date) -> tuple[date, int]:
    if moment is None:
        return otherwise, 0
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    if seconds >= DAY_SECONDS - 1:
        return moment.date() + timedelta(1), 0
    return moment.date(), -(-seconds // 60)
