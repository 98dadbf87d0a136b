"""The settings of one publisher: one YAML file, checked whole before anything starts.

Which file: `--config`, else the environment's CHARGEFEED_CONFIG, else the shipped `config/demo.yaml`. Every relative path in it
starts at the file's own folder; in a shipped file (whose folder may be read-only) at the current folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from app.errors import ConfigError
from app.marked_yaml import Marked, Step, read_marked

PLAIN_HOSTS = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Addresses to listen on that nobody can call → what to call instead."""

Port = Annotated[int, Field(ge=1, le=65535)]
Url = Annotated[str, Field(pattern=r"^https?://[^\s/]+(/\S*)?$")]
Party = Annotated[str, Field(pattern=r"^[A-Z]{2}\*[A-Z0-9]{3}$")]


Model = TypeVar("Model", bound=BaseModel)


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Operator(Part):
    """Who publishes, and answers for what is published."""

    name: str = Field(min_length=1, max_length=100)
    website: Url | None = None
    email: str | None = Field(None, pattern=r"^[^@\s]+@[^@\s]+$")


class S3(Part):
    """A bucket; credentials come from the environment, as for every boto3 program."""

    bucket: str = Field(min_length=3, max_length=63)
    prefix: str = ""
    endpoint_url: Url | None = None
    region: str | None = None


class Store(Part):
    """Where snapshots go: a folder or a bucket."""

    directory: Path | None = None
    s3: S3 | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.directory is None) == (self.s3 is None):
            raise ValueError("give `directory` or `s3`, and just one of them")
        return self


def _address(host: str, port: int) -> str:
    host = PLAIN_HOSTS.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Web(Part):
    host: str = "127.0.0.1"
    port: Port = 8080
    url: Url = Field(default_factory=lambda data: _address(data.get("host", ""), data.get("port", 0)))
    """Where the public reaches it, without a slash at the end."""
    stream_port: Port = Field(default_factory=lambda data: data.get("port", 0) + 1)
    stream_url: Url = Field(default_factory=lambda data: _address(data.get("host", ""), data.get("stream_port", 0)))
    processes: int = Field(1, ge=1, le=64)
    threads: int = Field(4, ge=1, le=256)
    """Per process."""
    page_limit: int = Field(100, ge=1, le=1000)
    """Objects per OCPI page at most (`X-Limit`)."""
    default_party: Party | None = None
    """Whom `/open/ocpi/2.1.1` speaks for, which has one party per connection; None: the first by name."""

    @field_validator("url", "stream_url")
    @classmethod
    def _no_slash(cls, url: str) -> str:
        return url.rstrip("/")


class Snapshots(Part):
    """Seconds between two looks whether a snapshot has to be written anew."""

    status_every: float = Field(10, ge=1)
    static_every: float = Field(600, ge=1)


class Guards(Part):
    """When a removal is believed."""

    pulls: int = Field(3, ge=1)
    """Complete pulls in a row without the EVSE …"""
    hours: float = Field(24, ge=0)
    """… and time since the first of them, before it is REMOVED."""
    share: float = Field(0.10, gt=0, le=1)
    """A loss of more than this part of a source is held for a person."""


class Settings(Part):
    operator: Operator
    licence: Url = "https://creativecommons.org/publicdomain/zero/1.0/"
    database: str = "sqlite:///data/chargefeed.db"
    store: Store = Store(directory=Path("data/public"))
    web: Web = Web()
    sources: tuple[dict[str, Any], ...] = Field(min_length=1)
    overlay: tuple[Path, ...] = ()
    snapshots: Snapshots = Snapshots()
    guards: Guards = Guards()

    @field_validator("database")
    @classmethod
    def _supported(cls, text: str) -> str:
        try:
            url = make_url(text)
        except ArgumentError:
            raise ValueError("not a database URL such as sqlite:///data/chargefeed.db") from None
        if url.drivername in ("postgresql", "postgresql+psycopg"):
            return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        if url.drivername != "sqlite":
            raise ValueError(f"{url.drivername} is not supported: use sqlite or postgresql+psycopg")
        if url.database in (None, "", ":memory:"):
            raise ValueError("several processes share the database: SQLite needs a file")
        return text

    def with_address(self, host: str | None, port: int | None) -> Settings:
        """The same, listening elsewhere; addresses that were not written down follow."""
        given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
        web = Web.model_validate({**self.web.model_dump(exclude_unset=True), **given})
        return self.model_copy(update={"web": web})


