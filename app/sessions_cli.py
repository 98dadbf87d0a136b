"""`chargefeed sessions import`: sessions of a file into the private store, for reports. Exit 1 where rows were left out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.report_cli import Config

sessions = typer.Typer(help="Charging sessions, kept apart from everything public, for reports.", no_args_is_help=True)

EXIT_PROBLEMS = 1
SHOWN = 20


@sessions.callback()
def _sessions() -> None:
    pass


@sessions.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX with the columns of EV-ChART's module 2.")],
    source: Annotated[
        str, typer.Option(help="What they are called the sessions of; a file imported again replaces its sessions.")
    ] = "file",
    config: Config = None,
) -> None:
    """Keeps the sessions of a file in `private`. Columns that are not known, such as a card's, are not read."""
    from app.errors import ChargefeedError, ConfigError
    from app.formats.session_table import read_sessions
    from app.listening import open_private
    from app.model.problem import Severity
    from app.settings import config_file, load
    from app.terminal import complain, say

    settings = load(config_file(config), plain=True)
    if settings.private is None:
        remedy = "Add it to the settings; config/example.yaml shows how"
        raise ConfigError("there is no `private` to keep sessions in", where=str(config_file(config)), remedy=remedy)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ChargefeedError(f"cannot be read: {error.strerror}", where=str(file)) from None
    table = read_sessions(content, str(file), source)
    open_private(settings.private).put(table.records)
    for problem in table.problems[:SHOWN]:
        complain(str(problem))
    left_out = sum(problem.severity is not Severity.NOTE for problem in table.problems)
    say(f"{len(table.records)} sessions kept, {left_out} rows left out")
    if left_out:
        raise typer.Exit(EXIT_PROBLEMS)
