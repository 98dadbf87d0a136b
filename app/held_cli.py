"""`chargefeed held`: what the guards hold back until a person decides."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.clock import format_time
from app.settings import config_file, load
from app.terminal import say, table

held = typer.Typer(help="What the guards hold back until a person decides.", no_args_is_help=True)

Config = Annotated[
    Path | None,
    typer.Option(
        help="The settings; else $CHARGEFEED_CONFIG, ./chargefeed.yaml, or the demo network.",
        show_default=False,
    ),
]
Number = Annotated[int, typer.Argument(help="As `held list` shows it.")]


@held.command("list")
def held_list(config: Config = None) -> None:
    """What waits for a decision, oldest first."""
    from app.duties import open_registry

    columns = ("number", "source", "kind", "EVSEs", "since", "reason", "ids")
    rows = open_registry(load(config_file(config))).held()
    table(
        columns,
        [
            (
                str(row.id),
                row.source,
                row.kind.value,
                str(row.evses),
                format_time(row.held_at),
                row.reason,
                " ".join(row.keys),
            )
            for row in rows
        ],
    )


@held.command()
def release(number: Number, config: Config = None) -> None:
    """It is really gone: EVSEs become REMOVED, tariffs end."""
    from app.duties import open_registry

    open_registry(load(config_file(config))).release(number)
    say(f"{number} released: it is published as removed")


@held.command()
def discard(number: Number, config: Config = None) -> None:
    """The backend is wrong: what is published stays."""
    from app.duties import open_registry

    open_registry(load(config_file(config))).discard(number)
    say(f"{number} discarded: what is published stays")
