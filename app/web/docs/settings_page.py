"""Every setting with its type, its default and its docstring, from the classes that read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from app.delivery.base import destination_class, destination_types
from app.delivery.settings import DestinationSettings
from app.model.duration import read_duration
from app.settings import Settings
from app.sources.base import SourceSettings, source_class, source_types
from app.web.docs.tables import table

_COLUMNS = ("Setting", "What it is", "Default", "Means")
_WORDS = {bool: "yes or no", int: "whole number", float: "number", str: "text", Path: "path", SecretStr: "text, secret"}
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
_TYPED = {"sources": SourceSettings, "destinations": DestinationSettings}


@cache
def settings_page() -> str:
    """Markdown. What plug-ins bring is among it."""
    return "\n\n".join(_parts())


def _parts() -> Iterator[str]:
    yield "# Settings"
    yield (
        "Everything that the settings file may say, from the program itself. [The commented example](/docs/example) "
        "shows it at work. Secrets come from the environment: `${NAME}`, or `${NAME:-default}`. Relative paths start at the "
        "folder of the file. A length of time is a number of seconds, or such as `15s`, `10min`, `6h`, `1d`."
    )
    yield "## The file"
    yield _table(Settings)
    for name, field in Settings.model_fields.items():
        if name not in _TYPED:
            yield from _inside(name, field, "##")
    yield "## Every source"
    yield _table(SourceSettings)
    for type_ in sorted(source_types()):
        yield from _of_type("Source", type_, source_class(type_).Settings, SourceSettings)
    yield "## Every destination"
    yield _table(DestinationSettings)
    for type_ in sorted(destination_types()):
        yield from _of_type("Destination", type_, destination_class(type_).Settings, DestinationSettings)


def _of_type(kind: str, type_: str, model: type[BaseModel], common: type[BaseModel]) -> Iterator[str]:
    yield f"## {kind} `{type_}`"
    own = {name: field for name, field in model.model_fields.items() if name not in common.model_fields}
    yield _table(model, own) if own else "Nothing beyond what all have."
    for name, field in own.items():
        yield from _inside(name, field, "###")


def _inside(name: str, field: FieldInfo, level: str) -> Iterator[str]:
    """A section for each part of the settings below this one."""
    for model in _models(field.annotation):
        yield f"{level} `{name}`"
        yield _table(model)
        for below, inner in model.model_fields.items():
            yield from _inside(f"{name}.{below}", inner, level)


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models(argument)]


def _table(model: type[BaseModel], fields: Mapping[str, FieldInfo] | None = None) -> str:
    rows = (fields if fields is not None else model.model_fields).items()
    return table(
        _COLUMNS, [(f"`{name}`", _what(field), _default(field), field.description or "") for name, field in rows]
    )


def _what(field: FieldInfo) -> str:
    return "length of time" if _is_duration(field.metadata) else _type(field.annotation)


def _is_duration(metadata: Any) -> bool:
    return any(getattr(each, "func", None) is read_duration for each in metadata)


def _type(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    some = [each for each in arguments if each not in (NoneType, Ellipsis)]
    if origin is Annotated:
        return "length of time" if _is_duration(arguments[1:]) else _type(arguments[0])
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(map(_type, some)))
    if origin is Literal:
        return ", ".join(f"`{each}`" for each in some)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return ", ".join(f"`{each.value}`" for each in annotation)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"names with {_type(some[1])}"
    if origin is not None and some:
        return f"list of {_type(some[0])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "settings, below"
    return _WORDS.get(annotation, "text")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "none: has to be said"
    if field.default_factory is not None:
        return "from other settings"
    value = field.default
    if isinstance(value, BaseModel):
        return "as below"
    if _is_duration(field.metadata) and value is not None:
        return f"`{_length(value)}`"
    return _said(value)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value in ("", (), {}, frozenset()):
        return "none"
    if isinstance(value, tuple | list | frozenset):
        return ", ".join(sorted(map(_said, value)))
    return f"`{value.value if isinstance(value, Enum) else value}`"


def _length(seconds: float) -> str:
    size, unit = next(((size, unit) for size, unit in _UNITS if seconds and seconds % size == 0), (1, "s"))
    return f"{seconds / size:g}{unit}"
