"""What a format is, and how one is found by its name.

A format is one class registered with `@register`, or named by the entry point group `chargefeed.formats`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, ClassVar, TypeVar

from app.clock import Millis
from app.errors import ConfigError
from app.model.loss import Loss

GROUP = "chargefeed.formats"
_BUILT_IN = ("app.formats.ocpi.render", "app.formats.geojson")


@dataclass(frozen=True, slots=True)
class Context:
    """What a rendering may read besides the object itself."""

    at: Millis
    """Evaluation time."""
    tariffs: Mapping[str, dict[str, Any]]
    """The public tariffs that the object's connectors name, by id as written there; empty for tariffs."""
    boundary_at: Millis = 0
    """When the object last changed by time alone; 0 if never."""


@dataclass(frozen=True, slots=True)
class Rendered:
    body: bytes | None
    """None: this format cannot say the object at all, and a loss says why."""
    losses: tuple[Loss, ...] = ()


class Format(ABC):
    """Renders canonical JSON objects. Pure and fast: never changes what it is given, reads no clock, does no I/O."""

    name: ClassVar[str]
    """As in `ocpi-2.2.1`."""
    media_type: ClassVar[str]
    separator: ClassVar[bytes] = b","

    @abstractmethod
    def location(self, body: dict[str, Any], context: Context) -> Rendered: ...

    @abstractmethod
    def tariff(self, body: dict[str, Any], context: Context) -> Rendered: ...

    @abstractmethod
    def prefix(self, stamp: Millis) -> bytes:
        """What a document starts with; `stamp` is the time of the last commit in it."""

    @abstractmethod
    def suffix(self, stamp: Millis) -> bytes:
        """What a document ends with."""


_registered: dict[str, type[Format]] = {}
F = TypeVar("F", bound=type[Format])


def register(format_class: F) -> F:
    _registered[format_class.name] = format_class
    return format_class


@cache
def formats() -> dict[str, Format]:
    """All known formats by name, one instance each."""
    for module in _BUILT_IN:
        import_module(module)
    found = dict(_registered)
    for entry in entry_points(group=GROUP):
        found[entry.name] = entry.load()
    return {name: found[name]() for name in sorted(found)}


def format_named(name: str) -> Format:
    """Raises ConfigError, naming what there is."""
    try:
        return formats()[name]
    except KeyError:
        raise ConfigError(f"no format {name!r}", remedy=f"Known: {', '.join(formats())}") from None
