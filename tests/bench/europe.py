"""What the documents of access points cost: tables and statuses of DATEX II in every dialect, one change, a delta, IRVE.

The budgets are for one core: processor time counts, without that of decoding the locations.
"""

from __future__ import annotations

import gc
import resource
from collections.abc import Iterable, Iterator
from itertools import islice
from multiprocessing import get_context
from time import process_time
from typing import Any

import orjson

from app.formats.base import Context, Envelope, format_named, formats
from app.formats.datex2.dialect import DIALECTS, V37, XML
from app.formats.datex2.messages import Changed, Message, delta
from tests.bench.measure import Sample, alternating, decoding, seconds
from tests.bench.network import Network
from tests.bench.report import Row
from tests.bench.workbench import AT, CLOCK, FAR, PAGE, Workbench

TABLE_S, TABLE_MB, STATUS_S, CHANGE_MS = 60, 300, 20, 50
TABLE = "datex2-v3.7-afir-table-xml"
DATEX = [name for name in formats() if name.startswith("datex2-")]
STATUSES = [name for name in DATEX if "-status-" in name]
IRVE = "irve-statique"
SHARE = 100
"""Of so many locations one changes."""
Body = dict[str, Any]


def europe(bench: Workbench) -> Iterator[Row]:
    yield from _table(bench)
    pages = list(bench.network.pages(PAGE))
    for name in STATUSES:
        yield _whole(bench, pages, name, STATUS_S * bench.network.evses / AT)
    yield _whole(bench, pages, IRVE, None)
    yield _one_change(bench)
    yield _delta(bench)


def _table(bench: Workbench) -> Iterator[Row]:
    """Cold: in a process of its own."""
    with get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        measured = [pool.apply(_cold_table, (bench.evses,)) for _ in range(bench.runs)]
    took, decoded, memory = (Sample(values) for values in zip(*measured, strict=True))
    what, budget = f"{TABLE} of {bench.network.evses:,} EVSEs", TABLE_S * bench.network.evses / AT
    yield _row(what, took, budget, decoded, "cold, location by location in a process of its own")
    met = memory.median <= TABLE_MB
    yield Row(f"memory of {what}", "MB", memory, f"≤ {TABLE_MB} MB", met, notes="peak resident, whole process")


def _cold_table(evses: int) -> tuple[float, float, float]:
    """Seconds, those of decoding the locations, and megabytes at most."""
    network = Network(evses)
    took = _rendered(network, _pages_of(network), TABLE)
    return took, decoding(_pages_of(network), process_time), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def _pages_of(network: Network) -> Iterator[bytes]:
    return network.pages(PAGE)


def _whole(bench: Workbench, pages: list[bytes], name: str, budget: float | None) -> Row:
    took, decoded = alternating(
        bench.runs,
        lambda: _rendered(bench.network, pages, name),
        lambda: decoding(pages, process_time),
    )
    return _row(f"{name} of {bench.network.evses:,} EVSEs", took, budget, decoded)


def _row(what: str, took: Sample, budget: float | None, decoded: Sample, notes: str = "") -> Row:
    told, met = (f"≤ {budget:g} s", took.median <= budget) if budget else ("", None)
    return Row(what, "s", took, told, met, "orjson.loads", decoded, notes)


def _rendered(network: Network, pages: Iterable[bytes], name: str) -> float:
    """Seconds, without decoding the locations."""
    form, context, taken = format_named(name), _context(network), 0.0
    countries = form.addresses[0].countries
    for page in pages:
        bodies = [one for one in orjson.loads(page) if not countries or one["country"] in countries]
        gc.collect(0)
        begin = process_time()
        for body in bodies:
            form.location(body, context)
        taken += process_time() - begin
    return taken


def _one_change(bench: Workbench) -> Row:
    """A location whose status changed: its part of every document, and a delta in every dialect."""
    body, context = orjson.loads(bench.network.body(1)), _context(bench.network)
    changes = [Changed(body, context, [body["evses"][0]["uid"]])]

    def say() -> None:
        for name in DATEX:
            format_named(name).location(body, context)
        for dialect in DIALECTS:
            for encoding in dialect.encodings:
                delta(dialect, encoding, changes, Envelope(context.at))

    say()
    (took,) = alternating(bench.runs, lambda: seconds(say, process_time) * 1000)
    notes = f"{len(DATEX)} documents, and {sum(len(one.encodings) for one in DIALECTS)} deltas; its tariffs are known"
    met = took.median <= CHANGE_MS
    return Row("one change to every dialect of DATEX II", "ms", took, f"≤ {CHANGE_MS} ms", met, notes=notes)


def _delta(bench: Workbench) -> Row:
    """One point of every hundredth location; what is said is exactly those."""
    context = _context(bench.network)
    bodies = [orjson.loads(body) for body in islice(bench.network.bodies(), 0, None, SHARE)]
    changes = [Changed(body, context, [body["evses"][0]["uid"]]) for body in bodies]
    messages: list[Message] = []

    def say() -> None:
        messages.append(delta(V37, XML, changes, Envelope(context.at)))

    (took,) = alternating(bench.runs, lambda: seconds(say, process_time) * 1000)
    assert messages[-1].body.count(b"<aegi:refillPointStatus ") == len(changes)
    return Row(f"delta of {len(changes):,} points, v3.7 XML", "ms", took, "", None, notes="holds just those points")


def _context(network: Network) -> Context:
    return Context(CLOCK.now(), {one["id"]: one for one in network.tariffs(FAR)})
