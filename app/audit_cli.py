"""`chargefeed audit`: prices with proof. Exit code 1 where something does not hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.settings import config_file, load
from app.terminal import say

audit = typer.Typer(help="Prices that a regulator can verify.", no_args_is_help=True)

Config = Annotated[
    Path | None,
    typer.Option(help="The settings; else $CHARGEFEED_CONFIG, else the demo network.", show_default=False),
]


@audit.command()
def key(
    rotate: Annotated[
        bool, typer.Option("--rotate", help="Add a new key; both sign until the old line is deleted.")
    ] = False,
    config: Config = None,
) -> None:
    """Makes the log's key where there is none, and shows the public keys: give them to whoever is to verify prices."""
    from app.ledger.keys import add_key, make_key, read_keys

    settings = load(config_file(config))
    path = settings.ledger.key
    if rotate:
        add_key(path)
    elif not path.exists():
        make_key(path, settings.ledger_origin())
    for one in read_keys(path):
        say(one.verifier.text)
