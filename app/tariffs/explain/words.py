"""Amounts, quantities, hours, days and dates as a locale writes them (CLDR, through Babel).

Spaces that must not break are U+00A0. What is asked for often is kept: Babel takes some 30 µs for an amount.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent, parse_pattern
from babel.units import format_unit

from app.model.money import PRICE_DECIMALS, minor_digits

Unit = Literal["power-kilowatt", "electric-ampere"]
_FRACTION = re.compile(r"0\.0+")
_HUNDRED = Decimal(100)
_NOISE_DECIMALS = 12
"""A price per hour divided by 60 and multiplied again is the same up to here."""
_SIGNIFICANT = 2


def shown(amount: Decimal) -> tuple[Decimal, bool]:
    """With at most four decimals, and whether that is exact; more where else nothing would be left of it."""
    exact = round(amount, _NOISE_DECIMALS)
    digits = PRICE_DECIMALS if exact == 0 else max(PRICE_DECIMALS, _SIGNIFICANT - 1 - exact.adjusted())
    rounded = round(exact, digits)
    return rounded, rounded == exact


@lru_cache(maxsize=4096)
def money(locale: Locale, amount: Decimal, currency: str) -> str:
    """All decimals there are; none where it is whole, else at least those of the currency."""
    plain = _plain(amount)
    decimals = -int(plain.as_tuple().exponent)
    digits = max(decimals, minor_digits(currency)) if decimals else 0
    standard = locale.currency_formats["standard"].pattern
    pattern = parse_pattern(_FRACTION.sub("0." + "0" * digits if digits else "0", standard))
    return _unbroken(pattern.apply(plain, locale, currency=currency, currency_digits=False))


@lru_cache(maxsize=512)
def number(locale: Locale, value: Decimal) -> str:
    return _unbroken(format_decimal(_plain(value), locale=locale, decimal_quantization=False))


@lru_cache(maxsize=512)
def quantity(locale: Locale, value: Decimal, unit: Unit) -> str:
    """`50 kW`."""
    return _unbroken(format_unit(_plain(value), unit, "short", locale=locale))


@lru_cache(maxsize=512)
def percent(locale: Locale, value: Decimal) -> str:
    return _unbroken(format_percent(_plain(value / _HUNDRED), locale=locale, decimal_quantization=False))


@lru_cache(maxsize=2048)
def clock(locale: Locale, minute: int) -> str:
    return _unbroken(format_time(time(minute // 60, minute % 60), "short", locale=locale))


@lru_cache(maxsize=2048)
def day(locale: Locale, on: date, first: str, length: Literal["long", "medium"]) -> str:
    """With the year; `first` is what the first of a month is called where the day comes before it."""
    return _first(format_date(on, length, locale=locale), on, first)


@lru_cache(maxsize=2048)
def day_of_year(locale: Locale, on: date, first: str, length: Literal["long", "medium"]) -> str:
    skeleton = "MMMMd" if length == "long" else "MMMd"
    return _first(format_skeleton(skeleton, on, locale=locale), on, first)


def weekday(locale: Locale, number: int, width: Literal["wide", "abbreviated"]) -> str:
    """0 is Monday."""
    return str(locale.days["stand-alone"][width][number])


def moment(locale: Locale, at: datetime, first: str) -> str:
    return f"{day(locale, at.date(), first, 'long')}, {clock(locale, at.hour * 60 + at.minute)}"


def listed(locale: Locale, parts: Iterable[str]) -> str:
    """`a, b and c`."""
    return format_list(list(parts), locale=locale)


def country(locale: Locale, code: str) -> str:
    return str(locale.territories.get(code, code))


def _first(text: str, on: date, first: str) -> str:
    return _unbroken(first + text[1:] if on.day == 1 and text.startswith("1 ") else text)


def _plain(value: Decimal) -> Decimal:
    """Without zeros at the end, and without an exponent."""
    return Decimal(f"{value.normalize():f}")


def _unbroken(text: str) -> str:
    return text.replace("\u202f", "\u00a0")
