"""OCPI: elements that can never hold, times without a price, and restrictions that readers take differently."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from app.model.canonical import number_text
from app.model.enums import DayOfWeek, TariffDimensionType
from app.model.finding import Grade, Strength
from app.model.tariff import TariffRestrictions
from app.tariffs.conditions import WEEK, Bounds, Condition
from app.tariffs.lint.gaps import Dates, gaps
from app.tariffs.lint.rule import Fault, Rulebook
from app.tariffs.lint.seen import Seen, component_path
from app.tariffs.plan.words import clock
from app.tariffs.rates import is_for_charging, reachable

RESTRICTIONS: Rulebook[Seen] = Rulebook("OCPI restrictions")
_D = TariffDimensionType
_RANGES = tuple((f"min_{measure}", f"max_{measure}") for measure in ("kwh", "current", "power", "duration"))
_DAYS = tuple(DayOfWeek)
_SHOWN_AT_MOST = 3


@RESTRICTIONS.rule(
    "ocpi-unreachable-element",
    "Every element is the first to match at some time",
    "OCPI 2.3.0 Tariff.elements: of each dimension, the first that matches counts",
    Strength.STANDARD,
    "Remove it, or move it before those that hold whenever it does",
    grade=Grade.WARNING,
)
def _unreachable(seen: Seen) -> Iterator[Fault]:
    alive = {(rate.element, id(rate.component)) for rates in seen.rates.values() for rate in reachable(rates)}
    elements = {element for element, _ in alive}
    for index, element in seen.charging_elements():
        if index not in elements:
            yield Fault("never counts: elements before it hold whenever it does", f"elements[{index}]")
            continue
        for at, component in enumerate(element.price_components):
            if (index, id(component)) not in alive:
                what = f"its {component.type} never counts: elements before it hold whenever it does"
                yield Fault(what, component_path(index, at))


@RESTRICTIONS.rule(
    "ocpi-never-holds",
    "Restrictions can be met",
    "OCPI 2.3.0 TariffRestrictions: min_ and start_ inclusive, max_ and end_ exclusive",
    Strength.STANDARD,
    "Write a range that holds something, or remove the element",
)
def _never_holds(seen: Seen) -> Iterator[Fault]:
    for index, restrictions in seen.restrictions:
        for name, what in _impossible(restrictions):
            yield Fault(f"never holds: {what}", _field(index, name))


def _impossible(restrictions: TariffRestrictions) -> Iterator[tuple[str, str]]:
    for least, most in _RANGES:
        low, high = getattr(restrictions, least), getattr(restrictions, most)
        if high is not None and (high == 0 or (low is not None and low >= high)):
            yield most, f"from {low or 0} to below {high}"
    begin, end = restrictions.start_date, restrictions.end_date
    if begin and end:
        if begin >= end:
            yield "end_date", f"from {begin} to before {end}"
        elif restrictions.day_of_week and not _weekdays(begin, end) & {*restrictions.day_of_week}:
            yield "day_of_week", f"none of these days lies from {begin} to before {end}"


def _weekdays(begin: str, end: str) -> set[DayOfWeek]:
    first = date.fromisoformat(begin)
    length = min((date.fromisoformat(end) - first).days, len(WEEK))
    return {_DAYS[(first.weekday() + at) % len(WEEK)] for at in range(length)}


@RESTRICTIONS.rule(
    "ocpi-element-over",
    "No element holds in the past alone",
    "OCPI 2.3.0 TariffRestrictions.end_date",
    Strength.READING,
    "Remove it, or give it the dates to come",
    grade=Grade.WARNING,
)
def _element_over(seen: Seen) -> Iterator[Fault]:
    for index, restrictions in seen.restrictions:
        if restrictions.end_date and restrictions.end_date <= seen.today:
            yield Fault(f"ended before {restrictions.end_date}", _field(index, "end_date"))


@RESTRICTIONS.rule(
    "ocpi-dates-of-all",
    "Dates of all elements are those of the tariff",
    "OCPI 2.3.0 Tariff.start_date_time, end_date_time",
    Strength.READING,
    "Say start_date_time and end_date_time of the tariff: then it is known when no price holds any more",
    grade=Grade.WARNING,
)
def _dates_of_all(seen: Seen) -> Iterator[Fault]:
    dates = {
        (element.restrictions.start_date, element.restrictions.end_date) if element.restrictions else (None, None)
        for _, element in seen.charging_elements()
    }
    if len(dates) == 1 and dates != {(None, None)}:
        yield Fault("all elements have the same dates", "elements")


@RESTRICTIONS.rule(
    "ocpi-week-gap",
    "A price holds at every time",
    "OCPI 2.3.0 Tariff.elements: what no element matches costs nothing",
    Strength.READING,
    "Add an element without restrictions at the end; where it is free then, one with a price of 0",
    grade=Grade.WARNING,
)
def _week_gap(seen: Seen) -> Iterator[Fault]:
    found = energy_gaps(seen) if any(rate.component.price for rate in seen.rates.get(_D.ENERGY, ())) else all_gaps(seen)
    if found:
        what = "no price per kWh" if seen.rates.get(_D.ENERGY) else "no price at all"
        shown = "; ".join(said(gap) for gap in found[:_SHOWN_AT_MOST])
        more = f" and {len(found) - _SHOWN_AT_MOST} times more" if len(found) > _SHOWN_AT_MOST else ""
        yield Fault(f"{what} {shown}{more}", "elements")


def energy_gaps(seen: Seen) -> list[Condition]:
    """When energy has no price, within the tariff's validity."""
    return gaps([rate.when for rate in seen.rates.get(_D.ENERGY, ())], _valid(seen))


