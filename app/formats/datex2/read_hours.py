"""Hours of opening and of service, as OCPI has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from app.clock import format_time, to_millis
from app.formats.datex2.facts import Facts
from app.formats.datex2.nodes import Unreadable
from app.formats.datex2.periods import DAY_SECONDS, OverallPeriod, Period
from app.formats.datex2.read_json import read_period
from app.formats.datex2.trees import CLASS, Tree
from app.model.hours import DAY_END

_ALWAYS = "openallhours"
_ROUND_THE_CLOCK = "24/7"


def opening_times(facts: Facts) -> Tree | None:
    """None: not told."""
    hours = facts.one("operatingHours")
    if hours is None or not isinstance(hours.value, dict):
        return None
    if str(hours.value.get(CLASS, "")).lower() == _ALWAYS or hours.name() == _ROUND_THE_CLOCK:
        return {"twentyfourseven": True}
    period = _overall(hours)
    return None if period is None else _hours(hours, period)


def service_hours(facts: Facts) -> list[Tree]:
    period = _overall(facts)
    return list(_weekly(facts, period.valid)) if period else []


def _overall(facts: Facts) -> OverallPeriod | None:
    facts.whole("overallPeriod")
    try:
        return read_period(facts)
    except Unreadable:
        facts.left_out()
        return None


def _hours(facts: Facts, period: OverallPeriod) -> Tree | None:
    regular = list(_weekly(facts, period.valid))
    found: Tree = {"twentyfourseven": not regular}
    if period.valid and not regular:
        facts.note("opening hours that are none of a week: left out", "Send hours by days of the week")
        return None
    found |= {"regular_hours": regular} if regular else {}
    for name, periods in (("exceptional_openings", period.valid), ("exceptional_closings", period.exceptions)):
        if dated := [one for one in periods if _is_dated(one)]:
            found[name] = [{"period_begin": _time(one.start), "period_end": _time(one.end)} for one in dated]
    if any(not _is_dated(one) for one in period.exceptions):
        facts.note("exceptions that come again and again are left out", "Send each with its dates")
    return found


def _is_dated(period: Period) -> bool:
    return bool(period.start and period.end and not period.hours and not period.days)


def _weekly(facts: Facts, periods: Iterable[Period]) -> Iterator[Tree]:
    for period in periods:
        if _is_dated(period):
            continue
        if period.special_days or any(days.months for days in period.days) or period.start or period.end:
            facts.note("hours of a season or of special days are read as those of every week", "Send hours of the week")
        named = {day for days in period.days for day in days.days} or set(range(7))
        for day in sorted(named):
            for begin, end in period.hours or ((0, DAY_SECONDS),):
                yield from _of_day(day, begin, end)


def _of_day(day: int, begin: int, end: int) -> Iterator[Tree]:
    if end > begin:
        yield {"weekday": day + 1, "period_begin": _clock(begin), "period_end": _clock(end)}
        return
    yield {"weekday": day + 1, "period_begin": _clock(begin), "period_end": DAY_END}
    if end:
        yield {"weekday": (day + 1) % 7 + 1, "period_begin": "00:00", "period_end": _clock(end)}


def _clock(second: int) -> str:
    minute = second // 60
    return DAY_END if minute >= DAY_SECONDS // 60 else f"{minute // 60:02}:{minute % 60:02}"


def _time(moment: datetime | None) -> Any:
    return format_time(to_millis(moment)) if moment else None
