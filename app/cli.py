"""The command line. Exit codes: 0 done, 1 problems found, 2 a wrong setting or argument, or something that could not be done.

What a command needs is imported inside it: a start is quick only while it loads nothing else.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer

from app import __version__
from app.audit_cli import audit
from app.destinations_cli import destinations, replay
from app.errors import ChargefeedError, ConfigError
from app.evchart_cli import evchart
from app.evchart_cli import report as report_evchart
from app.exclusion_cli import exclusion
from app.findings_cli import add_findings
from app.held_cli import held
from app.partner_cli import partner
from app.profiles_cli import profiles
from app.regime_cli import add_regimes
from app.report_cli import report
from app.sessions_cli import sessions
from app.settings import Settings, addressed, config_file, from_environment, load
from app.setup_cli import backup, doctor, init, restore
from app.tariff_cli import tariff
from app.terminal import BAD, OK, complain, progress, say, table
from app.uptime_cli import uptime

EXIT_PROBLEMS = 1
EXIT_FAILED = 2
FLAWS_SHOWN = 3
FIXED = ("host", "port", "stream_port", "processes", "threads")
"""Settings of `web` by which its sockets and processes were made."""

cli = typer.Typer(
    help="Publishes live EVSE status and prices of a charge point operator.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
cli.command()(init)
cli.command()(doctor)
cli.command()(backup)
cli.command()(restore)
cli.add_typer(held, name="held")
cli.add_typer(tariff, name="tariff")
add_regimes(report)
add_findings(report)
cli.add_typer(report, name="report")
report.command("evchart")(report_evchart)
cli.add_typer(evchart, name="evchart")
report.command()(uptime)
cli.add_typer(exclusion, name="exclusion")
cli.add_typer(audit, name="audit")
cli.add_typer(sessions, name="sessions")
cli.command()(profiles)
cli.add_typer(destinations, name="destinations")
cli.command()(replay)
cli.add_typer(partner, name="partner")

Config = Annotated[
    Path | None,
    typer.Option(
        help="The settings; else $CHARGEFEED_CONFIG, ./chargefeed.yaml, or the demo network.",
        show_default=False,
    ),
]


def main(arguments: list[str] | None = None, again: int = EXIT_FAILED) -> NoReturn:
    """`arguments` in place of the command line's; `again` is the exit code of what another try may mend."""
    try:
        cli(arguments)
    except ChargefeedError as error:
        for line in (str(error), *getattr(error, "__notes__", ())):
            complain(f"chargefeed: {line}")
        sys.exit(EXIT_FAILED if isinstance(error, ConfigError) else again)
    sys.exit(0)


def _version(wanted: bool) -> None:
    if wanted:
        say(f"chargefeed {__version__}")
        raise typer.Exit


@cli.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    pass


@cli.command()
def run(
    config: Config = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default=False)] = None,
    port: Annotated[
        int | None, typer.Option(help="Of the feed; the stream's is one above.", show_default=False)
    ] = None,
) -> None:
    """Worker, web, stream and, where sources push, `listen` together; the demo network where no settings are given."""
    from app import log
    from app.supervisor import supervise

    log.configure("run")
    settings = _settings(config, host, port)
    _load_what_children_share()
    web = settings.web
    code = supervise(
        _parts(settings),
        [(web.host, web.port), (web.host, web.stream_port)],
        partial(_announce, settings),
        partial(_read_anew, settings),
        gentle=("web",),
    )
    raise typer.Exit(code)


def _parts(settings: Settings) -> dict[str, Callable[[], object]]:
    from app.listening import pushes

    listens = ("listen",) if any(pushes(source) for source in settings.sources) else ()
    return {name: partial(main, [name], again=EXIT_PROBLEMS) for name in ("web", "worker", "stream", *listens)}


def _read_anew(running: Settings) -> dict[str, Callable[[], object]]:
    """By the settings as they are now. Raises ConfigError where they are wrong, or ask for what takes a restart."""
    load(config_file(None))
    settings = from_environment()
    for name in FIXED:
        if getattr(settings.web, name) != getattr(running.web, name):
            remedy = "Put it back, or stop `chargefeed run` and start it again"
            raise ConfigError("it cannot change while it runs", where=f"web.{name}", remedy=remedy)
    return _parts(settings)


def _load_what_children_share() -> None:
    import app.publish.feed
    import app.publish.publications
    import app.registry.watch  # noqa: F401


def _announce(settings: Settings) -> None:
    web = settings.web
    say(f"{settings.operator.name}: {web.url}/")
    for what, url in {
        "OCPI": f"{web.url}/open/ocpi/versions",
        "map": f"{web.url}/map",
        "snapshots": f"{web.url}/open/manifest.json",
        "changes": f"{web.url}/open/changes",
        "stream": f"{web.stream_url}/open/stream",
        "ledger": f"{web.url}/ledger/checkpoint",
    }.items():
        say(f"  {what:<10} {url}")


@cli.command()
def worker(config: Config = None) -> None:
    """Pulls the sources, writes snapshots, delivers; several may share one PostgreSQL."""
    from app import log, tracing
    from app.duties import work

    log.configure("worker")
    tracing.configure("worker")
    if not work(_full_settings(config), _stop_signal()):
        # A thread that hangs in someone's network code would keep the process; what it does is not half done in the database.
        sys.stderr.flush()
        os._exit(0)


@cli.command()
def web(config: Config = None) -> None:
    """Serves pages and feed."""
    from app import log
    from app.web.server import serve

    log.configure("web")
    serve(_settings(config))


