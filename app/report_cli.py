"""`chargefeed report …`: evidence. Tables in a terminal, tab-separated lines in a pipe, JSON and HTML in files.

Exit codes: 0 all is there, 1 there are gaps (of a regime) or something was late (latency), 2 it could not be done.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer
from typer.core import TyperGroup

from app.clock import Millis, parse_time
from app.errors import ConfigError
from app.settings import Settings, config_file, load, shipped

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from app.compliance.profile import Profile
    from app.registry.projection import View

EXIT_GAPS = 1


class Reports(TyperGroup):
    """An unknown one is answered with those there are."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        found = super().get_command(ctx, cmd_name)
        if found is None:
            raise ConfigError(f"no report {cmd_name!r}", remedy=f"There are {', '.join(self.list_commands(ctx))}")
        return found


report = typer.Typer(cls=Reports, help="Evidence: what is complete, and how fast it is.", no_args_is_help=True)


class Form(StrEnum):
    TERMINAL = "terminal"
    JSON = "json"
    HTML = "html"


Config = Annotated[
    Path | None,
    typer.Option(
        help="The settings; else $CHARGEFEED_CONFIG, ./chargefeed.yaml, or the demo network.",
        show_default=False,
    ),
]


@report.callback()
def _reports() -> None:
    pass


@report.command()
def latency(
    day: Annotated[
        str | None, typer.Option(help="2026-01-31, in UTC; else every day the journal holds.", show_default=False)
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="de: the limits and sites of that country alone.", show_default=False)
    ] = None,
    form: Annotated[Form, typer.Option("--format", help="terminal or json.")] = Form.TERMINAL,
    config: Config = None,
) -> None:
    """How much of what changed was public in time, per day and source, and what took longest; exit 1 if anything was late."""
    import orjson

    from app.compliance.latency import limits_of, measured
    from app.registry.delays import DAY, Span
    from app.report_tables import show_latency

    if form is Form.HTML:
        raise typer.BadParameter("there is no page of it: terminal or json", param_hint="--format")
    settings = load(config_file(config), plain=True)
    named = None if profile is None else profiles_of([profile.lower()])[0]
    country = None if named is None else alpha3(named.country, "--profile")
    since = None if day is None else day_of(day, "--day")
    span = Span(since, None if since is None else since + DAY, country)
    found = measured(engine_of(settings), limits_of(named), span)
    if form is Form.JSON:
        sys.stdout.buffer.write(orjson.dumps(found.record(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    else:
        show_latency(found)
    if found.is_late:
        sys.exit(EXIT_GAPS)


def day_of(text: str, option: str) -> Millis:
    """When a day of UTC begins. Raises ConfigError."""
    try:
        return parse_time(f"{text}T00:00:00Z")
    except ValueError:
        raise ConfigError(f"{text!r} is no day", where=option, remedy="Write it as 2026-01-31") from None


def opened(files: ExitStack, folder: Path | None, name: str) -> BinaryIO:
    return sys.stdout.buffer if folder is None else files.enter_context(written(folder / name))


@contextmanager
def written(path: Path) -> Iterator[BinaryIO]:
    """A file that appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def engine_of(settings: Settings) -> Engine:
    from app.registry.database import migrate, open_engine

    engine = open_engine(settings.database)
    migrate(engine)
    return engine


def profiles_of(names: Sequence[str] | None) -> Sequence[Profile]:
    from app.compliance.profile import read_profiles

    return read_profiles(shipped("config") / "profiles", names)


def view_of(party: str | None, country: str | None) -> View:
    from app.registry.projection import View

    where = frozenset() if country is None else frozenset({alpha3(country, "--country")})
    return View(parties=frozenset({party.upper().replace("-", "*")} if party else ()), countries=where)


def alpha3(country: str, option: str) -> str:
    from app.model.codes import COUNTRIES_ALPHA3

    found = COUNTRIES_ALPHA3.repair(country)
    if found is None:
        raise ConfigError(f"{country!r} is no country", where=option, remedy="Name it as DE or DEU")
    return found