def all_gaps(seen: Seen) -> list[Condition]:
    """When nothing at all has a price although something has at other times."""
    if not seen.charges:
        return []
    return gaps([rate.when for rates in seen.rates.values() for rate in rates], _valid(seen))


def _valid(seen: Seen) -> Dates:
    """Local dates that lie within the validity whatever the time zone."""
    begin, end = seen.tariff.start_date_time, seen.tariff.end_date_time
    first = begin.date() + timedelta(1) if begin else date.min
    last = end.date() if end else date.max
    return first, max(first, last)


@RESTRICTIONS.rule(
    "ocpi-half-open-hours",
    "Hours have a beginning and an end",
    "OCPI 2.3.0 TariffRestrictions.start_time, end_time; ocpi#466, ocpi#502",
    Strength.READING,
    "Write both; 00:00 is the beginning and the end of the day",
    grade=Grade.WARNING,
)
def _half_open(seen: Seen) -> Iterator[Fault]:
    for index, restrictions in seen.restrictions:
        if (restrictions.start_time is None) is not (restrictions.end_time is None):
            given, other = ("start_time", "end_time") if restrictions.start_time else ("end_time", "start_time")
            yield Fault(f"{given} without {other}, read as 00:00", _field(index, given))


@RESTRICTIONS.rule(
    "ocpi-end-of-day",
    "The day ends at 00:00",
    "OCPI 2.3.0 TariffRestrictions.end_time: exclusive; to stop at the end of the day use 00:00",
    Strength.STANDARD,
    "Write 00:00",
    grade=Grade.WARNING,
)
def _end_of_day(seen: Seen) -> Iterator[Fault]:
    for index, restrictions in seen.restrictions:
        if restrictions.end_time == "23:59":
            yield Fault("leaves out the last minute of the day", _field(index, "end_time"))


