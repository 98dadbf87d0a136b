"""`chargefeed report evchart` and `chargefeed evchart submit`: the federal files, made, checked and sent.

Exit codes: 0 all is there and sound, 1 a person has to look at something, 2 it could not be done.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.clock import Millis, SystemClock, from_millis
from app.errors import ChargefeedError, ConfigError
from app.report_cli import Config, engine_of, view_of
from app.settings import EvChart as EvChartSettings
from app.settings import Settings, config_file, load
from app.terminal import BAD, OK, complain, say, table

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from app.compliance.uptime.counting import Judged
    from app.compliance.uptime.figures import Outage, PortUptime
    from app.compliance.uptime.spans import Span
    from app.evchart_upload import EvChart
    from app.filing.evchart.filing import Filed, Material
    from app.filing.evchart.period import Period
    from app.filing.evchart.stations import Station
    from app.registry.projection import View

EXIT_PROBLEMS = 1
SHOWN = 20
SUMMARY = "evchart.json"

evchart = typer.Typer(help="Files for EV-ChART (23 CFR 680.112).", no_args_is_help=True)

PeriodText = Annotated[
    str | None,
    typer.Option("--period", help="2026Q3, or 2026; else the last quarter that is over.", show_default=False),
]


@evchart.callback()
def _evchart() -> None:
    pass


def report(
    period: PeriodText = None,
    modules: Annotated[str | None, typer.Option(help="2,3,4; else all of the period.", show_default=False)] = None,
    out: Annotated[Path | None, typer.Option(help=f"A folder for the files and {SUMMARY}.", show_default=False)] = None,
    facts: Annotated[
        Path | None, typer.Option(help="A filled template, for modules 5 to 9.", show_default=False)
    ] = None,
    template: Annotated[
        Path | None, typer.Option(help="Writes an .xlsx to fill in, and nothing else.", show_default=False)
    ] = None,
    excluded_columns: Annotated[
        bool, typer.Option("--excluded-columns", help="With the newer columns of module 4.")
    ] = False,
    submit: Annotated[bool, typer.Option("--submit", help="Send what is sound to EV-ChART.")] = False,
    party: Annotated[str | None, typer.Option(help="US*ABC: its stations alone.", show_default=False)] = None,
    config: Config = None,
) -> None:
    """EV-ChART's modules 2 to 9 (23 CFR 680.112) as CSV, checked by the federal rules; exit 1 where a person has to look."""
    from app.filing.evchart.facts import write_template
    from app.filing.evchart.stations import USA

    settings, now = load(config_file(config), plain=True), SystemClock().now()
    asked = _period(period, now)
    engine, view = engine_of(settings), view_of(party, USA)
    stations = _stations(settings, engine, asked, view)
    if template is not None:
        written = write_template(stations, asked.year, template)
        complain(f"chargefeed: {template}: {written} stations to fill in")
        return
    material = _material(settings, engine, view, facts, now)
    done = list(_filed(asked, _numbers(modules, asked), stations, material, excluded_columns))
    _show(asked, done)
    sent = _submit(settings, asked, done) if submit else []
    if out is not None:
        _write(out, asked, done, stations, sent)
    unnamed = any(station.network is None for station in stations)
    if unnamed or any(one.concerns for one in done) or any(not each["taken"] for each in sent):
        sys.exit(EXIT_PROBLEMS)


@evchart.command("submit")
def submit(
    files: Annotated[list[Path], typer.Argument(help="Modules as CSV; which they are is told from their headers.")],
    period: PeriodText = None,
    config: Config = None,
) -> None:
    """Checks files and sends those that are sound; exit 1 where one is not, or is not taken."""
    from app.formats.evchart.check import check
    from app.formats.evchart.module import formats
    from app.formats.evchart.sheet import detect
    from app.verdict import show

    settings = load(config_file(config), plain=True)
    asked, client = _period(period, SystemClock().now()), _client(settings.evchart)
    sound = True
    for file in files:
        body = _read(file)
        name = detect(body)
        if name is None:
            raise ChargefeedError("no file of a module", where=str(file), remedy="Look at its header")
        module = formats()[name]
        checked = check(body, module)
        if not checked.valid:
            show(checked, str(file))
        sound &= checked.valid and _send(client, asked, module.module, str(file), body)["taken"]
    if not sound:
        sys.exit(EXIT_PROBLEMS)


