"""The settings of one publisher: one YAML file, checked whole before anything starts.

Which file: `--config`, else the environment's CHARGEFEED_CONFIG, else `chargefeed.yaml` in the folder it is started in, as
`chargefeed init` writes it, else the shipped `config/demo.yaml`. Every relative path in it
starts at the file's own folder; in a shipped file (whose folder may be read-only) at the current folder.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializeAsAny,
    ValidationInfo,
    field_validator,
    model_validator,
)

from app.alerts.settings import Alerts
from app.delivery.settings import DestinationSettings
from app.errors import ConfigError
from app.evidence_settings import EvChart as EvChart
from app.evidence_settings import History as History
from app.evidence_settings import Ledger as Ledger
from app.evidence_settings import Private as Private
from app.evidence_settings import WitnessSettings as WitnessSettings
from app.formats.base import Publisher
from app.marked_yaml import Marked, Step, read_marked, validated
from app.model.part import Part as Part
from app.model.token import Token
from app.publish.settings import SnapshotSettings
from app.registry.policy import SourcePolicy
from app.roaming.settings import PartnerSettings, Roaming
from app.setting_kinds import DatabaseUrl as DatabaseUrl
from app.setting_kinds import Docs as Docs
from app.setting_kinds import Guards as Guards
from app.setting_kinds import MapTiles as MapTiles
from app.setting_kinds import Pages as Pages
from app.setting_kinds import Retention as Retention
from app.setting_kinds import Url as Url
from app.shipped import shipped as shipped
from app.sources.base import SourceSettings, source_class, source_types
from app.store_settings import S3 as S3
from app.store_settings import Store as Store
from app.tariffs.explain import LANGUAGES

PLAIN_HOSTS = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Addresses to listen on that nobody can call → what to call instead."""

Port = Annotated[int, Field(ge=1, le=65535)]
Party = Annotated[str, Field(pattern=r"^[A-Z]{2}\*[A-Z0-9]{3}$")]


Model = TypeVar("Model", bound=BaseModel)
Named = TypeVar("Named", SourceSettings, DestinationSettings, PartnerSettings)


class Operator(Part):
    name: str = Field(min_length=1, max_length=100)
    """Who publishes, and answers for what is published."""
    website: Url | None = None
    """Where to read about them."""
    country: str | None = Field(None, pattern="^[A-Z]{2}$")
    """Where they are registered: ISO 3166-1 alpha-2."""
    email: str | None = Field(None, pattern=r"^[^@\s]+@[^@\s]+$")
    """Whom readers of the feed write to."""
    security_contact: str | None = Field(None, pattern=r"^(mailto:|https://|tel:)[!-~]+$")
    """Whom to tell of a vulnerability, in `/.well-known/security.txt`: `mailto:…`, `https://…` or `tel:…`."""
    language: str = "en"
    """Of the pages where a reader's browser asks for none that there is: de, en, es, fr, it, nl."""

    def told(self) -> dict[str, str]:
        """What documents say of them."""
        return self.model_dump(include={"name", "country", "website", "email"}, exclude_none=True)

    @field_validator("language")
    @classmethod
    def _is_spoken(cls, language: str) -> str:
        if language not in LANGUAGES:
            raise ValueError(f"no pages in this language: there are {', '.join(LANGUAGES)}")
        return language


