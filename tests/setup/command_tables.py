"""The tables of options in deploy/commands.md. `python -m tests.setup.command_tables` writes them anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer.main

from app.cli import cli
from app.web.docs.tables import table
from tests.shared import ROOT

PAGE = ROOT / "deploy" / "commands.md"
BEGIN = "## Every option\n"
CONFIG = "--config"


def commands(group: Any = None, before: str = "") -> Iterator[tuple[str, Any]]:
    """(`audit verify`, the command) and so on."""
    for name, command in (group or typer.main.get_command(cli)).commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{before}{name} ")
        else:
            yield before + name, command


def tables() -> str:
    return "\n\n".join(_parts()) + "\n"


def _parts() -> Iterator[str]:
    yield BEGIN.rstrip()
    yield "Written by the program itself. `--config` is left out: most commands take it."
    for name, command in commands():
        taken = [one for one in command.params if one.param_type_name == "argument"]
        arguments = " ".join(f"{one.name.upper()}{' …' if one.nargs == -1 else ''}" for one in taken)
        yield f"### `chargefeed {name}{f' {arguments}' if arguments else ''}`"
        yield " ".join(command.help.split())
        rows = [_row(one) for one in command.params if CONFIG not in one.opts]
        if rows:
            yield table(("Option", "Default", "Means"), rows)


def _row(parameter: Any) -> tuple[str, str, str]:
    if parameter.param_type_name == "argument":
        names = parameter.name.upper()
    else:
        names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    default = "" if parameter.default in (None, False, ()) or not parameter.show_default else f"`{parameter.default}`"
    return names, "required" if parameter.required else default, parameter.help or ""


def written(page: str) -> str:
    """The page with its tables as they are now."""
    return page.partition(BEGIN)[0].rstrip() + "\n\n" + tables()


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))