class Measured:
    """Uptime out of the history of statuses, as `report uptime` has it (protocol `filing.Figures`)."""

    def __init__(self, settings: Settings, engine: Engine, view: View, now: Millis) -> None:
        from app.compliance.uptime.sheet import read_sheet

        self._settings, self._engine, self._view, self._now = settings, engine, view, now
        self._sheet = read_sheet("us_nevi")

    def uptimes(self, spans: Sequence[Span]) -> Iterator[PortUptime]:
        return (one.uptime for one in self._judged(spans))

    def outages(self, span: Span) -> Iterator[Outage]:
        return (outage for one in self._judged([span]) for outage in one.outages)

    def _judged(self, spans: Sequence[Span]) -> Iterator[Judged]:
        from app.archiving import downtime_files
        from app.compliance.uptime.judging import judged
        from app.compliance.uptime.window import Window

        windows = [Window("", *span) for span in spans]
        files = partial(downtime_files, self._settings)
        return judged(self._engine, self._sheet, windows, self._now, self._view, files)


def _period(text: str | None, now: Millis) -> Period:
    from app.filing.evchart.period import Period

    if text is not None:
        return Period.parse(text)
    today = from_millis(now)
    quarter = (today.month - 1) // 3
    return Period(today.year, quarter) if quarter else Period(today.year - 1, 4)


def _numbers(text: str | None, period: Period) -> Sequence[int]:
    from app.formats.evchart.module import NUMBERS

    if text is None:
        return period.modules
    named = [part.strip() for part in text.split(",")]
    wrong = next((part for part in named if not part.isdecimal() or int(part) not in NUMBERS), None)
    if wrong is not None:
        raise ConfigError(f"{wrong!r} is no module", where="--modules", remedy="Name some of 2 to 9: 2,3,4")
    numbers = [int(part) for part in named]
    if period.quarter is None and (quarterly := {2, 3, 4}.intersection(numbers)):
        what = f"module {min(quarterly)} is per quarter"
        raise ConfigError(what, where="--period", remedy=f"Write it as {period.year}Q1")
    return numbers


def _stations(settings: Settings, engine: Engine, period: Period, view: View) -> list[Station]:
    from app.filing.evchart.stations import funded_stations

    until = from_millis(period.until).date()
    found = list(funded_stations(engine, view, settings.evchart.network_provider, until))
    if not found:
        raise ChargefeedError(
            "no station reports under 23 CFR 680",
            remedy="Say `federally_funded` of its ports, or `funding` of the site, in the inventory or the overlay; "
            "look at --party and --period",
        )
    return found


def _material(settings: Settings, engine: Engine, view: View, facts: Path | None, now: Millis) -> Material:
    from app.filing.evchart.facts import read_facts
    from app.filing.evchart.filing import Material
    from app.filing.evchart.sessions import Words
    from app.listening import open_private
    from app.registry.evses import is_known

    told = settings.evchart
    return Material(
        None if settings.private is None else open_private(settings.private).sessions,
        lambda name: is_known(engine, name),
        Measured(settings, engine, view, now),
        None if facts is None else read_facts(_read(facts), str(facts)),
        Words(told.no_error, told.payment_methods, told.other_payment),
    )


def _filed(
    period: Period, numbers: Iterable[int], stations: Iterable[Station], material: Material, switched: bool
) -> Iterator[Filed]:
    from app.filing.evchart.filing import filed
    from app.filing.evchart.stations import Places

    places = Places(station for station in stations if _is_named(station))
    for number in numbers:
        yield filed(number, period, places, material, switched=switched)


