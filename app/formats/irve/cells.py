"""A cell as a value. What the schema accepts is read silently; what it refuses, but can only mean one thing, with a flaw."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, DecimalException
from functools import lru_cache
from typing import Any, NamedTuple

from app.formats.irve.columns import NOT_CONCERNED, Column, Type
from app.model.problem import Severity


class Flaw(NamedTuple):
    what: str
    remedy: str = ""
    severity: Severity = Severity.NOTE
    official: bool = True
    """The schema refuses it."""


Read = tuple[Any, Flaw | None]
"""The value, None where there is none: bool, int, Decimal, (longitude, latitude), date, datetime or text."""


LONGEST = 1000
"""Characters of a text."""
_LARGEST = 10**9
"""No number in these files is as large."""
_OLDEST = 2000
"""Year before which no status was sent."""


@lru_cache(1 << 14)  # most cells are as in the row above
def read_cell(column: Column, text: str) -> Read:
    """A datetime without an offset is naive."""
    if not text:
        return None, Flaw("required, but empty", "Fill it in") if column.required else None
    if len(text) > LONGEST:
        what = f"longer than {LONGEST} characters: left out"
        return None, Flaw(what, "Shorten it", Severity.PARTLY, official=False)
    value, flaw = _READERS[column.type](column, text)
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and value < 0:
        return None, Flaw("less than 0: left out", "Write it without a sign", Severity.PARTLY)
    return value, flaw


def _nothing(what: str, remedy: str) -> Read:
    return None, Flaw(f"{what}: left out", remedy, Severity.PARTLY)


_TRUE, _FALSE = ("true", "True", "TRUE", "1"), ("false", "False", "FALSE", "0")
_YES, _NO = ("oui", "vrai", "yes", "1.0", *_TRUE), ("non", "faux", "no", "0.0", *_FALSE)


def _boolean(column: Column, text: str) -> Read:
    value = True if text.lower() in _YES else False if text.lower() in _NO else None
    remedy = "Write true or false"
    if value is None:
        return _nothing("no boolean", remedy)
    if text in ("true", "false"):
        return value, None
    official = text not in _TRUE + _FALSE
    return value, Flaw(f"a boolean in other words, read as {str(value).lower()}", remedy, official=official)


def _integer(column: Column, text: str) -> Read:
    number, flaw = _number(column, text)
    if number is None or number != number.to_integral_value():
        return _nothing("no whole number", "Write digits alone")
    return int(number), flaw or (
        None if re.fullmatch(r"[+-]?\d+", text) else Flaw("read as a whole number", "Write digits alone")
    )


_NUMBER = re.compile(r"([+-]?\d+(?:[.,]\d+)?)\s*(?:kw)?", re.IGNORECASE)


def _number(column: Column, text: str) -> Read:
    try:
        value = Decimal(text)
    except DecimalException:
        loose = _NUMBER.fullmatch(text)
        if not loose:
            return _nothing("no number", "Write digits with a decimal point")
        return Decimal(loose[1].replace(",", ".")), Flaw("read as a number", "Write digits with a decimal point alone")
    if value.is_finite() and abs(value) < _LARGEST:
        return value, None
    return None, Flaw("no number that can be: left out", "Correct it", Severity.PARTLY, official=False)


_DEGREES = re.compile(r"-?\d+(?:[.,]\d+)?")
_POINT = re.compile(r"\[\s*-?\d+(\.\d+)?\s*,\s*-?\d+(\.\d+)?\s*\]")


def _point(column: Column, text: str) -> Read:
    remedy = "Write [longitude,latitude] in decimal degrees, as [2.349014,48.864716]"
    if official := _POINT.fullmatch(text):
        found = tuple(Decimal(one) for one in text.strip("[]").split(","))
    else:
        found = tuple(Decimal(one.replace(",", ".")) for one in _DEGREES.findall(text))
    if len(found) != 2 or abs(found[0]) > 180 or abs(found[1]) > 90:
        return _nothing("no longitude and latitude", remedy)
    return found, None if official else Flaw("read as longitude and latitude", remedy)


_FRENCH_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


def _date(column: Column, text: str) -> Read:
    remedy = "Write it as 2026-01-31"
    french = _FRENCH_DAY.match(text)
    parts = (french[3], french[2], french[1]) if french else text[:10].split("-")
    try:
        value = date(*(int(part) for part in parts))
    except (ValueError, TypeError, OverflowError):
        return _nothing("no day", remedy)
    official = not french and re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", text)
    return value, None if official else Flaw(f"read as {value}", remedy)


def _moment(column: Column, text: str) -> Read:
    remedy = "Write it with its offset, as 2026-01-31T12:00:00+01:00"
    if re.fullmatch(r"\d{10}(\d{3})?", text):
        value = datetime.fromtimestamp(int(text[:10]), UTC)
        return value, Flaw(f"seconds since 1970, read as {value.isoformat()}", remedy)
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        return _nothing("no time", remedy)
    if len(text) < len("2026-01-31T12") or value.year < _OLDEST:
        return None, Flaw("no time of a status: left out", remedy, Severity.PARTLY, official=False)
    return value, None


def _text(column: Column, text: str) -> Read:
    if column.values:
        return _listed(column, text)
    if column.matches is None or column.matches.fullmatch(text):
        return text, None
    if column.name.startswith("id_"):
        return _id(column, text)
    if column.name == "horaires":
        return text, Flaw("neither 24/7 nor hours", "Write 24/7, or hours such as Mo-Fr 08:00-12:00,Mo-Fr 14:00-18:00")
    return _nothing(f"not of the form {column.pattern or 'name@example.org'}", "Correct it or leave it empty")


def _listed(column: Column, text: str) -> Read:
    if text in column.values:
        return text, None
    remedy = f"Write one of {', '.join(column.values)}"
    meant = next((value for value in column.values if _folded(value) == _folded(text)), None)
    return (meant, Flaw(f"read as {meant}", remedy)) if meant else _nothing("no value of the list", remedy)


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.casefold())
    return "".join(letter for letter in plain if letter.isalnum())


def _id(column: Column, text: str) -> Read:
    remedy = "Write it as the register has it: capital letters and digits without separators"
    if _folded(text) == _folded(NOT_CONCERNED):
        return NOT_CONCERNED, Flaw("written otherwise", f"Write {NOT_CONCERNED}, or the point's id")
    bare = re.sub(r"[*\s._-]", "", text.upper())
    if column.matches and column.matches.fullmatch(bare):
        return bare, Flaw(f"read as {bare}", remedy)
    return _nothing("no id of the register", remedy)


_READERS: dict[Type, Callable[[Column, str], Read]] = {
    Type.TEXT: _text,
    Type.EMAIL: _text,
    Type.BOOLEAN: _boolean,
    Type.INTEGER: _integer,
    Type.NUMBER: _number,
    Type.POINT: _point,
    Type.DATE: _date,
    Type.MOMENT: _moment,
}
