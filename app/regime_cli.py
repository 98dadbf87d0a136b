"""`chargefeed report afir`, `uk` …: one command for each regime of the catalogue, all of them the same. And the catalogue itself.

Exit codes: 0 all is there, 1 there are gaps, 2 it could not be done.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from app.clock import SystemClock
from app.compliance.names import regime_names
from app.errors import ChargefeedError, ConfigError
from app.report_cli import EXIT_GAPS, Config, alpha3, engine_of, opened, profiles_of
from app.settings import Settings, config_file, load, shipped
from app.terminal import complain, progress

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from app.compliance.heading import Heading
    from app.compliance.judging import Judged, RuleBook
    from app.compliance.tally import Tally
    from app.registry.evaluation.record import Which
    from app.registry.origins import Sourced

TOLD_EVERY = 500  # locations


class Form(StrEnum):
    TERMINAL = "terminal"
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    HTML = "html"


class Sink(Protocol):
    def add(self, judged: Judged) -> None: ...


Out = Annotated[
    Path | None, typer.Option(help="A folder for its JSON and HTML, or for just the --format.", show_default=False)
]
AsForm = Annotated[Form | None, typer.Option("--format", help="Else terminal.", show_default=False)]
Party = Annotated[str | None, typer.Option(help="DE*ABC: its locations alone.", show_default=False)]
Country = Annotated[str | None, typer.Option(help="DE or DEU: where they stand.", show_default=False)]
Location = Annotated[str | None, typer.Option(help="L1 or DE*ABC/L1: it alone.", show_default=False)]
Overlay = Annotated[
    Path | None,
    typer.Option(help="A .csv or .xlsx with a cell for everything missing, to fill in.", show_default=False),
]
Statement = Annotated[
    str | None,
    typer.Option(help="2026: the reliability statement of that year (uk), as HTML and CSV.", show_default=False),
]


def add_regimes(report: typer.Typer) -> None:
    """A command for each."""
    for name in regime_names():
        report.command(name, help=f"What the rules of `{name}` ask for: what is there, from whom, and what to do.")(
            _command(name)
        )


def _command(name: str) -> Callable[..., None]:
    def command(
        out: Out = None,
        form: AsForm = None,
        party: Party = None,
        country: Country = None,
        location: Location = None,
        overlay_template: Overlay = None,
        statement: Statement = None,
        config: Config = None,
    ) -> None:
        settings = load(config_file(config), plain=True)
        if statement is not None:
            from app.statement_cli import write_statements

            write_statements(name, settings, statement, out, party)
            return
        _report(name, settings, Part(engine_of(settings), party, country, location), out, form, overlay_template)

    return command


class Part:
    """The part of the public network that is asked about. Raises ChargefeedError where there is none, naming what there is."""

    def __init__(self, engine: Engine, party: str | None, country: str | None, location: str | None) -> None:
        from app.registry.database import reading
        from app.registry.evaluation.reading import locations_called
        from app.registry.figures import scopes

        self.engine = engine
        self.party = None if party is None else party.upper().replace("-", "*")
        self.country = None if country is None else alpha3(country, "--country")
        with reading(engine) as connection:
            there = scopes(connection)
            found = [] if location is None else locations_called(connection, location)
        for option, asked, known in (
            ("--party", self.party, {one for one, _ in there}),
            ("--country", self.country, {one for _, one in there}),
        ):
            if asked is not None and asked not in known:
                said = f"There are {', '.join(sorted(known))}" if known else "Have the sources pulled first"
                raise ConfigError(f"no public location of {asked}", where=option, remedy=said)
        self.location = None if location is None else _one_location(location, found)

    def sites(self) -> Iterator[Sourced]:
        from app.registry.origins import sourced, sourced_locations
        from app.registry.views import View

        if self.location is not None:
            return sourced(self.engine, [self.location[0]])
        return sourced_locations(self.engine, View(parties=_only(self.party), countries=_only(self.country)))

    def which(self) -> Which:
        from iso3166 import countries_by_alpha3

        from app.registry.evaluation.record import Which

        country = countries_by_alpha3[self.country].alpha2 if self.country else None
        return Which(self.party, country, self.location[0] if self.location else None)

    @property
    def words(self) -> str:
        """`DE*ABC, FRA`, `DE*ABC/L1`; empty for all of it."""
        return self.location[1] if self.location else ", ".join(filter(None, (self.party, self.country)))


def _one_location(text: str, found: Sequence[tuple[int, str]]) -> tuple[int, str]:
    if len(found) == 1:
        return found[0]
    if found:
        keys = ", ".join(key for _, key in found)
        raise ConfigError(f"several locations are called {text!r}", where="--location", remedy=f"Write one of {keys}")
    remedy = "Write its id, or DE*ABC/L1; /open/ocpi/2.2.1/locations lists them"
    raise ConfigError(f"no public location {text!r}", where="--location", remedy=remedy)


def _only(value: str | None) -> frozenset[str]:
    return frozenset() if value is None else frozenset({value})


def _report(
    name: str, settings: Settings, part: Part, out: Path | None, form: Form | None, overlay_template: Path | None
) -> None:
    from app.compliance.judging import RuleBook
    from app.compliance.page import write_page
    from app.compliance.records import Gaps, JsonReport
    from app.compliance.sheets import write_csv, write_workbook
    from app.compliance.tally import Tally
    from app.compliance.template import Template, write_template
    from app.report_tables import show_regime

    book = RuleBook(profiles_of(settings.profiles), [name])
    heading = _heading(name, settings, part, book)
    forms = {form} if form else {Form.TERMINAL, Form.JSON, Form.HTML} if out else {Form.TERMINAL}
    tally, gaps, template = Tally(), Gaps(), Template()
    with ExitStack() as files:
        documents = [JsonReport(opened(files, out, f"{name}.json"), heading)] if Form.JSON in forms else []
        templates = [template] if overlay_template else []
        _judge(part, book, heading, [tally, gaps, *documents, *templates])
        _add_uptime(part, book, tally)
        for document in documents:
            document.finish(tally)
        if Form.HTML in forms:
            write_page(opened(files, out, f"{name}.html"), tally, gaps, heading, shipped("templates"))
        if Form.CSV in forms:
            write_csv(opened(files, out, f"{name}.csv"), tally, heading)
        if Form.XLSX in forms:
            write_workbook(opened(files, out, f"{name}.xlsx"), tally, gaps, heading)
    if Form.TERMINAL in forms:
        show_regime(tally, gaps.worst, heading)
    if overlay_template:
        complain(f"chargefeed: {overlay_template}: {write_template(template, overlay_template)} rows to fill in")
    if not tally.is_complete:
        sys.exit(EXIT_GAPS)


def _heading(name: str, settings: Settings, part: Part, book: RuleBook) -> Heading:
    from app.compliance.catalogue import catalogue
    from app.compliance.heading import Heading
    from app.compliance.trend import read_trend
    from app.registry.database import reading

    with reading(part.engine) as connection:
        trend = read_trend(connection, part.which(), {rule.code for rule in book.all()})
    regime = catalogue().regime(name)
    return Heading(name, regime, settings.operator.name, SystemClock().now(), part.words, trend)


def _add_uptime(part: Part, book: RuleBook, tally: Tally) -> None:
    """As the worker evaluated it last: to count it anew takes minutes."""
    from app.compliance.board import EXAMPLES
    from app.registry.database import reading
    from app.registry.evaluation.reading import counted, worst

    with reading(part.engine) as connection:
        for one in book.uptimes:
            found = counted(connection, one.rule.code, part.which())
            tally.add_apart(one.rule, found, worst(connection, one.rule.code, part.which(), EXAMPLES))


def _judge(part: Part, book: RuleBook, heading: Heading, sinks: Sequence[Sink]) -> None:
    """Hands each location to all. Raises ChargefeedError where there is none."""
    from app.compliance.judging import judged
    from app.tariffs.adhoc import PriceBook

    prices, number = PriceBook(), 0
    with progress("judging") as doing:
        for one in part.sites():
            found = judged(one, book, heading.at, prices)
            if found is None:
                continue
            for sink in sinks:
                sink.add(found)
            number += 1
            if number % TOLD_EVERY == 0:
                doing(f"{number} locations")
    if not number:
        raise ChargefeedError(
            f"no public location is under {heading.regime.title} ({heading.regime.where})",
            remedy="Have the sources pulled first (`chargefeed publish --once`); look at --party, --country and `profiles`",
        )
