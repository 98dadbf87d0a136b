"""What every source is: settings, capabilities, `fetch`. A new backend is one class in one file (or one in a package of its own).

A class is found by its `type`: the built-in ones below, others through the entry point group `chargefeed.sources`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.clock import Clock
from app.model.batch import Batch, Kind, Role
from app.model.duration import Duration
from app.model.letter import Holdings, Letter, Sessions, Sink
from app.model.stations import StationRule
from app.plugins import class_of, known_types
from app.sources.naming import EvseIds, read_evse_ids, renamed

GROUP = "chargefeed.sources"

BUILT_IN = {
    "amqp": "app.sources.amqp:AmqpSource",
    "citrineos": "app.sources.citrineos:CitrineosSource",
    "datex2": "app.sources.datex2:Datex2Source",
    "demo": "app.sources.demo:DemoSource",
    "file": "app.sources.file:FileSource",
    "irve": "app.sources.irve:IrveSource",
    "mqtt": "app.sources.mqtt:MqttSource",
    "ocpi": "app.sources.ocpi:OcpiSource",
    "ocpi-push": "app.sources.ocpi_push:OcpiPushSource",
    "ocpp": "app.sources.ocpp:OcppSource",
    "ocpp-core": "app.sources.ocpp_core:OcppCoreSource",
    "oicp": "app.sources.oicp:OicpSource",
    "rest": "app.sources.rest:RestSource",
    "steve": "app.sources.steve:SteveSource",
    "webhook": "app.sources.webhook:WebhookSource",
}

Status = Literal[
    "AVAILABLE", "BLOCKED", "CHARGING", "INOPERATIVE", "OUTOFORDER", "PLANNED", "REMOVED", "RESERVED", "UNKNOWN"
]


class SourceSettings(BaseModel):
    """What every source understands. Lengths of time are seconds or text such as `15s`, `10min`, `6h`."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")
    """What the source is called in logs, metrics and reports: lower case letters, digits, `-` and `_`."""
    type: str
    """Which kind of backend: `demo`, `ocpi`, `file`, `datex2`, `irve`, `oicp`, `rest`, `steve`, `citrineos`, `ocpp-core`, `ocpp`,
    `ocpi-push`, `mqtt`, `amqp`, `webhook`, or one that a plug-in adds."""
    roles: frozenset[Role] = frozenset(Role)
    """What the source is believed for: `inventory`, `status`, `price`; all of them unless said otherwise."""
    priority: int = Field(0, ge=-1000, le=1000)
    """Where two sources say something of the same EVSE at the same moment, the higher one wins."""
    inventory_every: Duration = Field(600, gt=0)
    """How often it is asked for locations."""
    tariffs_every: Duration = Field(600, gt=0)
    """How often it is asked for tariffs."""
    status_every: Duration = Field(15, gt=0)
    """How often it is asked for statuses."""
    full_every: Duration = Field(6 * 3600, gt=0)
    """How often the inventory is read whole where in between only changes are asked for; what vanished shows only then."""
    ttl: Duration = Field(900, gt=0)
    """Without any news from the source for so long, its statuses are published as UNKNOWN."""
    country_code: str | None = Field(None, pattern=r"^[A-Z]{2}$")
    """Owner of records that name none (OCPI 2.1.1, tables): ISO 3166-1 alpha-2 country of the party."""
    party_id: str | None = Field(None, pattern=r"^[A-Z0-9]{3}$")
    """Owner of records that name none: party id, three letters or digits."""
    keep: frozenset[str] = frozenset()
    """Fields unknown to OCPI that are published all the same (in the 2.3.0 feed)."""
    status_map: dict[str, Status] = {}
    """Words of the backend that OCPI does not know, and what they mean: `WORKING: AVAILABLE`. Others become UNKNOWN."""
    evse_ids: EvseIds = {}
    """EVSE ids (or uids) by what the backend calls its EVSEs, such as charger and connector: `{CP1/1: DE*ABC*E1}`; or a table,
    CSV or XLSX, with the columns `charger`, `connector`, `evse_id`."""
    stations: StationRule | None = None
    """Which EVSEs form a station (AFIR), where the source does not say: those of the same `evse_id` up to its last separator,
    `physical_reference`, `charger_id` or `location`. None: one per location, flagged as assumed."""
    max_body: int = Field(256 * 1024 * 1024, gt=0)
    """Largest answer or file that is read, in bytes after decompression."""

    @property
    def named_evses(self) -> Mapping[str, str]:
        """`evse_ids` as they are now. Raises ConfigError for a table that cannot be used."""
        return read_evse_ids(self.evse_ids)


