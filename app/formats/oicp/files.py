"""Finds the records in whatever holds them: the Swiss files, OICP's push and pull messages, a page of either, a bare list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from app.errors import SourceAnswerError
from app.model.outside import decoded

_GROUPS = frozenset({"evsedata", "operatorevsedata", "evsestatuses", "operatorevsestatus"})
"""Lists of operators, and what stands around them; in lower case."""
_RECORDS = frozenset({"evsedatarecord", "evsestatusrecord", "content"})


@dataclass(frozen=True, slots=True)
class Found:
    """A record where it stands."""

    number: int
    """In the file, from 1."""
    record: Any
    """A JSON object, or what stands in the place of one."""
    operator_id: str = ""
    operator_name: str = ""

    def where(self, name: str) -> str:
        return f"{name} record {self.number}"


def found_in(data: bytes, name: str) -> list[Found]:
    """Raises SourceAnswerError for what is no JSON."""
    try:
        document = decoded(data.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise SourceAnswerError(
            f"not JSON: {error}", where=name, remedy="Is it the address of an OICP file, and written whole?"
        ) from error
    return [Found(number, record, *operator) for number, (record, operator) in enumerate(_records(document), 1)]


def _records(part: Any, above: tuple[str, str] = ("", "")) -> Iterator[tuple[Any, tuple[str, str]]]:
    if isinstance(part, list):
        for item in part:
            yield from _records(item, above)
        return
    if not isinstance(part, dict):
        yield part, above
        return
    operator = _text(part.get("OperatorID")) or above[0], _text(part.get("OperatorName")) or above[1]
    groups = [value for name, value in part.items() if name.lower() in _GROUPS]
    lists = [value for name, value in part.items() if name.lower() in _RECORDS]
    if not groups and not lists:
        yield part, operator
    for group in groups:
        yield from _records(group, operator)
    for records in lists:
        for record in records if isinstance(records, list) else [records]:
            yield from _records(record, operator) if isinstance(record, dict) else [(record, operator)]


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
