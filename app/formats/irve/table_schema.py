"""A file against the official Table Schema itself (specs.frictionlessdata.io/table-schema), as far as France's schemas go: their
types, formats and constraints.

The verdicts are those of `frictionless` 5, which is what the portals run. It brings fifteen packages, so the tests use it, and
hold this against it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal, DecimalException
from typing import Any, NamedTuple

from app.errors import ConfigError
from app.formats.irve.columns import EMAIL
from app.formats.irve.sheet import Sheet

Field = Mapping[str, Any]


class Violation(NamedTuple):
    line: int
    column: str
    kind: str
    """`type-error` or `constraint-error`, as frictionless calls them."""
    what: str


class TableSchema:
    def __init__(self, descriptor: bytes, where: str) -> None:
        """The schema's JSON; `where` names it. Raises ConfigError where it is none, or has types that are not known."""
        try:
            self._fields = {field["name"]: field for field in json.loads(descriptor)["fields"]}
            self._readers = {name: _READERS[field.get("type", "string")] for name, field in self._fields.items()}
        except (ValueError, KeyError, TypeError) as error:
            remedy = "Take schema-statique.json or schema-dynamique.json from github.com/etalab/schema-irve"
            raise ConfigError(f"no Table Schema that can be checked: {error!r}", where=where, remedy=remedy) from None

    def violations(self, sheet: Sheet) -> Iterator[Violation]:
        for line in sheet.lines:
            for name, field in self._fields.items():
                for kind, what in self._cell(name, field, line.cells.get(name, "")):
                    yield Violation(line.number, name, kind, what)

    def _cell(self, name: str, field: Field, text: str) -> Iterator[tuple[str, str]]:
        constraints = field.get("constraints", {})
        if not text:
            if constraints.get("required"):
                yield "constraint-error", "required, but empty"
            return
        try:
            value = self._readers[name](text, field.get("format", "default"))
        except (ValueError, DecimalException, TypeError, RecursionError):
            yield "type-error", f"no {field.get('type', 'string')}"
            return
        for constraint, asked in constraints.items():
            if constraint in _CONSTRAINTS and not _CONSTRAINTS[constraint](value, asked):
                yield "constraint-error", f"{constraint} is {asked if constraint != 'enum' else ', '.join(asked)}"


def _string(text: str, form: str) -> str:
    if form == "email" and not re.fullmatch(EMAIL, text):
        raise ValueError
    return text


def _boolean(text: str, form: str) -> bool:
    return {"true": True, "True": True, "TRUE": True, "1": True}.get(text, False) or _false(text)


def _false(text: str) -> bool:
    if text not in ("false", "False", "FALSE", "0"):
        raise ValueError
    return False


def _geopoint(text: str, form: str) -> tuple[Decimal, ...]:
    degrees = tuple(Decimal(str(one)) for one in (json.loads(text) if form == "array" else text.split(",")))
    if len(degrees) != 2 or abs(degrees[0]) > 180 or abs(degrees[1]) > 90:
        raise ValueError
    return degrees


def _date(text: str, form: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d" if form == "default" else form)  # noqa: DTZ007 - a day, not a moment


def _datetime(text: str, form: str) -> datetime:
    if re.fullmatch(r"\d{9,}", text):
        raise ValueError
    return datetime.fromisoformat(text)


_READERS: dict[str, Callable[[str, str], Any]] = {
    "string": _string,
    "integer": lambda text, form: int(text),
    "number": lambda text, form: Decimal(text),
    "boolean": _boolean,
    "geopoint": _geopoint,
    "date": _date,
    "datetime": _datetime,
}
_CONSTRAINTS: dict[str, Callable[[Any, Any], bool]] = {
    "pattern": lambda value, asked: re.fullmatch(asked, value) is not None,
    "enum": lambda value, asked: value in asked,
    "minimum": lambda value, asked: value >= asked,
    "maximum": lambda value, asked: value <= asked,
    "minLength": lambda value, asked: len(value) >= asked,
    "maxLength": lambda value, asked: len(value) <= asked,
}