def shipped(folder: str) -> Path:
    """The folder `templates` or `config`, in a checkout or inside an installed wheel."""
    package = Path(__file__).resolve().parent
    packed = package / f"_{folder}"
    return packed if packed.is_dir() else package.parent / folder


def config_file(given: Path | None, environment: Mapping[str, str] = os.environ) -> Path:
    if given is None and environment.get("CHARGEFEED_CONFIG"):
        given = Path(environment["CHARGEFEED_CONFIG"])
    return given if given is not None else shipped("config") / "demo.yaml"


def load(path: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """Reads and checks one file. Raises ConfigError for the first defect in it; the others are its notes."""
    marked = read_marked(path, environment)
    if not isinstance(marked.data, dict):
        raise ConfigError("the file must hold `name: value` pairs", where=marked.where(()))
    data = dict(marked.data)
    errors: list[ConfigError] = []
    settings = _validated(Settings, data, (), marked, errors)
    if settings is None or errors:
        raise _joined(errors)
    inside = path.resolve().is_relative_to(shipped("config").resolve())
    return _rooted(settings, Path.cwd() if inside else path.resolve().parent)


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """What every process of one `chargefeed run` reads: CHARGEFEED_CONFIG, with its CHARGEFEED_HOST and CHARGEFEED_PORT."""
    settings = load(config_file(None, environment), environment)
    port = environment.get("CHARGEFEED_PORT")
    return settings.with_address(environment.get("CHARGEFEED_HOST") or None, int(port) if port else None)


def _validated(
    model: type[Model], data: Any, at: tuple[Step, ...], marked: Marked, errors: list[ConfigError]
) -> Model | None:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        errors.extend(_explained(model, detail, at, marked) for detail in error.errors(include_url=False))
        return None


def _explained(model: type[BaseModel], detail: ErrorDetails, at: tuple[Step, ...], marked: Marked) -> ConfigError:
    path: tuple[Step, ...] = detail["loc"]
    name = ".".join(str(step) for step in path)
    where = marked.where((*at, *path))
    if detail["type"] == "extra_forbidden":
        known = list(_model_at(model, path[:-1]).model_fields)
        near = get_close_matches(str(path[-1]), known, 1)
        remedy = f"Did you mean `{near[0]}`?" if near else f"Known here: {', '.join(known)}"
        return ConfigError(f"unknown setting `{name}`", where=where, remedy=remedy)
    if detail["type"] == "missing":
        return ConfigError(f"`{name}` is missing", where=where, remedy="config/example.yaml shows every setting")
    what = detail["msg"].removeprefix("Value error, ")
    return ConfigError(f"`{name}`: {what[:1].lower()}{what[1:]}" if name else what, where=where)


def _model_at(model: type[BaseModel], path: Iterable[Step]) -> type[BaseModel]:
    for step in path:
        if isinstance(step, str) and step in model.model_fields:
            model = _model_in(model.model_fields[step].annotation) or model
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _model_in(inner))), None)


def _joined(errors: list[ConfigError]) -> ConfigError:
    first, *others = errors
    for other in others:
        first.add_note(str(other))
    return first


def _rooted(settings: Settings, folder: Path) -> Settings:
    url = make_url(settings.database)
    if url.drivername == "sqlite" and url.database:
        url = url.set(database=str(folder / url.database))
    database = url.render_as_string(hide_password=False)
    return _with_paths(settings, folder).model_copy(update={"database": database})


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