@RESTRICTIONS.rule(
    "ocpi-day-past-midnight",
    "Days of the week stand beside hours of one day",
    "OCPI 2.3.0 TariffRestrictions.day_of_week; ocpi-tariffs#64",
    Strength.READING,
    "Write two elements, cut at midnight, each with its days",
    grade=Grade.WARNING,
)
def _day_past_midnight(seen: Seen) -> Iterator[Fault]:
    for index, restrictions in seen.restrictions:
        begin, end = restrictions.start_time or "00:00", restrictions.end_time or "00:00"
        if {*restrictions.day_of_week} not in (set(), {*_DAYS}) and "00:00" < end < begin:
            what = f"{begin} to {end} passes midnight: the days are read as those of each side"
            yield Fault(what, _field(index, "day_of_week"))


@RESTRICTIONS.rule(
    "ocpi-days",
    "Days of the week are listed once, in order, and not all of them",
    "OCPI 2.3.0 TariffRestrictions.day_of_week",
    Strength.READING,
    "List the days once from Monday on; leave the field out where every day is meant",
    grade=Grade.WARNING,
)
def _days(seen: Seen) -> Iterator[Fault]:
    for index, restrictions in seen.restrictions:
        days = restrictions.day_of_week
        if len({*days}) < len(days):
            yield Fault("a day is listed twice", _field(index, "day_of_week"))
        elif len(days) == len(_DAYS):
            yield Fault("lists the whole week, which restricts nothing", _field(index, "day_of_week"))
        elif days != sorted(days, key=_DAYS.index):
            yield Fault("not in the order of the week", _field(index, "day_of_week"))


@RESTRICTIONS.rule(
    "ocpi-empty-restriction",
    "A restriction restricts",
    "OCPI 2.3.0 TariffRestrictions",
    Strength.READING,
    "Leave it out",
    grade=Grade.WARNING,
)
def _empty(seen: Seen) -> Iterator[Fault]:
    for index, restrictions in seen.restrictions:
        for least, _ in _RANGES:
            if getattr(restrictions, least) == 0:
                yield Fault("from 0 on is always", _field(index, least))
        if restrictions.start_time and restrictions.start_time == (restrictions.end_time or "00:00"):
            yield Fault("begins when it ends: read as the whole day", _field(index, "start_time"))
        if not restrictions.model_fields_set:
            yield Fault("restricts nothing", f"elements[{index}].restrictions")


@RESTRICTIONS.rule(
    "ocpi-parking-duration",
    "A duration counts from the start of the session",
    "OCPI 2.3.0 TariffRestrictions.min_duration; ocpi#434, ocpi#530, ocpi#543",
    Strength.READING,
    "OCPI has no grace after charging: price TIME alike, or leave it out and say the grace in tariff_alt_text",
    grade=Grade.WARNING,
)
def _parking_duration(seen: Seen) -> Iterator[Fault]:
    for index, restrictions in seen.restrictions:
        element = seen.tariff.elements[index]
        types = {component.type for component in element.price_components}
        if restrictions.min_duration and is_for_charging(element) and _D.PARKING_TIME in types and _D.TIME not in types:
            what = "not a grace after charging: it counts from the start of the session"
            yield Fault(what, _field(index, "min_duration"))


def _field(index: int, name: str) -> str:
    return f"elements[{index}].restrictions.{name}"


def said(when: Condition) -> str:
    """A condition in a few words: `mon-fri 20:00-08:00`; `always` where it is none."""
    parts = []
    if when.days is not None:
        parts.append(" ".join(_DAYS[day][:3].lower() for day in sorted(when.days)))
    if when.hours is not None:
        parts.append(f"{clock(when.hours[0])}-{clock(when.hours[1])}")
    if when.dates is not None:
        begin, end = when.dates
        parts += [f"from {begin}"] if begin > date.min else []
        parts += [f"before {end}"] if end < date.max else []
    for unit, bounds in (("kWh", when.kwh), ("s", when.seconds), ("kW", when.power), ("A", when.current)):
        parts += _bounds(bounds, unit)
    return " ".join(parts) or "always"


def _bounds(bounds: Bounds, unit: str) -> list[str]:
    words = ("from", "below")
    return [
        f"{word} {number_text(bound)} {unit}" for word, bound in zip(words, bounds, strict=True) if bound is not None
    ]
