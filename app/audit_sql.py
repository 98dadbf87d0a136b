"""`chargefeed audit sql`: where the history is, and how an answer is written."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import orjson

from app.archiving import history_in_store, missing
from app.clock import format_time, to_millis
from app.errors import ChargefeedError
from app.settings import Settings
from app.terminal import say, table

if TYPE_CHECKING:
    from app.history.asking import History

WHAT_THERE_IS = """
    SELECT table_name AS "table", column_name AS "column", data_type AS type
    FROM information_schema.columns ORDER BY table_name, ordinal_position
"""
_AT_ONCE = 10_000


class Form(StrEnum):
    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def open_history(where: str | None, settings: Callable[[], Settings]) -> History:
    """At `where`, else in the store of the settings, which are read just then. Raises StoreError where there is none."""
    if lacking := missing():
        remedy = "Install it: pip install 'chargefeed[history]'"
        raise ChargefeedError(f"{' and '.join(lacking)} is missing, which this needs", remedy=remedy)
    from app.history.asking import History, folder_of

    return history_in_store(settings()) if where is None else History(*folder_of(where))


def write_answer(history: History, query: str, form: Form) -> None:
    """Row by row, whatever their number; but a table in a terminal."""
    answer = history.ask(query)
    names = [column[0] for column in answer.description or ()]
    rows = _rows(answer)
    if form is Form.JSON:
        _write_json(names, rows)
    elif form is Form.CSV:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(map(_texts, rows))
    else:
        table(names, map(_texts, rows))


def _rows(answer: Any) -> Iterator[Sequence[Any]]:
    while rows := answer.fetchmany(_AT_ONCE):
        yield from rows


def _write_json(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    separator = "["
    for row in rows:
        say(separator + _json(dict(zip(names, row, strict=True))))
        separator = ","
    say("]" if separator == "," else "[]")


def _texts(row: Sequence[Any]) -> list[str]:
    return [_text(value) for value in row]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | dict):
        return _json(value)
    return str(_plain(value)) if isinstance(value, date | Decimal) else str(value)


def _json(value: Any) -> str:
    return orjson.dumps(
        value, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS
    ).decode()


def _plain(value: Any) -> str:
    """Amounts without the zeros that only fill the column; times as everywhere."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return format_time(to_millis(value))
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else str(value)
