"""What a person or a script reads on standard output: tables in a terminal, plain tab-separated lines in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

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
    drawn = Table(*(Column(name, overflow="fold") for name in columns))  # a line number cut off is worth nothing
    for row in rows:
        drawn.add_row(*(f"[{_STYLE[cell]}]{cell}[/]" if cell in _STYLE else escape(cell) for cell in row))
    Console().print(drawn)


@contextmanager
def progress(what: str) -> Iterator[Callable[[str], None]]:
    """Hands out a function that says what is being done: in a terminal a line that changes, in a pipe nothing."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with Console(stderr=True).status(what) as status:
        yield lambda step: status.update(f"{what}: {escape(step)}")
