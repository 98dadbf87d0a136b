"""Cells and lines as RFC 4180 has them, in UTF-8: a line is a charge point, so no text breaks it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from app.formats.irve.columns import Layout
from app.model.canonical import number_text

Values = Mapping[str, Any]
"""Column → bool, int, Decimal or text; None, or no entry: the cell is empty."""
_CONTROL = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]+")


def header(layout: Layout) -> bytes:
    return lines([layout.names])


def rows(layout: Layout, values: Iterable[Values]) -> bytes:
    """With a line end behind each."""
    return lines([[cell(row.get(name)) for name in layout.names] for row in values])


def lines(cells: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(cells)
    return text.getvalue().encode()


def cell(value: Any) -> str:
    """Empty for None; booleans `true` and `false`; a decimal point."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return number_text(value)
        case str():
            return value if value.isprintable() else _CONTROL.sub(" ", value).strip()
    return str(value)
