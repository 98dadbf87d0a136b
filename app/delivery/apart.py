"""Batches that a destination takes or refuses as a whole: one that is refused is taken apart until the rows at fault are alone.

The rows that an answer names are put aside at once, and the rest is sent again; where it names none, each half is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Verdict:
    """On a batch."""

    code: int
    """As the destination has it."""
    what: str = ""
    """Why it was refused; empty where it was taken."""
    named: Mapping[int, str] = field(default_factory=dict)
    """Index of a row at fault → what is wrong with it, as far as the answer says so."""


@dataclass(frozen=True, slots=True)
class Sent(Generic[Row]):
    row: Row
    code: int
    reason: str = ""
    """Why the row was refused; empty where it was taken."""


def send_apart(rows: Sequence[Row], size: int, send: Callable[[Sequence[Row]], Verdict]) -> Iterator[Sent[Row]]:
    """What became of each row, as it is known; `size` rows at most in a batch. Raises what `send` raises."""
    for start in range(0, len(rows), size):
        yield from _send(rows[start : start + size], send)


def _send(rows: Sequence[Row], send: Callable[[Sequence[Row]], Verdict]) -> Iterator[Sent[Row]]:
    if not rows:
        return
    verdict = send(rows)
    if not verdict.what:
        yield from (Sent(row, verdict.code) for row in rows)
    elif len(rows) == 1:
        yield Sent(rows[0], verdict.code, verdict.named.get(0, verdict.what))
    elif verdict.named:
        yield from (Sent(rows[at], verdict.code, said) for at, said in verdict.named.items())
        yield from _send([row for at, row in enumerate(rows) if at not in verdict.named], send)
    else:
        middle = len(rows) // 2
        yield from _send(rows[:middle], send)
        yield from _send(rows[middle:], send)
