"""The rows of a bench by name, in the order of DESIGN §10."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from tests.bench.america import america
from tests.bench.charging import charging
from tests.bench.europe import europe
from tests.bench.evidence import evidence
from tests.bench.fanout import fanout
from tests.bench.ledger import ledger
from tests.bench.memory import memory
from tests.bench.money import money
from tests.bench.polling import poll, scale
from tests.bench.progress import Progress
from tests.bench.refreshing import refresh
from tests.bench.reimport import reimport
from tests.bench.report import Missing, Row, brief
from tests.bench.serving import page, streams
from tests.bench.starting import start
from tests.bench.switching import switch
from tests.bench.visibility import visible
from tests.bench.workbench import AT, Workbench

Measure = Callable[[Workbench], Iterator[Row | Missing]]

ROWS: dict[str, Measure] = {
    "poll": poll,
    "reimport": reimport,
    "visible": visible,
    "switch": switch,
    "scale": scale,
    "page": page,
    "refresh": refresh,
    "streams": streams,
    "start": start,
    "memory": memory,
    "money": money,
    "charging": charging,
    "fanout": fanout,
    "ledger": ledger,
    "europe": europe,
    "america": america,
    "evidence": evidence,
}
EVERY_SIZE = frozenset({"poll", "reimport", "visible", "scale", "page", "streams", "start"})
"""Rows that say something of each size. The others are of the size their budgets speak of, or of no size."""


def chosen(sizes: Sequence[int], names: Sequence[str]) -> list[tuple[int, str]]:
    """(EVSEs, row) in the order in which they are measured: all of one size after the other."""
    usual = min(sizes, key=lambda size: abs(size - AT))
    return [(size, name) for size in sizes for name in names if size == usual or name in EVERY_SIZE]


def measure(bench: Workbench, name: str, progress: Progress) -> list[Row | Missing]:
    begin = time.monotonic()
    progress.say(f"{name} of {bench.evses:,} EVSEs …")
    rows: list[Row | Missing] = []
    for row in ROWS[name](bench):
        rows.append(replace(row, evses=bench.evses))
        progress.say(f"  {brief(row)}")
    bench.tidy()
    progress.say(f"  {time.monotonic() - begin:.0f} s")
    return rows
