"""How fast the files are written and read: printed, not asserted. `pytest -m bench -s tests/formats/irve`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from app.formats.irve.dynamic_file import read_dynamic
from app.formats.irve.static_file import read_static
from app.formats.qualicharge import statiques
from tests.formats.irve.examples import demo, document, rendered

TIMES = 3


def told(what: str, rows: int, work: Callable[[], Any]) -> None:
    begin = time.process_time()
    for _ in range(TIMES):
        work()
    each = (time.process_time() - begin) / TIMES / rows
    print(f"{what}: {each * 1e6:.0f} µs a row, {rows} rows")  # noqa: T201


@pytest.mark.bench
def test_writing_and_reading_the_demo_network() -> None:
    bodies, given = demo()
    static, dynamic = document("statique", bodies, given), document("dynamique", bodies, given)
    rows = static.count(b"\r\n") - 1
    print()  # noqa: T201
    told("write static", rows, lambda: [rendered("statique", body, given) for body in bodies])
    told("write dynamic", rows, lambda: [rendered("dynamique", body, given) for body in bodies])
    told("QualiCharge", rows, lambda: [statiques(body, given) for body in bodies])
    told("read static, lint included", rows, lambda: read_static(static, "s", None))
    found = read_static(static, "s", None)
    told("static rows as locations", rows, lambda: [found.parse(raw) for raw in found.raws])
    told("read dynamic", rows, lambda: read_dynamic(dynamic, "d"))
    live = read_dynamic(dynamic, "d")
    told("dynamic rows that changed", rows, lambda: [live.parse(row) for row in live.rows])
