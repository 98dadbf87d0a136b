"""What the classes of the model look like, read off the classes: for error texts, tables of differences, and docs."""

from __future__ import annotations

import types
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from app.model.types import Binding, Expected, Extension, Live, Model, Otherwise, Whole


@dataclass(frozen=True, slots=True)
class Field:
    """One field of one class."""

    owner: str
    """Class name."""
    name: str
    """As in JSON."""
    attribute: str
    rule: str
    """What a value must be: `string(255)`, `list of Connector, at least 1`."""
    required: bool
    many: bool
    child: type[Model] | None
    """Class of the value or of the list's items."""
    enum: str
    """Name of the enum; empty for what is none."""
    values: frozenset[str]
    """Its listed values."""
    open: bool
    """Whether other values are allowed."""
    whole: bool
    binding: bool
    expected: bool
    live: bool
    otherwise: str | None
    extension: str
    """What an extension field means; empty for a field of OCPI."""


@cache
def fields(model: type[Model]) -> dict[str, Field]:
    """The fields of a class by their name in JSON, in canonical order."""
    found = (_field(model.__name__, attribute, info) for attribute, info in model.model_fields.items())
    return {field.name: field for field in found}


def _field(owner: str, attribute: str, info: FieldInfo) -> Field:
    kind, metadata = _unwrap(info.annotation, tuple(info.metadata))
    many = get_origin(kind) is list
    least = next((item.min_length for item in metadata if hasattr(item, "min_length")), None)
    if many:
        kind, metadata = _unwrap(get_args(kind)[0], metadata)
    marked = {type(item) for item in metadata}
    fallback = next((item.value for item in metadata if isinstance(item, Otherwise)), None)
    meaning = next((item.meaning for item in metadata if isinstance(item, Extension)), "")
    listed = next((item.values for item in metadata if isinstance(getattr(item, "values", None), type)), None)
    enum = kind if isinstance(kind, type) and issubclass(kind, StrEnum) else listed
    rule = next((item.rule for item in metadata if hasattr(item, "rule")), None) or _type_name(kind)
    if many:
        rule = f"list of {rule}{', at least 1' if least else ''}"
    return Field(
        owner=owner,
        name=info.alias or attribute,
        attribute=attribute,
        rule=rule,
        required=info.is_required(),
        many=many,
        child=kind if isinstance(kind, type) and issubclass(kind, Model) else None,
        enum=enum.__name__ if enum else "",
        values=frozenset(member.value for member in enum) if enum else frozenset(),
        open=listed is not None,
        whole=Whole in marked,
        binding=Binding in marked,
        expected=Expected in marked,
        live=Live in marked,
        otherwise=fallback,
        extension=meaning,
    )


def _unwrap(kind: Any, metadata: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    """The type below `Annotated` and `| None`, and everything noted on the way."""
    while True:
        if get_origin(kind) is Annotated:
            metadata += tuple(get_args(kind)[1:])
            kind = get_args(kind)[0]
        elif get_origin(kind) in (Union, types.UnionType):
            kind = next(arm for arm in get_args(kind) if arm is not types.NoneType)
        else:
            return kind, metadata


def _type_name(kind: Any) -> str:
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return f"enum {kind.__name__}"
    return "object" if get_origin(kind) is dict else str(kind.__name__)
