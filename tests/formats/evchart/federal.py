"""What the government's validator (US-JOET/ev-chart-open-source, as read) takes of a cell, restated to hold ours against it."""

from __future__ import annotations

import re
from datetime import datetime

from app.formats.evchart.module import Column, Need


def takes(column: Column, text: str) -> bool:
    """A cell that is not empty."""
    try:
        return _RULES[column.type](column, text)
    except ValueError:
        return False


def _text(column: Column, text: str) -> bool:
    long = column.most is None or len(text) <= column.most
    exact = column.exactly is None or len(text) == column.exactly
    return long and exact and not (column.need is not Need.OPTIONAL and text.isspace())


def _time(column: Column, text: str) -> bool:
    datetime.fromisoformat(text)
    return re.match(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z?$", text) is not None


def _flag(column: Column, text: str) -> bool:
    return text.upper() in {"TRUE", "FALSE"}


def _integer(column: Column, text: str) -> bool:
    length = len(text) - (text[0] in "+-")
    return _within(column, int(text)) and column.exactly in (None, length)


def _decimal(column: Column, text: str) -> bool:
    number = float(text)
    whole, _, part = text.partition(".")
    length = len(whole) - (text[0] in "+-")
    return _within(column, number) and length <= column.digits - 2 and len(part) <= 2


def _within(column: Column, number: float) -> bool:
    least, largest = column.least, column.largest
    return not (least is not None and number < least) and not (largest is not None and number > largest)


_RULES = {"text": _text, "time": _time, "flag": _flag, "integer": _integer, "decimal": _decimal}
