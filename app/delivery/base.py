"""What every destination is. A new one is one class in one file (or one in a package of its own).

There are three kinds. An *object* destination takes locations and tariffs as they are now, one by one or in small batches (OCPI
push, QualiCharge). A *document* destination takes one document of all, and then documents of just what changed (DATEX II to
Mobilithek). A *change* destination takes the public changes themselves, each of them (webhooks). The engine does the rest for
all: it follows the public feed, keeps what is due, tries again, and lets no destination wait for another.

A class is found by its `type`: the built-in ones below, others through the entry point group `chargefeed.destinations`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint
from typing import ClassVar

from app.clock import Clock, Millis
from app.delivery.settings import DestinationSettings, DocumentSettings
from app.errors import (
    DeliveryError,
    DestinationBusy,
    DestinationRefused,
    DestinationUnreachable,
    ObjectRefused,
)
from app.model.batch import Kind
from app.model.problem import Problem
from app.plugins import class_of, known_types
from app.publish.documents import Document
from app.publish.judge import Judge
from app.registry.projection import ChangePage, Head, PublicObject, View

GROUP = "chargefeed.destinations"

BUILT_IN = {
    "e-control": "app.delivery.econtrol:EControl",
    "mobilithek": "app.delivery.mobilithek:Mobilithek",
    "mqtt": "app.delivery.mqtt:Mqtt",
    "ocpi-push": "app.delivery.ocpi_push:OcpiPush",
    "oicp": "app.delivery.oicp:Oicp",
    "qualicharge": "app.delivery.qualicharge:QualiCharge",
    "webhook": "app.delivery.webhook:Webhook",
}

SettingsClass = type[DestinationSettings]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a class of destinations takes; the engine and the documentation read it."""

    kinds: frozenset[Kind] = frozenset({Kind.LOCATIONS, Kind.TARIFFS})
    """LOCATIONS, TARIFFS or both."""
    statuses: bool = True
    """A change of nothing but a status concerns it."""


@dataclass(frozen=True, slots=True)
class Item:
    """An object that is due at a destination, as it is now."""

    kind: Kind
    key: str
    """`identifiers.object_key`."""
    at: Millis
    """Stamp of the last commit that was seen."""
    object: PublicObject | None
    """None: it is not (or no more) public, or outside the destination's scope; nobody is to see it there."""
    memory: bytes | None = None
    """What the last receipt said of what the destination holds; None: it holds nothing of it."""
    evses: frozenset[str] = frozenset()
    """uids of the EVSEs whose status changed."""
    content: bool = True
    """Something other than a status may have changed, or nothing of it is known to be there."""
    whole: bool = False
    """It is to be sent in full, whatever the memory says."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an item."""

    item: Item
    memory: bytes | None = None
    """What the destination holds now, in words of its class's own; None: nothing."""
    problems: tuple[Problem, ...] = ()
    """What a person should look at; with an `error`, why."""
    error: DeliveryError | None = None
    """None: it is there."""

    @property
    def refused(self) -> bool:
        """It is not tried again until it changes."""
        return isinstance(self.error, ObjectRefused)