def _address(host: str, port: int) -> str:
    host = PLAIN_HOSTS.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Web(Part):
    host: str = "127.0.0.1"
    """Address to listen on; 0.0.0.0 for all."""
    port: Port = 8080
    """Of the pages and the feed."""
    url: Url = Field(default_factory=lambda data: _address(data["host"], data["port"]))
    """What readers call it, where a proxy stands in front; every link is built from it."""
    stream_port: Port = Field(default_factory=lambda data: data["port"] + 1)
    """Of the change stream, a process of its own; one above `port` unless said otherwise."""
    stream_url: Url = Field(default_factory=lambda data: _address(data["host"], data["stream_port"]))
    """What readers call the stream's address."""
    processes: int = Field(1, ge=1, le=64)
    """Web processes, for machines with several cores."""
    threads: int = Field(4, ge=1, le=256)
    """Requests that each of them works on at once; of those beyond, some wait, and the others are told to come back (503)."""
    page_limit: int = Field(100, ge=1, le=1000)
    """Objects per OCPI page at most (`X-Limit`)."""
    default_party: Party | None = None
    """Whom `/open/ocpi/2.1.1` speaks for, since 2.1.1 has one party per connection; None: the first by name."""
    rate_limit: str | None = Field(None, pattern=r"^[1-9][0-9]*/(second|minute|hour)$")
    """Requests from one address, such as `600/minute`, counted in each process; None: no limit."""
    trusted_proxies: int = Field(0, ge=0, le=10)
    """Proxies in front, each of which adds the address it saw to X-Forwarded-For."""
    stream_clients: int = Field(10_000, ge=1, le=100_000)
    """Streams at once in one process; more are told to come back later."""

    @field_validator("url", "stream_url")
    @classmethod
    def _no_slash(cls, url: str) -> str:
        return url.rstrip("/")


class AnySource(SourceSettings):
    """What every source has, whatever else is said of it."""

    model_config = ConfigDict(extra="ignore")


class AnyDestination(DestinationSettings):
    """What every destination has, whatever else is said of it."""

    model_config = ConfigDict(extra="ignore")


