"""Canonical JSON: one writing of an object, so that equal objects have equal bytes.

No nulls, no empty lists or objects; times in UTC with milliseconds; numbers exact; fields in the order of the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

import orjson

from app.clock import format_time, to_millis
from app.model.shape import fields
from app.model.types import Model


@dataclass(frozen=True, slots=True)
class _Taken:
    """What of a model object is written."""

    unknown: frozenset[str] | None
    """Fields outside the model; None: all of them."""
    live: bool


_ALL = _Taken(None, live=True)


_SCALARS = (str, int, float, Decimal)
_LISTS = (list, tuple)
_EMPTY = (list, dict)
"""What is asked for most comes first."""
_DEEPEST = 50
"""Levels of JSON outside the model that are taken along; what is nested deeper is left out."""


def canonical(value: Any) -> bytes:
    """A model object, or anything made of JSON values, model objects, Decimals and datetimes, as canonical JSON.

    Fields of a model object come in the order of its class; keys of a plain dict in their own.
    """
    return orjson.dumps(_plain(value, _ALL), default=_number)


def static_body(model: Model, keep: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The object without what is live (`Live`: statuses, last_updated), as `orjson.loads` of its canonical JSON.

    `keep` names the unknown fields to take along, at whatever level.
    """
    return _body(model, _Taken(keep, live=False))


def full_body(model: Model) -> dict[str, Any]:
    """The same with what is live, and without unknown fields."""
    return _body(model, _Taken(frozenset(), live=True))


def _body(model: Model, taken: _Taken) -> dict[str, Any]:
    plain: dict[str, Any] = orjson.loads(orjson.dumps(_plain(model, taken), default=_number))
    return plain


def number_text(number: Decimal) -> str:
    """Without exponent and without trailing zeros: equal numbers are written alike."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _plain(value: Any, taken: _Taken, depth: int = 0) -> Any:
    if depth > _DEEPEST:
        return None
    if isinstance(value, _SCALARS):
        return value
    if isinstance(value, _LISTS):
        return [item if isinstance(item, _SCALARS) else _plain(item, taken, depth + 1) for item in value]
    if type(value) is not dict:  # which most are; asking for a Model takes longer
        if isinstance(value, Model):
            return _plain_model(value, taken)
        if isinstance(value, datetime):
            return format_time(to_millis(value))
        if not isinstance(value, Mapping):
            return value
    found = {}
    for name, item in value.items():
        plain = item if isinstance(item, _SCALARS) else _plain(item, taken, depth + 1)
        if plain or not _nothing(plain):
            found[str(name)] = plain
    return found


def _plain_model(model: Model, taken: _Taken) -> dict[str, Any]:
    names, live = _names(type(model))
    result = {}
    for attribute, value in model.__dict__.items():
        if (not value and _nothing(value)) or (attribute in live and not taken.live):
            continue
        plain = _plain(value, taken)
        if plain or not _nothing(plain):
            result[names.get(attribute, attribute)] = plain
    for name, value in (model.model_extra or {}).items():
        if (taken.unknown is None or name in taken.unknown) and not _nothing(value):
            result[name] = _plain(value, taken)
    return result


def _nothing(value: Any) -> bool:
    return value is None or (not value and isinstance(value, _EMPTY))


@cache
def _names(model: type[Model]) -> tuple[dict[str, str], frozenset[str]]:
    """Attributes that JSON writes otherwise, and the live ones."""
    known = fields(model).values()
    renamed = {field.attribute: field.name for field in known if field.attribute != field.name}
    return renamed, frozenset(field.attribute for field in known if field.live)


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(number_text(value))
    raise TypeError(f"{type(value).__name__} has no canonical JSON")
