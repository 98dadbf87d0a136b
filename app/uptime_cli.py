"""`chargefeed report uptime`: per port what it was up by the rules of a regime, and the events behind every number."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from app.clock import SystemClock
from app.errors import ChargefeedError
from app.process import spare_collector
from app.report_cli import Config, engine_of, opened, view_of
from app.settings import Settings, config_file, load, shipped
from app.terminal import progress, say, table

if TYPE_CHECKING:
    from app.compliance.uptime.counting import Judged
    from app.compliance.uptime.figures import NetworkUptime, PortUptime
    from app.compliance.uptime.sheet import Sheet

EXIT_FAILS = 1
SHOWN = 50
"""Ports in a terminal; a pipe gets all."""
TOLD_EVERY = 1000


class Form(StrEnum):
    TERMINAL = "terminal"
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    HTML = "html"


class Sink(Protocol):
    def add(self, judged: Judged) -> None: ...

    def finish(self, networks: Sequence[NetworkUptime]) -> None: ...


def uptime(
    sheet: Annotated[str, typer.Option(help="us_nevi, us_ca, uk, or the path of a .yaml of your own.")] = "us_nevi",
    period: Annotated[
        str | None, typer.Option(help="2026, 2026Q3 or 2026-09; else the last that is over.", show_default=False)
    ] = None,
    party: Annotated[str | None, typer.Option(help="US*ABC: its ports alone.", show_default=False)] = None,
    country: Annotated[str | None, typer.Option(help="US or USA: where they stand.", show_default=False)] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="A folder for uptime.json, .html, .csv and uptime-events.csv, or for just the --format.",
            show_default=False,
        ),
    ] = None,
    form: Annotated[Form | None, typer.Option("--format", help="Else terminal.", show_default=False)] = None,
    events: Annotated[bool, typer.Option("--events", help="The outages in place of the ports.")] = False,
    config: Config = None,
) -> None:
    """How long each port was up, by the rules of a regime, and what does not count; exit 1 where one fails.

    What nobody observed is never up by itself: both figures are given, and you decide (`chargefeed exclusion decide`).
    That power was too low no source says; enter it as `exclusion decide outage`. Opening hours are taken as they are now."""
    from app.archiving import downtime_files
    from app.compliance.uptime.judging import judged, networks
    from app.compliance.uptime.sheet import read_sheet
    from app.compliance.uptime.window import last_period, windows

    spare_collector()
    settings, now, rules = load(config_file(config), plain=True), SystemClock().now(), read_sheet(sheet)
    when = windows(rules, period or last_period(rules, now))
    engine = engine_of(settings)
    results: Counter[str] = Counter()
    with ExitStack() as files, progress("counting") as doing:
        sinks = list(_sinks(files, rules, settings, now, out, form, events=events))
        found = judged(engine, rules, when, now, view_of(party, country), lambda: downtime_files(settings))
        of_networks = networks(_handed(found, sinks, results, doing), rules)
        if not results:
            what = f"no public port is under {rules.article}"
            raise ChargefeedError(what, remedy="Have the sources pulled first; look at --sheet, --party and --country")
        for sink in sinks:
            sink.finish(of_networks)
    fails = any(one.passed is False for one in of_networks) if rules.of == "network" else results["fail"]
    if fails:
        sys.exit(EXIT_FAILS)


class Lines:
    """In a terminal or a pipe."""

    def __init__(self, sheet: Sheet, *, events: bool) -> None:
        self._sheet, self._events = sheet, events
        self._rows: list[tuple[bool, list[str]]] = []
        self._results: Counter[str] = Counter()

    def add(self, judged: Judged) -> None:
        from app.compliance.uptime.records import event_row, port_row, result

        self._results[result(judged.uptime)] += 1
        rows = map(event_row, judged.outages) if self._events else [port_row(judged.uptime)]
        if sys.stdout.isatty():
            self._rows += ((judged.uptime.passed is True, row) for row in rows)
        else:
            for row in rows:
                table((), [("event" if self._events else "port", *row)])

    def finish(self, networks: Sequence[NetworkUptime]) -> None:
        from app.compliance.uptime.records import EVENT_COLUMNS, PORT_COLUMNS

        if sys.stdout.isatty():
            rows = [row for _, row in sorted(self._rows, key=lambda row: row[0])[:SHOWN]]
            table(EVENT_COLUMNS if self._events else PORT_COLUMNS, rows)
        if self._sheet.of == "network":
            columns = ("network", "country", "ports", "reading", "uptime", "if up", "result")
            found = [row for one in networks for row in _network(one)]
            table(columns, found if sys.stdout.isatty() else [("network", *row) for row in found])
        say(f"{self._sheet.article}: {', '.join(f'{number} {name}' for name, number in sorted(self._results.items()))}")


def _network(one: NetworkUptime) -> Iterator[tuple[str, ...]]:
    from app.compliance.uptime.records import VERDICTS, shown

    for figure in one.figures:
        percents = shown(figure.lowest), shown(figure.highest)
        yield one.party, one.country, str(one.ports), figure.reading, *percents, VERDICTS[one.passed]


def _handed(
    found: Iterator[Judged], sinks: Sequence[Sink], results: Counter[str], doing: Callable[[str], None]
) -> Iterator[PortUptime]:
    from app.compliance.uptime.records import result

    for number, one in enumerate(found, start=1):
        for sink in sinks:
            sink.add(one)
        results[result(one.uptime)] += 1
        if number % TOLD_EVERY == 0:
            doing(f"{number} figures")
        yield one.uptime


def _sinks(
    files: ExitStack, sheet: Sheet, settings: Settings, now: int, out: Path | None, form: Form | None, *, events: bool
) -> Iterator[Sink]:
    from app.compliance.uptime.page import Page
    from app.compliance.uptime.records import CsvReport, JsonReport

    forms = {form} if form else {*Form} - {Form.XLSX} if out else {Form.TERMINAL}
    if Form.TERMINAL in forms:
        yield Lines(sheet, events=events)
    if Form.JSON in forms:
        yield JsonReport(opened(files, out, "uptime.json"), sheet, now)
    if Form.HTML in forms:
        yield Page(opened(files, out, "uptime.html"), sheet, settings.operator.name, now, shipped("templates"))
    if Form.XLSX in forms:
        from app.compliance.uptime.workbook import Workbook  # a quarter of a second

        yield Workbook(opened(files, out, "uptime.xlsx"))
    if Form.CSV in forms:
        if out is not None or not events:
            yield CsvReport(opened(files, out, "uptime.csv"), events=False)
        if out is not None or events:
            yield CsvReport(opened(files, out, "uptime-events.csv"), events=True)
