"""`chargefeed report …`: evidence. Tables in a terminal, tab-separated lines in a pipe, JSON and HTML in files.

Exit codes: 0 all is there, 1 there are gaps (afir) or something was late (latency), 2 it could not be done.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, Protocol

import typer

from app.clock import Millis, SystemClock, parse_time
from app.errors import ChargefeedError, ConfigError
from app.settings import Settings, config_file, load, shipped
from app.terminal import complain, progress

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from app.compliance.judging import Judged
    from app.compliance.profile import Profile
    from app.compliance.tally import Tally
    from app.registry.projection import View

EXIT_GAPS = 1
TOLD_EVERY = 500  # locations

report = typer.Typer(help="Evidence: what is complete, and how fast it is.", no_args_is_help=True)


class Form(StrEnum):
    TERMINAL = "terminal"
    JSON = "json"
    HTML = "html"


class Sink(Protocol):
    def add(self, judged: Judged) -> None: ...


Config = Annotated[
    Path | None,
    typer.Option(help="The settings; else $CHARGEFEED_CONFIG, else the demo network.", show_default=False),
]


@report.callback()
def _reports() -> None:
    pass


@report.command()
def afir(
    out: Annotated[
        Path | None,
        typer.Option(help="A folder for afir.json and afir.html, or for just the --format.", show_default=False),
    ] = None,
    form: Annotated[Form | None, typer.Option("--format", help="Else terminal.", show_default=False)] = None,
    party: Annotated[str | None, typer.Option(help="DE*ABC: its locations alone.", show_default=False)] = None,
    country: Annotated[str | None, typer.Option(help="DE or DEU: where they stand.", show_default=False)] = None,
    overlay_template: Annotated[
        Path | None,
        typer.Option(help="A .csv or .xlsx with a cell for everything missing, to fill in.", show_default=False),
    ] = None,
    config: Config = None,
) -> None:
    """Which data of AFIR Art. 20 and of the countries' profiles are there, from whom, and what to do; exit 1 with gaps."""
    from app.compliance.page import write_page
    from app.compliance.records import Gaps, JsonReport
    from app.compliance.tally import Tally
    from app.compliance.template import Template, write_template
    from app.report_tables import show_afir

    settings, at = load(config_file(config), plain=True), SystemClock().now()
    forms = {form} if form else {Form.TERMINAL, Form.JSON, Form.HTML} if out else {Form.TERMINAL}
    tally, gaps, template = Tally(), Gaps(), Template()
    with ExitStack() as files:
        documents = [JsonReport(_opened(files, out, "afir.json"), at)] if Form.JSON in forms else []
        templates = [template] if overlay_template else []
        _judge(settings, _view(party, country), at, tally, [gaps, *documents, *templates])
        for document in documents:
            document.finish(tally)
        if Form.HTML in forms:
            page = _opened(files, out, "afir.html")
            write_page(page, tally, gaps, settings.operator.name, at, shipped("templates"))
    if Form.TERMINAL in forms:
        show_afir(tally, gaps.worst)
    if overlay_template:
        complain(f"chargefeed: {overlay_template}: {write_template(template, overlay_template)} rows to fill in")
    if not tally.is_complete:
        sys.exit(EXIT_GAPS)


def _judge(settings: Settings, view: View, at: Millis, tally: Tally, others: Sequence[Sink]) -> None:
    """Hands each location to all. Raises ChargefeedError where there is none."""
    from app.compliance.judging import RuleBook, judged_locations

    book = RuleBook(_profiles(settings.profiles))
    with progress("judging") as doing:
        for judged in judged_locations(_engine(settings), book, at, view):
            for part in (tally, *others):
                part.add(judged)
            if tally.locations % TOLD_EVERY == 0:
                doing(f"{tally.locations} locations")
    if not tally.locations:
        raise ChargefeedError(
            "no public location is under AFIR or a profile",
            remedy="Have the sources pulled first (`chargefeed publish --once`); look at --party, --country and `profiles`",
        )


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
    named = None if profile is None else _profiles([profile.lower()])[0]
    country = None if named is None else _alpha3(named.country, "--profile")
    since = None if day is None else _day(day)
    span = Span(since, None if since is None else since + DAY, country)
    found = measured(_engine(settings), limits_of(named), span)
    if form is Form.JSON:
        sys.stdout.buffer.write(orjson.dumps(found.record(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    else:
        show_latency(found)
    if found.is_late:
        sys.exit(EXIT_GAPS)


def _day(text: str) -> Millis:
    try:
        return parse_time(f"{text}T00:00:00Z")
    except ValueError:
        raise ConfigError(f"{text!r} is no day", where="--day", remedy="Write it as 2026-01-31") from None


def _opened(files: ExitStack, folder: Path | None, name: str) -> BinaryIO:
    return sys.stdout.buffer if folder is None else files.enter_context(_written(folder / name))


@contextmanager
def _written(path: Path) -> Iterator[BinaryIO]:
    """A file that appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _engine(settings: Settings) -> Engine:
    from app.registry.database import migrate, open_engine

    engine = open_engine(settings.database)
    migrate(engine)
    return engine


def _profiles(names: Sequence[str] | None) -> Sequence[Profile]:
    from app.compliance.profile import read_profiles

    return read_profiles(shipped("config") / "profiles", names)


def _view(party: str | None, country: str | None) -> View:
    from app.registry.projection import View

    where = frozenset() if country is None else frozenset({_alpha3(country, "--country")})
    return View(parties=frozenset({party.upper()} if party else ()), countries=where)


def _alpha3(country: str, option: str) -> str:
    from app.model.codes import COUNTRIES_ALPHA3

    found = COUNTRIES_ALPHA3.repair(country)
    if found is None:
        raise ConfigError(f"{country!r} is no country", where=option, remedy="Name it as DE or DEU")
    return found
