"""The rows of a bench by name, in the order of DESIGN §10."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from rich.console import Console

from tests.bench.america import america
from tests.bench.charging import charging
from tests.bench.europe import europe
from tests.bench.evidence import evidence
from tests.bench.fanout import fanout
from tests.bench.ledger import ledger
from tests.bench.memory import memory
from tests.bench.money import money
from tests.bench.polling import poll, scale
from tests.bench.refreshing import refresh
from tests.bench.reimport import reimport
from tests.bench.report import Missing, Row
from tests.bench.serving import page, streams
from tests.bench.switching import switch
from tests.bench.visibility import visible
from tests.bench.workbench import Workbench

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
    "memory": memory,
    "money": money,
    "charging": charging,
    "fanout": fanout,
    "ledger": ledger,
    "europe": europe,
    "america": america,
    "evidence": evidence,
}

_progress = Console(stderr=True)


def measure(bench: Workbench, name: str) -> list[Row | Missing]:
    begin = time.monotonic()
    _progress.print(f"{name} …", end=" ")
    rows = list(ROWS[name](bench))
    _progress.print(f"{time.monotonic() - begin:.0f} s")
    return rows