@cli.command()
def stream(config: Config = None) -> None:
    """Serves the change stream."""
    import asyncio

    from app import log
    from app.process import allow_many_files
    from app.registry.database import migrate, open_engine
    from app.registry.projection import PublicFeed
    from app.registry.watch import CommitWatch
    from app.stream import fitting
    from app.stream import run as serve

    log.configure("stream")
    settings = _settings(config)
    web = settings.web
    engine = open_engine(settings.database)
    migrate(engine)
    asyncio.run(
        serve(
            PublicFeed(engine),
            CommitWatch(engine),
            web.host,
            web.stream_port,
            public_url=web.url,
            most_clients=fitting(web.stream_clients, allow_many_files()),
        )
    )


@cli.command()
def listen(config: Config = None) -> None:
    """Listens for all sources that speak by themselves: charge points and message brokers."""
    from app import log
    from app.listening import listen as listen_for

    log.configure("listen")
    listen_for(_full_settings(config))


@cli.command()
def ocpp(config: Config = None) -> None:
    """Listens for charge points alone, as their central system or on their way to it: where they get a process of their own."""
    from app import log
    from app.listening import listen

    log.configure("ocpp")
    listen(_full_settings(config), "ocpp")


@cli.command()
def check(
    config: Config = None,
    source: Annotated[
        str | None, typer.Option(help="One source, step by step, and what of it does not join.", show_default=False)
    ] = None,
) -> None:
    """Tries the settings, the database, the store, every source and every destination once."""
    from app import log
    from app.check import check as rows

    log.configure("check", logging.ERROR)
    path = config_file(config)
    settings = load(path)
    if source is not None:
        _check_source(settings, source)
        return
    with progress("checking") as doing:
        found = rows(settings, doing)
    cells = [(row.what, OK if row.ok else BAD, row.detail) for row in found]
    table(("what", "result", "detail"), [("settings", OK, str(path)), *cells])
    if not all(row.ok for row in found):
        raise typer.Exit(EXIT_PROBLEMS)


def _check_source(settings: Settings, name: str) -> None:
    from app.registry.overlay_files import load_overlay
    from app.source_check import check_source
    from app.source_view import show

    with progress("checking") as doing:
        checked = check_source(settings, name, load_overlay(settings.overlay, os.environ), doing)
    show(checked)
    if not checked.ok:
        raise typer.Exit(EXIT_PROBLEMS)


@cli.command()
def publish(
    once: Annotated[bool, typer.Option("--once", help="Pull, publish, write snapshots, exit.")] = False,
    to: Annotated[
        Path | None, typer.Option(help="A folder, in place of the settings' store.", show_default=False)
    ] = None,
    config: Config = None,
) -> None:
    """Pulls every source once and writes every snapshot."""
    from app import log, tracing
    from app.once import publish_once

    log.configure("publish", logging.WARNING)
    tracing.configure("publish")
    if not once:
        raise typer.BadParameter("without --once it is `chargefeed worker` that publishes", param_hint="--once")
    with progress("publishing") as doing:
        result = publish_once(_full_settings(config), to, doing)
    for line in result.failed:
        complain(f"chargefeed: {line}")
    for path, flaws in result.report.withheld.items():
        complain(f"chargefeed: {path} withheld, not valid: {'; '.join(map(str, flaws[:FLAWS_SHOWN]))}")
    say(
        f"{len(result.report.written)} files written, {result.report.unchanged} unchanged, sequence {result.report.sequence}"
    )
    if result.failed or result.report.withheld:
        raise typer.Exit(EXIT_PROBLEMS)


@cli.command()
def validate(
    file: Annotated[
        str,
        typer.Argument(
            help="OCPI or NEVI, as JSON; IRVE and EV-ChART, as CSV; DATEX II; or the URL of an OCPI versions endpoint."
        ),
    ],
    as_format: Annotated[
        str | None,
        typer.Option(
            "--as",
            help="ocpi-2.1.1 …, irve-statique, irve-dynamique, datex2, nevi, evchart-2 …; else told.",
            show_default=False,
        ),
    ] = None,
    schemas: Annotated[
        Path | None,
        typer.Option(
            help="Folder with the official schemas of IRVE or DATEX II.",
            envvar="CHARGEFEED_SCHEMAS",
            show_default=False,
        ),
    ] = None,
    static: Annotated[
        Path | None, typer.Option(help="The static file that a dynamic one belongs to.", show_default=False)
    ] = None,
    token: Annotated[
        str | None, typer.Option(help="With a URL: the token.", envvar="CHARGEFEED_TOKEN", show_default=False)
    ] = None,
) -> None:
    """Checks anyone's file: line, field, rule, remedy. With a URL: anyone's OCPI endpoint, by the sender's checklist."""
    if file.startswith(("https://", "http://")):
        from app.conformance import show_conformance

        valid = show_conformance(file, token)
    else:
        from app.validation import check_file
        from app.verdict import show

        report = check_file(Path(file), as_format, schemas, static)
        show(report, file)
        valid = report.valid
    if not valid:
        raise typer.Exit(EXIT_PROBLEMS)


def _settings(config: Path | None, host: str | None = None, port: int | None = None) -> Settings:
    """As all processes that this one starts will read them too."""
    given = {"CHARGEFEED_CONFIG": config and config.resolve(), "CHARGEFEED_HOST": host, "CHARGEFEED_PORT": port}
    os.environ.update({name: str(value) for name, value in given.items() if value is not None})
    return from_environment()


def _full_settings(config: Path | None) -> Settings:
    """With the settings of each source."""
    return addressed(load(config_file(config)))


def _stop_signal() -> threading.Event:
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    return stopped


if __name__ == "__main__":
    main()
