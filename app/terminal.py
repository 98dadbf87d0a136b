"""What a person or a script reads on standard output: tables in a terminal, plain tab-separated lines in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

OK, BAD = "ok", "problem"
_STYLE = {OK: "green", BAD: "bold red"}


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def complain(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A pipe gets the rows alone, so that `cut -f2` finds the same column for ever."""
    if not sys.stdout.isatty():
        for row in rows:
            say("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in row))
        return
    drawn = Table(*columns)
    for row in rows:
        drawn.add_row(*(f"[{_STYLE[cell]}]{cell}[/]" if cell in _STYLE else escape(cell) for cell in row))
    Console().print(drawn)