SettingsClass = type[SourceSettings]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a class of sources can do; documentation and scheduling read it."""

    kinds: frozenset[Kind]
    statuses_in_locations: bool = False
    """Statuses come inside locations, so that the status cadence means pulls of locations."""
    incremental: bool = False
    """Can give just the locations that changed since the last pull."""
    at_hand: bool = False
    """All of it is on this machine, or read at once, so that a check reads the whole and not just the first page."""


@dataclass(frozen=True, slots=True, order=True)
class Pull:
    """One thing to ask a source for, again and again."""

    kind: Kind
    every: float
    """Seconds."""
    full: bool


class Source(ABC):
    """One backend.

    It may remember what it handed over (pages that did not change are not sent again), so an object lives no longer
    than its owner's lease: who loses the lease drops it. Only one `fetch` per kind runs at a time.
    """

    type: ClassVar[str]
    Settings: ClassVar[SettingsClass]
    capabilities: ClassVar[Capabilities]

    def __init__(self, settings: SourceSettings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def kinds(self) -> frozenset[Kind]:
        """What there is to ask for, given its roles."""
        roles = self.settings.roles
        wanted = {Kind.LOCATIONS: Role.INVENTORY, Kind.STATUSES: Role.STATUS, Kind.TARIFFS: Role.PRICE}
        kinds = {kind for kind in self.capabilities.kinds if wanted[kind] in roles}
        if Role.STATUS in roles and self.statuses_in_locations:
            kinds.add(Kind.LOCATIONS)
        return frozenset(kinds)

    @property
    def statuses_in_locations(self) -> bool:
        return self.capabilities.statuses_in_locations

    @property
    def incremental(self) -> bool:
        """Between full pulls, it is asked just for what changed."""
        return self.capabilities.incremental

    def pulls(self) -> tuple[Pull, ...]:
        """What is to be asked for, and how often. A first pull is always a full one, whatever this says."""
        settings = self.settings
        every = {
            Kind.LOCATIONS: settings.inventory_every,
            Kind.STATUSES: settings.status_every,
            Kind.TARIFFS: settings.tariffs_every,
        }
        if self.statuses_in_locations and Role.STATUS in settings.roles:
            every[Kind.LOCATIONS] = min(settings.status_every, settings.inventory_every)
        pulls = [
            Pull(kind, every[kind], full=not self.incremental or kind is not Kind.LOCATIONS) for kind in self.kinds
        ]
        if self.incremental and Kind.LOCATIONS in self.kinds:
            pulls.append(Pull(Kind.LOCATIONS, settings.full_every, full=True))
        return tuple(sorted(pulls))

    def rules(self, *more: str) -> str:
        """What beside its body decides how a record is read, for `Batch.rules`."""
        settings = self.settings
        words = sorted(settings.status_map.items())
        return repr((sorted(settings.keep), words, settings.country_code, settings.party_id, settings.stations, more))

    def ask(self, kind: Kind, cursor: str | None, *, full: bool) -> Iterator[Batch]:
        """`fetch`, with EVSEs called as `evse_ids` of the settings says. Raises SourceError, ConfigError."""
        names = self.settings.named_evses
        return (renamed(batch, names) for batch in self.fetch(kind, cursor, full=full))

    @abstractmethod
    def fetch(self, kind: Kind, cursor: str | None, *, full: bool) -> Iterator[Batch]:
        """Asks once. `cursor` is that of the last batch that was applied, None at the first pull or where it is lost.

        One batch per page, `complete=False`; ask for the next only after the last was applied, since from then on what
        it held counts as handed over. A whole crawl ends in a batch with `complete=True`, no records, all its keys in
        `unchanged`, and the new cursor. Memory stays bounded by a page and the keys. Raises SourceError; batches before
        it stand.

        Tariffs may come as price plans: `sources.plans.tariffs_of_plan` makes records of one.
        """


class PushSource(Source):
    """A backend that speaks by itself. One process listens (`chargefeed listen`), another applies what was heard."""

    sessions: Sessions | None = None
    """Keeps charging sessions; None: they are dropped."""
    holdings: Holdings | None = None
    """Keeps what it was given; set before it listens."""

    @abstractmethod
    async def listen(self, sink: Sink) -> None:
        """Receives until it is cancelled. Raises ConfigError where it cannot begin."""

    @abstractmethod
    def opened(self, letter: Letter) -> Batch:
        """What a letter says. Raises SourceAnswerError where it is none of this source's."""

    @abstractmethod
    def check(self) -> str:
        """What it would listen to, in words. Raises ConfigError where it could not."""

    def fetch(self, kind: Kind, cursor: str | None, *, full: bool) -> Iterator[Batch]:
        """Nothing: there is nobody to ask."""
        return iter(())


def source_types() -> dict[str, EntryPoint]:
    """Every known type."""
    return known_types(GROUP, BUILT_IN)


@cache
def source_class(type_: str) -> type[Source]:
    """Raises ConfigError where no such type is installed or its code is no source."""
    return class_of(type_, source_types(), Source, "source")  # type: ignore[type-abstract]


def make_source(settings: SourceSettings, clock: Clock) -> Source:
    """The source that these settings describe."""
    return source_class(settings.type)(settings, clock)