class Destination(ABC):
    """One destination. The object lives no longer than its owner's lease."""

    type: ClassVar[str]
    Settings: ClassVar[SettingsClass]
    capabilities: ClassVar[Capabilities] = Capabilities()

    def __init__(self, settings: DestinationSettings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.view = View(settings.parties, settings.countries)

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def kinds(self) -> frozenset[Kind]:
        """What it takes, given its settings."""
        return self.capabilities.kinds

    @property
    def priced(self) -> bool:
        """Locations are said with their prices: they are due also where a tariff that they name, or the hour, changes them."""
        return False

    @abstractmethod
    def target(self) -> str:
        """What decides what stands there already: URLs, version. Where it changes, everything is sent anew."""

    def rules(self) -> str:
        """What else decides how an object is said. Where it changes, every object is looked at again."""
        return ""

    @abstractmethod
    def check(self) -> str:
        """Tries it with a request that changes nothing; returns what to tell. Raises DeliveryError."""

    def inspect(self, item: Item) -> tuple[Problem, ...]:
        """What is wrong with an object for this destination, before it is sent. One REFUSED among them, and it is not: what
        the destination has of it stays."""
        return ()


class ObjectDestination(Destination):
    """Takes objects one by one, or in batches."""

    batch: int = 1
    """Objects in one `deliver`."""
    parallel: int = 1
    """Calls of `deliver` at one time, each in a thread of its own; no object is in two of them."""
    in_order: bool = False
    """What fails keeps its place, and everything waits for it."""
    held_open: bool = False
    """It holds a connection: `attend` is called before anything is sent, and while nothing is due."""
    compares_every: float | None = None
    """Seconds after which what it holds is compared with what it should; None: it cannot be asked."""
    loads: bool = False
    """Where it is not known what it holds (at first, or since a person has everything sent again), it is `load`ed."""

    @abstractmethod
    def deliver(self, items: Sequence[Item]) -> Iterator[Receipt]:
        """Sends the items' present state, in the smallest way that leaves nothing out; a receipt for each as it is done.

        Raises DeliveryError where the destination itself is in trouble; what has no receipt yet stays due.
        """

    def attend(self) -> None:
        """Sees to it that the connection stands. Raises DeliveryError; DestinationForgot where what it was sent is lost there."""

    def compare(self, item: Item) -> str | None:
        """Where what it holds differs from what it should; None where it does not. Raises DeliveryError; ObjectRefused where
        it cannot be asked at all."""
        return None

    def load(self, items: Iterable[Item], released: str) -> Sequence[Receipt]:
        """Puts all locations in the place of whatever it holds, at once; a receipt for each, none where there is nothing to put.

        Raises DeliveryError, and has taken nothing as far as is known: DestinationRefused where that looks like a loss, unless
        a person has `released` it, an error in just these words.
        """
        raise NotImplementedError


class OneByOne(ObjectDestination):
    """Takes one object at a time."""

    @abstractmethod
    def send(self, item: Item) -> Receipt:
        """Raises DeliveryError; ObjectRefused and DeliveryError itself concern this object alone."""

    def deliver(self, items: Sequence[Item]) -> Iterator[Receipt]:
        for item in items:
            try:
                yield self.send(item)
            except (DestinationBusy, DestinationRefused, DestinationUnreachable):
                raise
            except DeliveryError as error:
                yield Receipt(item, item.memory, error=error)


class DocumentDestination(Destination):
    """Takes everything in one document (or a few), and from then on documents of what changed."""

    documents: tuple[tuple[str, Kind], ...]
    """What a snapshot is made of, in the order in which they refer to each other: names of formats, and kinds."""
    settings: DocumentSettings
    judge: Judge | None = None
    """Whether what it words itself is valid by the official schemas; set before anything is sent. None: nobody judges."""

    @abstractmethod
    def snapshot(self, documents: Sequence[Document]) -> Sequence[Problem]:
        """Sends everything, of one moment: a document for each of `documents`. Returns what a person should look at; a
        problem's `record` is an object's key.

        Raises DeliveryError; DestinationRefused for a document that is not valid (`Document.flaws`, or by a validation of its
        own), and sends nothing of it, with the objects at fault in its notes.
        """

    @abstractmethod
    def delta(self, items: Sequence[Item], head: Head) -> Sequence[Problem]:
        """Sends just these items, but for those of which it returns a REFUSED problem. Returns and raises as `snapshot`."""

    def needs_snapshot(self, items: Sequence[Item]) -> bool:
        """Whether a delta cannot say this: an object that is gone, a static fact that it would refer to."""
        return False


class ChangeDestination(Destination):
    """Takes the public changes, each of them once and in order. It is acknowledged up to a sequence, and nothing else is kept."""

    batch: int = 100
    """Changes in one `deliver` at most."""
    every: float = 1.0
    """Seconds that changes are gathered for, where they are fewer."""

    @abstractmethod
    def deliver(self, since: int, page: ChangePage) -> None:
        """Sends the changes after sequence `since`; one that is tried again is the same page. Raises DeliveryError."""

    @abstractmethod
    def reset(self, head: Head, manifest: str) -> None:
        """Says that the changes up to `head.seq` do not come, and those after it do: what there is is to be read from the
        snapshots that `manifest` (a URL) lists. Raises DeliveryError."""


def destination_types() -> dict[str, EntryPoint]:
    """Every known type."""
    return known_types(GROUP, BUILT_IN)


@cache
def destination_class(type_: str) -> type[Destination]:
    """Raises ConfigError where no such type is installed or its code is no destination."""
    return class_of(type_, destination_types(), Destination, "destination")  # type: ignore[type-abstract]


def make_destination(settings: DestinationSettings, clock: Clock) -> Destination:
    """The destination that these settings describe."""
    return destination_class(settings.type)(settings, clock)
