"""The words of the plan language: amounts, days, hours, ranges, dates. Each refusal says what to write instead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from app.model.codes import CURRENCIES
from app.model.money import PRICE_DECIMALS

DAY_MINUTES = 1440
_LARGEST = Decimal(1_000_000)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_WINDOW = re.compile(r"(\S+?)\s*-\s*(\S+)")
_RANGE = re.compile(r"(\d+(?:\.\d+)?)?\s*-\s*(\d+(?:\.\d+)?)?")
_MONTH_DAY = re.compile(r"(\d{2})-(\d{2})")
_LEAP_YEAR = 2024


class DayKind(StrEnum):
    """A public holiday is none of the seven others, whatever weekday it falls on."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"
    HOLIDAYS = "holidays"


WEEK = tuple(DayKind)[:7]
"""From Monday, as date.weekday() counts."""
_NAMED_DAYS = {"weekdays": WEEK[:5], "weekend": WEEK[5:], "daily": tuple(DayKind)}


@dataclass(frozen=True, slots=True)
class Window:
    """Local wall clock in minutes since midnight; `end` is exclusive and 0 is the end of the day."""

    begin: int
    end: int

    @property
    def past_midnight(self) -> bool:
        return self.end != 0 and self.end < self.begin

    def spans(self) -> tuple[tuple[int, int], ...]:
        """Within one day, each with begin < end ≤ 1440."""
        if self.past_midnight:
            return ((0, self.end), (self.begin, DAY_MINUTES))
        return ((self.begin, self.end or DAY_MINUTES),)

    def holds(self, minute: int) -> bool:
        return any(begin <= minute < end for begin, end in self.spans())

    def __str__(self) -> str:
        return f"{clock(self.begin)}-{clock(self.end)}"


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` on and below `high`; None: open."""

    low: Decimal | None
    high: Decimal | None

    def holds(self, value: Decimal) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value < self.high)

    def meets(self, other: Range) -> bool:
        low = max(self.low or Decimal(0), other.low or Decimal(0))
        ends = [end for end in (self.high, other.high) if end is not None]
        return not ends or low < min(ends)

    def __str__(self) -> str:
        return f"{'' if self.low is None else self.low}-{'' if self.high is None else self.high}"


@dataclass(frozen=True, slots=True)
class MonthDay:
    month: int
    day: int

    def __str__(self) -> str:
        return f"{self.month:02}-{self.day:02}"


def clock(minute: int) -> str:
    return f"{minute % DAY_MINUTES // 60:02}:{minute % 60:02}"


def _number(value: Any) -> Decimal:
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        hint = "; write a point, not a comma" if "," in str(value) else ""
        raise ValueError(f"{value!r} is no number{hint}: write such as 0.49") from None
    if not number.is_finite() or isinstance(value, bool):
        raise ValueError(f"{value!r} is no number: write such as 0.49")
    return number


def _amount(value: Any) -> Decimal:
    number = _number(value)
    if number < 0:
        raise ValueError(f"{value} is negative: write 0 or more; a reduction is a group's `discount`")
    if number > _LARGEST:
        raise ValueError(f"{value} is no price: write at most {_LARGEST}")
    if number != round(number, PRICE_DECIMALS):
        raise ValueError(f"{value} has more than {PRICE_DECIMALS} decimals: write {round(number, PRICE_DECIMALS)}")
    return number


def _percent(value: Any) -> Decimal:
    number = _number(str(value).strip().removesuffix("%"))
    if not 0 <= number <= 100:
        raise ValueError(f"{value} is no share: write a percentage from 0 to 100")
    if number != round(number, PRICE_DECIMALS):
        raise ValueError(f"{value} has more than {PRICE_DECIMALS} decimals: write {round(number, PRICE_DECIMALS)}")
    return number


def _currency(value: Any) -> str:
    if str(value) in CURRENCIES.values:
        return str(value)
    upper = str(value).upper()
    hint = f"write {upper}" if upper in CURRENCIES.values else "write an ISO 4217 code such as EUR, GBP or USD"
    raise ValueError(f"{value!r} is no known currency: {hint}")


def _time_zone(value: Any) -> str:
    try:
        ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{value!r} is no time zone: write such as Europe/Berlin") from None
    return str(value)


def _listed(value: Any) -> list[Any]:
    """A list as YAML writes it, or its items between commas."""
    if isinstance(value, list | tuple):
        return list(value)
    return [item.strip() for item in value.split(",")] if isinstance(value, str) else [value]


def _days(value: Any) -> tuple[DayKind, ...]:
    found: set[DayKind] = set()
    for item in _listed(value):
        found.update(_day_kinds(item))
    if not found:
        raise ValueError("no day: write such as mon-fri, or leave `days` out for every day")
    return tuple(kind for kind in DayKind if kind in found)


def _day_kinds(item: Any) -> tuple[DayKind, ...]:
    if str(item) in _NAMED_DAYS:
        return _NAMED_DAYS[str(item)]
    first, dash, last = str(item).partition("-")
    try:
        begin, end = DayKind(first.strip()), DayKind(last.strip() if dash else first.strip())
    except ValueError:
        known = "mon, tue, wed, thu, fri, sat, sun, holidays, mon-fri, weekdays, weekend, daily"
        raise ValueError(f"{item!r} is no day: write {known}") from None
    if not dash:
        return (begin,)
    if DayKind.HOLIDAYS in (begin, end):
        raise ValueError(f"{item!r}: `holidays` stands alone: write mon-sun, holidays")
    low, high = WEEK.index(begin), WEEK.index(end)
    return WEEK[low : high + 1] if low <= high else (*WEEK[low:], *WEEK[: high + 1])


def _clock_minute(text: str) -> int:
    if text in ("24:00", "24"):
        raise ValueError("24:00 is no time: write 00:00 for the end of the day")
    if not (match := _CLOCK.fullmatch(text)):
        hint = f": write {int(text):02}:00" if text.isdecimal() and int(text) < 24 else ": write such as 08:00"
        raise ValueError(f"{text!r} is no time of day{hint}")
    hour, minute = int(match[1]), int(match[2])
    if hour > 23 or minute > 59:
        raise ValueError(f"{text} is no time of day: write 00:00 to 23:59")
    return hour * 60 + minute


def _window(item: Any) -> Window:
    if isinstance(item, Window):
        return item
    if not isinstance(item, str) or not (match := _WINDOW.fullmatch(item.strip())):
        raise ValueError(f"{item!r} is no stretch of the day: write such as 17:00-20:00")
    begin, end = _clock_minute(match[1]), _clock_minute(match[2])
    if begin == end:
        raise ValueError(f"{item} is empty: leave `hours` out for the whole day")
    return Window(begin, end)


def _windows(value: Any) -> tuple[Window, ...]:
    windows = tuple(_window(item) for item in _listed(value))
    if not windows:
        raise ValueError("no hours: write such as 17:00-20:00, or leave `hours` out for the whole day")
    spans = sorted(span for window in windows for span in window.spans())
    for (_, end), (begin, _) in pairwise(spans):
        if begin < end:
            raise ValueError(f"two of the hours overlap at {clock(begin)}: let one end where the other begins")
    return windows


def _range(value: Any) -> Range:
    if isinstance(value, Range):
        return value
    match = _RANGE.fullmatch(str(value).strip())
    if not match or not (match[1] or match[2]):
        raise ValueError(f"{value!r} is no range: write such as 0-20, or 20- for all from 20 on")
    low, high = (Decimal(text) if text else None for text in match.groups())
    if high is not None and high <= (low or 0):
        raise ValueError(f"{value} is empty: the end must lie above the beginning")
    return Range(low, high)


def _month_day(value: Any) -> MonthDay:
    if isinstance(value, MonthDay):
        return value
    match = _MONTH_DAY.fullmatch(str(value).strip())
    try:
        found = date(_LEAP_YEAR, int(match[1]), int(match[2])) if match else None
    except ValueError:
        found = None
    if found is None:
        raise ValueError(f"{value!r} is no day of the year: write month and day, such as 11-01")
    return MonthDay(found.month, found.day)


def _moment(value: Any) -> str:
    """Local date or date and time, as `2027-01-01T00:00`."""
    text = str(value).strip().replace(" ", "T")
    text = text if "T" in text else f"{text}T00:00"
    day, _, time = text.partition("T")
    try:
        date.fromisoformat(day)
    except ValueError:
        raise ValueError(f"{value!r} is no day: write such as 2027-01-31 or 2027-01-31 06:00") from None
    if re.search(r"(Z|[+-]\d{2}:?\d{2})$", time):
        raise ValueError(f"{value!r} has an offset: write the local time; `time_zone` says where")
    minute = _clock_minute(time.removesuffix(":00") if time.count(":") == 2 else time)
    return f"{day}T{clock(minute)}"


def _schema(pattern: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": list(examples)})


def _listing(item: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": item, "minItems": 1}]})


Number = WithJsonSchema({"type": "number", "minimum": 0})
Money = Annotated[Decimal, BeforeValidator(_amount), Number]
"""In the plan's currency, at most four decimals."""
Percent = Annotated[
    Decimal, BeforeValidator(_percent), WithJsonSchema({"type": ["number", "string"], "examples": [19, "10%"]})
]
Currency = Annotated[str, BeforeValidator(_currency), _schema("^[A-Z]{3}$", "EUR")]
TimeZone = Annotated[str, BeforeValidator(_time_zone), _schema("^[A-Za-z0-9_+/-]+$", "Europe/Berlin")]
Days = Annotated[tuple[DayKind, ...], BeforeValidator(_days), _listing({"type": "string"})]
Windows = Annotated[
    tuple[Window, ...],
    BeforeValidator(_windows),
    PlainSerializer(lambda windows: [str(window) for window in windows]),
    _listing({"type": "string", "pattern": "^[0-9]{1,2}:[0-9]{2} *- *[0-9]{1,2}:[0-9]{2}$"}),
]
Span = Annotated[
    Range, BeforeValidator(_range), PlainSerializer(str), _schema(r"^([0-9.]+)? *- *([0-9.]+)?$", "0-20", "20-")
]
YearDay = Annotated[
    MonthDay, BeforeValidator(_month_day), PlainSerializer(str), _schema("^[0-9]{2}-[0-9]{2}$", "11-01")
]
Moment = Annotated[
    str, BeforeValidator(_moment), _schema("^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{1,2}:[0-9]{2})?$", "2027-01-01")
]
"""Local date and time of the plan's time zone as text; midnight where just the day is written."""
Minutes = Annotated[int, Field(ge=0, le=100_000)]
