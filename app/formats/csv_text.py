"""Cells and lines of CSV files that people open in spreadsheets (RFC 4180, UTF-8)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from app.spreadsheet import FORMULA


def line_text(value: str | None) -> str:
    """In one line; what a spreadsheet would take for a formula has an apostrophe in front (CWE-1236)."""
    text = " ".join((value or "").split())
    return f"'{text}" if text.startswith(FORMULA) else text


def csv_lines(rows: Iterable[Iterable[str]]) -> bytes:
    """With a line end behind each."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
