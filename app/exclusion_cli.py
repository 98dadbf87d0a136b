"""`chargefeed exclusion …`: why outages do not count, and what was while nobody looked, entered by a person.

Exit codes: 0 done, 1 rows refused or nothing to revoke, 2 it could not be done.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.clock import SystemClock, format_time
from app.errors import ConfigError
from app.report_cli import Config, engine_of
from app.settings import config_file, load
from app.terminal import complain, say, table

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from app.compliance.uptime.suggesting import Suggestion
    from app.registry.exclusions import Entered, Statement

EXIT_REFUSED = 1

exclusion = typer.Typer(help="Outages that do not count, and what was while nobody looked.", no_args_is_help=True)

Port = Annotated[str | None, typer.Option(help="An EVSE id, or US*ABC/uid.", show_default=False)]
Location = Annotated[str | None, typer.Option(help="All at US*ABC/LOC1.", show_default=False)]
Party = Annotated[str | None, typer.Option(help="All of US*ABC.", show_default=False)]
Source = Annotated[str | None, typer.Option(help="All that a source tells of.", show_default=False)]
Since = Annotated[str, typer.Option(help="2026-09-01T14:30:00-04:00, with its zone.")]
Until = Annotated[str, typer.Option(help="Not included.")]
Who = Annotated[str, typer.Option(help="Who stands for it.")]
Why = Annotated[str, typer.Option(help="What happened.")]
Evidence = Annotated[str | None, typer.Option(help="A text or a URL.", show_default=False)]
EvidenceFile = Annotated[
    Path | None, typer.Option(help="A file; its name and SHA-256 are kept, not the file.", show_default=False)
]


@exclusion.command()
def add(
    cause: Annotated[str, typer.Option(help="utility_interruption, vehicle_fault, scheduled_maintenance, vandalism …")],
    since: Since,
    until: Until,
    who: Who,
    why: Why,
    port: Port = None,
    location: Location = None,
    party: Party = None,
    source: Source = None,
    evidence: Evidence = None,
    evidence_file: EvidenceFile = None,
    config: Config = None,
) -> None:
    """Why an outage does not count (23 CFR 680.116(b)(3) and what corresponds to it). Only what overlaps an outage matters."""
    from app.compliance.uptime.figures import Cause

    place = {"port": port, "location": location, "party": party, "source": source}
    said = {"cause": cause, "since": since, "until": until, "who": who, "why": why}
    _enter({**place, **said, "evidence": _evidence(evidence, evidence_file)}, [*Cause], config)


@exclusion.command()
def decide(
    what: Annotated[str, typer.Argument(help="`up` or `outage`.")],
    since: Since,
    until: Until,
    who: Who,
    why: Why,
    port: Port = None,
    location: Location = None,
    party: Party = None,
    source: Source = None,
    evidence: Evidence = None,
    evidence_file: EvidenceFile = None,
    config: Config = None,
) -> None:
    """What was while nobody observed it. `up` settles that alone; `outage` counts whatever it was, as when power was too low."""
    from app.compliance.uptime.counting import OUTAGE, UP

    place = {"port": port, "location": location, "party": party, "source": source}
    said = {"cause": what, "since": since, "until": until, "who": who, "why": why}
    _enter({**place, **said, "evidence": _evidence(evidence, evidence_file)}, [UP, OUTAGE], config)


@exclusion.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX; `exclusion suggest` writes such a file.")],
    sheet: Annotated[
        str | None, typer.Option(help="Takes only causes that this rule sheet knows.", show_default=False)
    ] = None,
    config: Config = None,
) -> None:
    """Takes every right row of a file; the others are told with line, field and remedy, and exit with 1."""
    from app.compliance.uptime.counting import OUTAGE, UP
    from app.compliance.uptime.entering import read_file
    from app.compliance.uptime.figures import Cause
    from app.compliance.uptime.sheet import read_sheet
    from app.registry.database import reading

    causes = [*(Cause if sheet is None else read_sheet(sheet).exclusions), UP, OUTAGE]
    engine = _engine(config)
    with reading(engine) as connection:
        entries = read_file(file, connection, causes)
    for line in entries.known:
        complain(f"chargefeed: {line}")
    for where, statement in entries.statements:
        _take(engine, statement, f"{where}: ")
    for error in entries.refused:
        complain(f"chargefeed: {error.where}, {error.field}: {error.what}. {error.remedy}")
    say(f"{len(entries.statements)} entered, {len(entries.known)} known, {len(entries.refused)} refused")
    if entries.refused:
        raise typer.Exit(EXIT_REFUSED)


@exclusion.command("list")
def list_all(
    everything: Annotated[bool, typer.Option("--all", help="Also those revoked.")] = False, config: Config = None
) -> None:
    """What holds, in the order it was entered."""
    from app.registry.database import reading
    from app.registry.exclusions import entered

    columns = ("number", "what", "of", "since", "until", "who", "why", "evidence", "entered", "revoked")
    with reading(_engine(config)) as connection:
        table(columns, [_row(one) for one in entered(connection, revoked=everything)])


@exclusion.command()
def revoke(
    number: Annotated[int, typer.Argument(help="As `exclusion list` shows it.")],
    who: Who,
    why: Why,
    config: Config = None,
) -> None:
    """It no longer holds; that it did, and who said so, stays on record."""
    from app.registry.database import writing
    from app.registry.exclusions import revoke as take_back

    with writing(_engine(config)) as connection:
        done = take_back(connection, number, who, why, SystemClock().now())
    if not done:
        complain(f"chargefeed: there is no exclusion {number} that holds. `exclusion list --all` shows every one")
        raise typer.Exit(EXIT_REFUSED)
    say(f"{number} revoked")


@exclusion.command()
def suggest(
    sheet: Annotated[str, typer.Option(help="Whose causes.")] = "us_nevi",
    period: Annotated[
        str | None, typer.Option(help="2026-09; else the last one that is over.", show_default=False)
    ] = None,
    out: Annotated[Path | None, typer.Option(help="A .csv to complete and import.", show_default=False)] = None,
    config: Config = None,
) -> None:
    """Outages whose own messages speak for an exclusion. Nothing is applied until a person enters it."""
    from app.compliance.uptime.suggesting import write_csv

    with ExitStack() as files:
        file = sys.stdout if out is None else files.enter_context(out.open("w", encoding="utf-8"))
        number = write_csv(_suggestions(sheet, period, config), file)
    complain(f"chargefeed: {number} suggestions. Fill in `who`, delete what is wrong, and import them")


def _suggestions(sheet: str, period: str | None, config: Path | None) -> Iterator[Suggestion]:
    from app.compliance.uptime.judging import outages
    from app.compliance.uptime.sheet import read_sheet
    from app.compliance.uptime.suggesting import suggested
    from app.compliance.uptime.window import last_period, windows
    from app.registry.views import View

    rules, now, engine = read_sheet(sheet), SystemClock().now(), _engine(config)
    window = windows(rules, period or last_period(rules, now))[-1:]
    found = outages(engine, rules, window, now, View())
    return (one for one in suggested(engine, found) if one.cause in rules.exclusions)


def _enter(fields: dict[str, str | None], causes: list[str], config: Path | None) -> None:
    from app.compliance.uptime.entering import read
    from app.registry.database import reading

    engine = _engine(config)
    with reading(engine) as connection:
        statement = read({name: value or "" for name, value in fields.items()}, connection, causes, "")
    _take(engine, statement)


def _take(engine: Engine, statement: Statement, where: str = "") -> None:
    from app.compliance.uptime.entering import remarks, told
    from app.registry.database import reading, writing
    from app.registry.downtime import follow
    from app.registry.exclusions import enter

    follow(engine)
    with reading(engine) as connection:
        found = list(remarks(statement, connection))
    with writing(engine) as connection:
        (number,) = enter(connection, [statement], SystemClock().now())
    say(f"{number}\t{told(statement)}")
    for line in found:
        complain(f"chargefeed: {where}exclusion {number}: {line}")


def _row(one: Entered) -> tuple[str, ...]:
    said, times = one.said, (one.said.since, one.said.until)
    revoked = "" if one.revoked_at is None else f"{format_time(one.revoked_at)} {one.revoked_by}: {one.revoked_why}"
    named = (str(one.id), said.says, str(said.place), *map(format_time, times), said.who, said.why, said.evidence or "")
    return (*named, format_time(one.entered_at), revoked)


def _evidence(text: str | None, file: Path | None) -> str:
    if file is None:
        return text or ""
    try:
        with file.open("rb") as opened:
            digest = file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise ConfigError(error.strerror or str(error), where=str(file), remedy="Check --evidence-file") from error
    return " ".join(filter(None, (text, f"{file.name} sha256:{digest}")))


def _engine(config: Path | None) -> Engine:
    return engine_of(load(config_file(config), plain=True))
