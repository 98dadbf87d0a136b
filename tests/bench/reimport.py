"""A whole inventory that comes again as it was."""

from __future__ import annotations

from collections.abc import Iterator

from app.model.batch import Kind
from app.registry.apply import Registry
from app.sources.ocpi import OcpiSettings, OcpiSource
from tests.bench.measure import alternating, decoding, seconds
from tests.bench.report import Row
from tests.bench.sender import sender
from tests.bench.workbench import CLOCK, PAGE, SOURCE, Workbench, open_registry


def pull(source: OcpiSource, registry: Registry) -> int:
    """A whole crawl; how many changes it made."""
    cursor = registry.cursor(SOURCE, Kind.LOCATIONS)
    return sum(registry.apply(batch).changes for batch in source.fetch(Kind.LOCATIONS, cursor, full=True))


def reimport(bench: Workbench) -> Iterator[Row]:
    pages = list(bench.network.pages(PAGE))
    registry = open_registry(bench.copy("reimport"))
    with sender(bench.evses) as url:
        settings = OcpiSettings(name=SOURCE, url=url, page_limit=PAGE, incremental=False)
        source = OcpiSource(settings, CLOCK)
        pull(source, registry)

        def again() -> float:
            changes: list[int] = []
            took = seconds(lambda: changes.append(pull(source, registry)))
            assert changes == [0]
            return took

        took, decoded = alternating(bench.runs, again, lambda: decoding(pages))
    size = sum(map(len, pages)) / 1e6
    yield Row(
        f"identical re-import of {bench.network.locations:,} locations",
        "s",
        took,
        budget="≤ 1.2 × yardstick",
        met=took.median <= 1.2 * decoded.median,
        yardstick="orjson.loads",
        reference=decoded,
        notes=f"{size:.0f} MB over HTTP in pages of {PAGE}; nothing is written",
    )
