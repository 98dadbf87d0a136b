"""What stands in an overlay as the model's JSON: every value is text there, in YAML too.

Lists are split at `;`; what begins with `[` or `{` is JSON; `SHORT` has the short writings of what people would not write so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson

from app.model.hours import Hours
from app.model.opening_hours import written_hours
from app.model.organisation import ExternalId, ServiceProvider
from app.model.place import DisplayText
from app.model.shape import Field, fields
from app.model.types import Model

YES = {"true": True, "yes": True, "1": True, "": False, "false": False, "no": False, "0": False}


@dataclass(frozen=True, slots=True)
class Short:
    """A short writing of an object."""

    read: Callable[[str], Any]
    """The text itself where it is none."""
    example: str


def _parted(first: str, separator: str, second: str) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        before, found, after = (part.strip() for part in text.partition(separator))
        return {first: before, second: after} if found else text

    return read


def _provider(text: str) -> Any:
    name, _, id_ = (part.strip() for part in text.partition("="))
    return {"name": name, "provider_id": id_} if id_ else {"name": name}


SHORT: dict[type[Model] | None, Short] = {
    Hours: Short(written_hours, "24/7, or Mo-Fr 08:00-20:00; Sa,Su 10:00-18:00"),
    DisplayText: Short(_parted("language", ":", "text"), "en: Behind the services building"),
    ExternalId: Short(_parted("scheme", "=", "id"), "BNETZA = 1234567"),
    ServiceProvider: Short(_provider, "Example Drive = DE*EXD"),
}


def nested(cells: Mapping[str, str]) -> dict[str, Any]:
    """Columns `operator.legal_name` as objects inside objects."""
    result: dict[str, Any] = {}
    for name, value in cells.items():
        *outer, last = name.split(".")
        target = result
        for step in outer:
            target = target.setdefault(step, {})
        target[last] = value
    return result


def unknown(model: type[Model], said: Mapping[str, Any]) -> Iterator[tuple[str, type[Model]]]:
    """Names that an object does not have, or one inside it, with the class that lacks it."""
    for name, value in said.items():
        field = fields(model).get(name)
        if field is None:
            yield name, model
        elif isinstance(value, dict) and field.child is not None and not field.many:
            yield from unknown(field.child, value)


def typed(model: type[Model], said: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of an object, without what is unknown. What cannot be read stays as written."""
    known = fields(model)
    return {name: _typed(known[name], value) for name, value in said.items() if name in known}


def _typed(field: Field, value: Any) -> Any:
    child = field.child
    if isinstance(value, dict):
        return typed(child, value) if child is not None and not field.many else value
    if isinstance(value, list):
        return [typed(child, item) if child is not None and isinstance(item, dict) else item for item in value]
    if not isinstance(value, str):
        return value
    if value[:1] in "[{":
        with suppress(orjson.JSONDecodeError):
            return orjson.loads(value)
    read = SHORT[child].read if child in SHORT else _plain(field)
    return [read(part.strip()) for part in value.split(";") if part.strip()] if field.many else read(value)


def _plain(field: Field) -> Callable[[str], Any]:
    if field.rule == "boolean":
        return lambda text: YES.get(text.lower(), text)
    return _number if field.rule.startswith(("int", "number")) else str


def _number(text: str) -> Any:
    for read in (int, lambda text: float(text.replace(",", "."))):
        with suppress(ValueError):
            return read(text)
    return text
