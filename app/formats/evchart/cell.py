"""One cell, by the rules of its column: the type, and what EV-ChART takes of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from math import isfinite

from app.formats.evchart.module import NETWORK, PLACES, STATION, Column, Need
from app.model.problem import Problem, Severity

TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z?", re.ASCII)
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)
_KEY = re.compile(r"[a-z0-9_]+")


def defects(column: Column, text: str) -> Iterator[Problem]:
    """What is wrong with a cell that is not empty."""
    yield from _TYPES[column.type](column, text)
    if column.key == STATION and any(letter.isspace() for letter in text):
        yield _defect(column, text, "has a space in it", "No station can be registered so: use the id that is")
    if column.key == NETWORK and not _KEY.fullmatch(text):
        remedy = "Take the network's `evchart_key` from AFDC's list of networks, such as `shell_recharge`"
        yield _defect(column, text, "is no key of a network", remedy)
    if column.values and not column.open and text not in column.values:
        yield _defect(column, text, "is no value of the list", f"Use one of {', '.join(column.values)}")


def value_of(column: Column, text: str) -> object:
    """What it says, so that the same written otherwise is the same; the text itself where it says nothing valid."""
    try:
        if column.type == "time":
            return datetime.fromisoformat(text.removesuffix("Z"))
        if column.type in ("decimal", "integer"):
            return Decimal(text)
    except (ValueError, ArithmeticError):
        pass
    return text


def _text(column: Column, text: str) -> Iterator[Problem]:
    if column.most is not None and len(text) > column.most:
        yield _defect(column, text, f"is longer than {column.most} characters", "Shorten it")
    if column.exactly is not None and len(text) != column.exactly:
        yield _defect(column, text, f"has {len(text)} characters, not {column.exactly}", "Write it in full, zeros too")
    if column.need is not Need.OPTIONAL and text.isspace():
        yield _defect(column, text, "is nothing but spaces", "Say what it is")


def _time(column: Column, text: str) -> Iterator[Problem]:
    remedy = "Write it in UTC as 2026-01-31T12:00:00Z"
    if not TIME.fullmatch(text):
        yield _defect(column, text, "is no such time (no offset but Z is taken)", remedy)
        return
    try:
        datetime.fromisoformat(text)
    except ValueError:
        yield _defect(column, text, "is no time of the calendar", remedy)


def _flag(column: Column, text: str) -> Iterator[Problem]:
    if text.upper() not in ("TRUE", "FALSE"):
        yield _defect(column, text, "is neither TRUE nor FALSE", "Write TRUE or FALSE")


def _integer(column: Column, text: str) -> Iterator[Problem]:
    try:
        number = int(text)
    except ValueError:
        yield _defect(column, text, "is no whole number", "Write its digits alone")
        return
    yield from _bounds(column, text, number)
    if column.exactly is not None and len(text.lstrip("+-")) != column.exactly:
        yield _defect(column, text, f"has not {column.exactly} digits", f"Write all {column.exactly}")


def _decimal(column: Column, text: str) -> Iterator[Problem]:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not isfinite(number):
        yield _defect(column, text, "is no number", "Write it as 12.34")
        return
    if not _PLAIN.fullmatch(text):
        what, remedy = "is taken, though it is no plain decimal", "Write it as 12.34"
        yield _defect(column, text, what, remedy, Severity.NOTE)
    whole, _, part = text.partition(".")
    if len(whole) - text.startswith(("+", "-")) > column.digits - PLACES:
        what = f"has more than {column.digits - PLACES} digits before the point"
        yield _defect(column, text, what, "No such figure is meant: look at its unit")
    if len(part) > PLACES:
        yield _defect(column, text, f"has more than {PLACES} decimal places", f"Round it to {PLACES}")
    yield from _bounds(column, text, number)


def _bounds(column: Column, text: str, number: float) -> Iterator[Problem]:
    if column.least is not None and number < column.least:
        yield _defect(column, text, f"is less than {column.least:g}", "Correct it")
    if column.largest is not None and number > column.largest:
        yield _defect(column, text, f"is more than {column.largest:g}", "Correct it")


def _defect(column: Column, text: str, what: str, remedy: str, severity: Severity = Severity.REFUSED) -> Problem:
    return Problem(what, severity, path=column.key, rule=column.rule, value=text[:80], remedy=remedy)


_TYPES: dict[str, Callable[[Column, str], Iterator[Problem]]] = {
    "text": _text,
    "time": _time,
    "flag": _flag,
    "integer": _integer,
    "decimal": _decimal,
}
