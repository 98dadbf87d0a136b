"""What a format is, and how one is found by its name.

A format is one class registered with `@register`, or named by the entry point group `chargefeed.formats`. It says itself where
its documents stand below `/open/` (`addresses`), so that whatever is installed is published.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, ClassVar, TypeVar

from app.clock import Millis
from app.errors import ConfigError
from app.model.batch import Kind
from app.model.loss import Loss

GROUP = "chargefeed.formats"
_BUILT_IN = (
    "app.formats.ocpi.render",
    "app.formats.geojson",
    "app.formats.datex2.publications",
    "app.formats.irve.statique",
    "app.formats.irve.dynamique",
    "app.formats.nevi.afdc",
    "app.formats.nevi.stations",
    "app.formats.oicp.evse_data",
    "app.formats.prices.documents",
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Context:
    """What a rendering may read besides the object itself."""

    at: Millis
    """Evaluation time."""
    tariffs: Mapping[str, dict[str, Any]]
    """The public tariffs that the object's connectors name, by id as written there; empty for tariffs."""
    boundary_at: Millis = 0
    """When the object last changed by time alone; 0 if never."""
    made: dict[Any, tuple[Any, Any]] = field(default_factory=dict, compare=False, repr=False)
    """What `once` keeps, for as long as the object is rendered in one format after the other."""

    def once(self, make: Callable[[Any, Context], T], body: Mapping[str, Any]) -> T:
        """What `make` makes of the object, worked out for the first format that asks. Nobody changes it."""
        known = self.made.get(make)
        if known is None or known[0] is not body:
            known = self.made[make] = (body, make(body, self))
        found: T = known[1]
        return found


class Cadence(StrEnum):
    """How often a document is looked at; written is it only where something changed."""

    STATUS = "status"
    """It carries status, or what such a document refers to: tariffs go with the locations that name them."""
    STATIC = "static"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a whole document of a format stands."""

    path: str
    """Below `/open/`, and below `/open/party/…/` again: `ocpi/2.2.1/locations.json`."""
    kind: Kind
    """What it is made of: locations, sites (locations without statuses) or tariffs."""
    title: str
    """For people: `Locations, 2.2.1`."""
    cadence: Cadence = Cadence.STATUS
    countries: frozenset[str] = frozenset()
    """ISO 3166-1 alpha-3 of the sites it is about; empty: everywhere. Where there are none, there is no such document."""
    boundaries: bool = False
    """`date_from` also finds what changed by time alone, since the format shows it (2.1.1: `tariff_id`)."""
    one_party: bool = False
    """OCPI 2.1.1 has one party a connection: at the root it speaks for the default party."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who answers for what is published; empty where not told."""

    name: str = ""
    country: str = ""
    """ISO 3166-1 alpha-2."""
    website: str = ""
    email: str = ""
    licence: str = ""
    """URL."""
    url: str = ""
    """What readers call the feed, without a slash at the end."""


NOBODY = Publisher()


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a document says around its objects."""

    stamp: Millis
    """Time of the last commit in it."""
    publisher: Publisher = NOBODY
    party: str = ""
    """Whose objects alone it has: `DE*ABC`; empty: everyone's."""
    sequence: int = 0
    """Of the last commit in it; 0: not known."""


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
    addresses: ClassVar[tuple[Address, ...]] = ()
    standard: ClassVar[str] = ""
    """Whose official schema its documents are held to where that is at hand: one of `official.STANDARDS`; empty: none."""

    @abstractmethod
    def location(self, body: dict[str, Any], context: Context) -> Rendered:
        """A location; without statuses where it is asked for as a site."""

    @abstractmethod
    def tariff(self, body: dict[str, Any], context: Context) -> Rendered: ...

    @abstractmethod
    def prefix(self, envelope: Envelope) -> bytes:
        """What a document starts with."""

    @abstractmethod
    def suffix(self, envelope: Envelope) -> bytes:
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
