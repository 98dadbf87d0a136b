"""The command line. Exit codes: 0 done, 1 problems found, 2 a wrong setting or argument, or something that could not be done."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from app import __version__
from app.errors import ChargefeedError
from app.settings import Settings, from_environment
from app.terminal import complain, say

EXIT_PROBLEMS = 1
EXIT_FAILED = 2

cli = typer.Typer(
    help="Publishes live EVSE status and prices of a charge point operator.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
held = typer.Typer(help="What the guards hold back until a person decides.", no_args_is_help=True)
cli.add_typer(held, name="held")

Config = Annotated[
    Path | None,
    typer.Option("--config", help="The settings; else $CHARGEFEED_CONFIG, else the demo network.", show_default=False),
]


def main() -> NoReturn:
    try:
        cli()
    except ChargefeedError as error:
        for line in (str(error), *getattr(error, "__notes__", ())):
            complain(f"chargefeed: {line}")
        sys.exit(EXIT_FAILED)
    sys.exit(0)


def _version(wanted: bool) -> None:
    if wanted:
        say(f"chargefeed {__version__}")
        raise typer.Exit


@cli.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def _settings(config: Path | None) -> Settings:
    """As this process and all it starts will read them."""
    if config is not None:
        os.environ["CHARGEFEED_CONFIG"] = str(config.resolve())
    return from_environment()