def _is_named(station: Station) -> bool:
    if station.network is None:
        remedy = "Set `evchart.network_provider`, or the site's `network_provider` to the key in the federal list"
        complain(f"{station.party}/{station.id}: its network is not known, so that no row can name it. {remedy}")
    return station.network is not None


def _show(period: Period, done: Sequence[Filed]) -> None:
    say(f"{period}, due {period.due}")
    rows = [
        (
            f"{one.module.module} {one.module.name}",
            str(one.rows),
            str(one.stations),
            str(one.concerns) if one.concerns else OK,
        )
        for one in done
    ]
    table(("module", "rows", "stations", "to look at"), rows)
    concerns = [line for one in done for line in _concerns(one)]
    if concerns:
        table(("module", "", "what", "how many", "where", "remedy"), concerns)


def _concerns(one: Filed) -> Iterator[Sequence[str]]:
    module = str(one.module.module)
    if one.missing:
        yield module, "missing", one.missing, "", "", ""
    for doubt in one.doubts:
        in_file = "in the file" if doubt.kept else "left out"
        yield module, in_file, doubt.what, str(doubt.count), ", ".join(doubt.examples), doubt.remedy
    for problem in one.problems[:SHOWN]:
        in_file = "in the file" if problem.severity.value == "note" else "left out"
        what = f"{problem.path} {problem.what}{f' ({problem.value})' if problem.value else ''} [{problem.rule}]"
        yield module, in_file, what.strip(), "1", f"{problem.where} {problem.record}", problem.remedy
    if len(one.problems) > SHOWN:
        yield module, "", "more such rows", str(len(one.problems) - SHOWN), f"{SUMMARY} of --out has all", ""


def _write(
    out: Path, period: Period, done: Sequence[Filed], stations: Sequence[Station], sent: Sequence[dict[str, Any]]
) -> None:
    import orjson

    summary = {
        "period": str(period),
        "due": period.due.isoformat(),
        "stations": len(stations),
        "stations without a network": [station.id for station in stations if station.network is None],
        "modules": [one.as_dict() for one in done],
        "sent": list(sent),
    }
    out.mkdir(parents=True, exist_ok=True)
    for one in done:
        for stale in (*out.glob(f"module{one.module.module}.csv"), *out.glob(f"module{one.module.module}-*.csv")):
            stale.unlink()
        for file in one.files:
            (out / file.name).write_bytes(file.body)
    (out / SUMMARY).write_bytes(orjson.dumps(summary, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _submit(settings: Settings, period: Period, done: Sequence[Filed]) -> list[dict[str, Any]]:
    client = _client(settings.evchart)
    return [_send(client, period, one.module.module, file.name, file.body) for one in done for file in one.files]


def _send(client: EvChart, period: Period, module: int, name: str, body: bytes) -> dict[str, Any]:
    from app.formats.evchart.module import Cadence, modules

    quarterly = modules()[module].cadence is Cadence.QUARTERLY
    if quarterly and period.quarter is None:
        raise ConfigError(f"module {module} is per quarter", where="--period", remedy=f"Write it as {period.year}Q1")
    outcome = client.send(module, period.year, period.quarter if quarterly else None, body)
    table(("file", "upload", "status", ""), [(name, outcome.upload, outcome.status, OK if outcome.taken else BAD)])
    return {"file": name, "upload": outcome.upload, "status": outcome.status, "taken": outcome.taken}


def _client(settings: EvChartSettings) -> EvChart:
    from app.evchart_upload import Account, EvChart

    if not (settings.url and settings.key and settings.email and settings.direct_recipient_id):
        remedy = "Set `url`, `key`, `email` and `direct_recipient_id` of `evchart`, or upload the files by hand"
        raise ConfigError("EV-ChART's interface is not set up", remedy=remedy)
    key = settings.key.get_secret_value()
    return EvChart(Account(settings.url.rstrip("/"), key, settings.email, settings.direct_recipient_id))


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ChargefeedError(f"cannot be read: {error.strerror}", where=str(file)) from None