class Settings(Part):
    operator: Operator
    """Who publishes."""
    licence: Url = "https://creativecommons.org/publicdomain/zero/1.0/"
    """What readers may do with the data."""
    database: DatabaseUrl = "sqlite:///data/chargefeed.db"
    """`sqlite:///file` for one machine, `postgresql://user:password@host/name` for several workers or machines."""
    store: Store = Store(directory=Path("data/public"))
    """Where snapshots go."""
    web: Web = Web()
    """Where it listens, and what readers call it."""
    sources: tuple[SerializeAsAny[SourceSettings], ...]
    """Where data comes from; each with the settings of its type."""
    destinations: tuple[SerializeAsAny[DestinationSettings], ...] = ()
    """Where what is public is pushed; each with the settings of its type."""
    partners: tuple[PartnerSettings, ...] = ()
    """Who registers by OCPI's credentials, reads what it is shown, and is pushed to."""
    roaming: Roaming = Roaming()
    """What all partners have in common."""
    admin_tokens: tuple[Token, ...] = ()
    """Who shows one of these may enter `/admin`; each is written itself, or as `sha256:` and its hash. None: it is closed."""
    overlay: tuple[Path, ...] = ()
    """Files with facts that no backend has: YAML, CSV or XLSX."""
    profiles: tuple[Annotated[str, Field(pattern="^[a-z]{2}$")], ...] | None = None
    """Countries whose access points' rules are held (`chargefeed profiles` lists them); None: of every country there are
    locations in."""
    snapshots: SnapshotSettings = SnapshotSettings()
    """Which documents are written, and how often."""
    schemas: Path | None = None
    """A folder with official schemas: DATEX II and IRVE documents that are not valid by them are neither written nor pushed, and
    the last good ones stay. None: documents are held to our own rules alone."""
    guards: Guards = Guards()
    """When a removal is believed."""
    private: Private | None = None
    """Where charging sessions are kept; None: nowhere."""
    ledger: Ledger = Ledger()
    """The log of prices that can be verified."""
    history: History = History()
    """Statuses and prices of the past as Parquet files in the store."""
    retention: Retention = Retention()
    """For how long the database keeps what only grows."""
    evchart: EvChart = EvChart()
    """What EV-ChART (23 CFR 680.112) asks for and no source says; for stations in the United States."""
    docs: Docs = Docs()
    """What the documentation says of the operator's own."""
    site: Pages = Pages()
    """What the pages for people have beside the data."""
    alerts: Alerts = Alerts()
    """How often the rules are held to the data, and who is told what is new."""

    @field_validator("sources", "destinations", "partners")
    @classmethod
    def _names_differ(cls, named: tuple[Named, ...], info: ValidationInfo) -> tuple[Named, ...]:
        names = [each.name for each in named]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two {info.field_name} are called `{name}`")
        return named

    @field_validator("partners")
    @classmethod
    def _are_no_destinations(
        cls, partners: tuple[PartnerSettings, ...], info: ValidationInfo
    ) -> tuple[PartnerSettings, ...]:
        pushed = {each.name for each in info.data.get("destinations", ())}
        for name in sorted(pushed & {partner.name for partner in partners}):
            raise ValueError(f"a partner and a destination are both called `{name}`")
        return partners

    @model_validator(mode="after")
    def _relays_whole(self) -> Self:
        relaying = next((partner.name for partner in self.partners if partner.relay), None)
        if relaying is not None and self.roaming.relay is None:
            raise ValueError(f"partner `{relaying}` has `relay`, and `roaming` has not")
        if self.roaming.relay is not None and self.private is None:
            raise ValueError("`roaming.relay` needs `private`: what is relayed is kept there")
        return self

    @model_validator(mode="after")
    def _keeps_what_documents_point_to(self) -> Self:
        if self.retention.changes < 2 * self.snapshots.static_every:
            raise ValueError("`retention.changes` must be twice `snapshots.static_every`: readers go on from documents")
        return self

    @field_validator("destinations")
    @classmethod
    def _tokens_differ(cls, destinations: tuple[DestinationSettings, ...]) -> tuple[DestinationSettings, ...]:
        given = [each.pull_hash for each in destinations if each.pull_hash is not None]
        if len(set(given)) < len(given):
            raise ValueError("two destinations have the same `pull_token`: nobody could tell who reads")
        return destinations

    def policies(self) -> dict[str, SourcePolicy]:
        """How far each source is trusted."""
        return {
            source.name: SourcePolicy(
                roles=source.roles,
                priority=source.priority,
                ttl=round(source.ttl * 1000),
                removal_pulls=self.guards.pulls,
                removal_after=round(self.guards.after * 1000),
                hold_share=self.guards.share,
            )
            for source in self.sources
        }

    def publisher(self) -> Publisher:
        """As documents name it."""
        return Publisher(**self.operator.told(), licence=self.licence, url=self.web.url)

    def ledger_origin(self) -> str:
        """What the log is called when it begins."""
        return self.ledger.origin or f"{self.web.url.partition('://')[2]}/ledger"

    def with_address(self, host: str | None, port: int | None) -> Settings:
        """The same, listening elsewhere; addresses that were not written down follow."""
        given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
        web = Web.model_validate({**self.web.model_dump(exclude_unset=True), **given})
        return self.model_copy(update={"web": web})


OWN = Path("chargefeed.yaml")


def config_file(given: Path | None, environment: Mapping[str, str] = os.environ) -> Path:
    if given is None and environment.get("CHARGEFEED_CONFIG"):
        given = Path(environment["CHARGEFEED_CONFIG"])
    if given is None and OWN.exists():
        given = OWN
    return given if given is not None else shipped("config") / "demo.yaml"


def load(path: Path, environment: Mapping[str, str] = os.environ, *, plain: bool = False) -> Settings:
    """Reads and checks one file. Raises ConfigError for the first defect in it; the others are its notes.

    With `plain` the types of sources and destinations are not loaded, which takes time: each is an `AnySource` or
    `AnyDestination`, for processes that neither pull nor push.
    """
    marked = read_marked(path, environment)
    if not isinstance(marked.data, dict):
        raise ConfigError("the file must hold `name: value` pairs", where=marked.where(()))
    data = dict(marked.data)
    errors: list[ConfigError] = []
    for part in _SOURCES, _DESTINATIONS:
        if part.name in data:
            data[part.name] = _typed(data[part.name], part, marked, errors, plain=plain)
    settings = validated(Settings, data, (), marked, errors)
    if settings is None or errors:
        first, *others = errors
        for other in others:
            first.add_note(str(other))
        raise first
    inside = path.resolve().is_relative_to(shipped("config").resolve())
    return _rooted(settings, Path.cwd() if inside else path.resolve().parent)


