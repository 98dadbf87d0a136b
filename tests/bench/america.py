"""What the documents of the United States cost: whole, and the part of one station whose status changed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, islice
from time import process_time
from typing import Any

import orjson

from app.formats.base import Context, Format, format_named
from tests.bench.measure import alternating, seconds
from tests.bench.report import Row
from tests.bench.workbench import CLOCK, FAR, Workbench

LOCATIONS = 10_000
FORMATS = ("nevi", "afdc")
BESIDE = "ocpi-2.2.1"
Body = dict[str, Any]


def america(bench: Workbench) -> Iterator[Row]:
    context = Context(CLOCK.now(), {one["id"]: one for one in bench.network.tariffs(FAR)})
    theirs = [body for body in map(orjson.loads, bench.network.bodies()) if body["country"] == "USA"]
    bodies = list(islice(cycle(theirs), min(LOCATIONS, bench.network.locations)))
    beside = format_named(BESIDE)
    for name in FORMATS:
        form = format_named(name)
        took, other = alternating(
            bench.runs, lambda form=form: _rendered(form, bodies, context), lambda: _rendered(beside, bodies, context)
        )
        yield Row(f"{name} of {len(bodies):,} locations", "s", took, "", None, BESIDE, other)
        (change,) = alternating(bench.runs, lambda form=form: _rendered(form, bodies[:1], context) * 1000)
        yield Row(
            f"one change to {name}", "ms", change, "", None, notes="its part of the document; its tariffs are known"
        )


def _rendered(form: Format, bodies: list[Body], context: Context) -> float:
    """Seconds of processor time."""

    def say() -> None:
        for body in bodies:
            form.location(body, context)

    return seconds(say, process_time)
