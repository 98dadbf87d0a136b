"""Finding a class by the `type` that settings give: built in, or brought by an installed package through an entry point."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import TypeVar

from app.errors import ConfigError

T = TypeVar("T")


def known_types(group: str, built_in: Mapping[str, str]) -> dict[str, EntryPoint]:
    """Every known type; a package cannot replace a built-in one. `built_in`: type → `module:class`."""
    own = {type_: EntryPoint(type_, target, group) for type_, target in built_in.items()}
    return {point.name: point for point in entry_points(group=group)} | own


def class_of(type_: str, known: Mapping[str, EntryPoint], base: type[T], one: str) -> type[T]:
    """The class of a type; `one`: `source`. Raises ConfigError where no such type is installed or its code is no `base`."""
    point = known.get(type_)
    if point is None:
        raise ConfigError(f"no {one} is of type `{type_}`", remedy=f"Known types: {', '.join(sorted(known))}")
    found = point.load()
    if not (isinstance(found, type) and issubclass(found, base)):
        raise ConfigError(f"{point.value} is no {base.__name__}", where=f"entry point {point.group} {type_}")
    return found