def addressed(settings: Settings, environment: Mapping[str, str] = os.environ) -> Settings:
    """Where `run` was told to listen: CHARGEFEED_HOST and CHARGEFEED_PORT."""
    port = environment.get("CHARGEFEED_PORT")
    return settings.with_address(environment.get("CHARGEFEED_HOST") or None, int(port) if port else None)


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """What a process reads that neither pulls nor pushes: CHARGEFEED_CONFIG, and where `run` was told to listen."""
    return addressed(load(config_file(None, environment), environment, plain=True), environment)


@dataclass(frozen=True)
class _Typed:
    """A list whose items each have the settings of their type."""

    name: str
    one: str
    plain: type[BaseModel]
    model: Callable[[str], type[BaseModel]]
    """Raises ConfigError, or what the import of a plug-in raises."""
    types: Callable[[], Iterable[str]]


def _destination_model(type_: str) -> type[BaseModel]:
    from app.delivery.base import destination_class  # with it comes what renders and the database

    return destination_class(type_).Settings


def _destination_types() -> Iterable[str]:
    from app.delivery.base import destination_types

    return destination_types()


_SOURCES = _Typed("sources", "a source", AnySource, lambda type_: source_class(type_).Settings, source_types)
_DESTINATIONS = _Typed("destinations", "a destination", AnyDestination, _destination_model, _destination_types)


def _typed(items: Any, part: _Typed, marked: Marked, errors: list[ConfigError], *, plain: bool) -> Any:
    """Each item read by the settings of its type; what is no list is left for `Settings` to refuse."""
    if not isinstance(items, list):
        return items
    read: list[BaseModel] = []
    for index, item in enumerate(items):
        path: tuple[Step, ...] = (part.name, index)
        try:
            model = part.plain if plain else _model_of(item, part)
        except (ConfigError, ImportError, AttributeError) as error:
            remedy = f"Known types: {', '.join(sorted(part.types()))}"
            errors.append(
                ConfigError(getattr(error, "what", str(error)), where=marked.where((*path, "type")), remedy=remedy)
            )
            continue
        found = validated(model, item, path, marked, errors)
        if found is not None:
            read.append(found)
    return read


def _model_of(item: Any, part: _Typed) -> type[BaseModel]:
    if not isinstance(item, dict) or not item.get("type"):
        raise ConfigError(f"{part.one} needs a `type`")
    return part.model(item["type"])


def _rooted(settings: Settings, folder: Path) -> Settings:
    rooted: dict[str, Any] = {"database": _rooted_url(settings.database, folder)}
    if settings.private is not None:
        private = {"database": _rooted_url(settings.private.database, folder)}
        rooted["private"] = settings.private.model_copy(update=private)
    return _with_paths(settings, folder).model_copy(update=rooted)


def _rooted_url(url: str, folder: Path) -> str:
    scheme, _, path = url.partition(":///")
    return f"sqlite:///{folder / path}" if scheme == "sqlite" else url


def _with_paths(part: Model, folder: Path) -> Model:
    """The same, every `Path` in it starting at `folder`."""

    def rooted(value: Any) -> Any:
        if isinstance(value, Path):
            return folder / value.expanduser()
        if isinstance(value, BaseModel):
            return _with_paths(value, folder)
        if isinstance(value, tuple | list):
            return type(value)(rooted(item) for item in value)
        return value

    found = {name: rooted(value) for name, value in part}
    changed = {name: value for name, value in found.items() if value is not getattr(part, name)}
    return part.model_copy(update=changed)
