"""What the rows of a bench share: a network of one size, and a database that has it all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import orjson

from app.clock import SystemClock, parse_time
from app.formats.ocpi.parse import read_location, read_tariff
from app.model.batch import Batch, Kind, Origin, Parsed, Raw, StatusRecord, StatusRow
from app.model.identifiers import object_key
from app.registry.apply import Registry
from app.sources.file import FileSettings, FileSource
from tests.bench.network import Network, Statuses

SOURCE = "bench"
PAGE = 500
FAR = parse_time("2030-01-01T00:00:00Z")
"""When prices switch, unless a row brings that nearer."""

CLOCK = SystemClock()
_read = {
    Kind.LOCATIONS: partial(read_location, version="2.3.0", country_code=None, party_id=None),
    Kind.TARIFFS: partial(read_tariff, version="2.3.0", country_code=None, party_id=None),
}


@dataclass
class Workbench:
    evses: int
    runs: int
    folder: Path

    @cached_property
    def network(self) -> Network:
        return Network(self.evses)

    @cached_property
    def filled(self) -> Path:
        """A database with the whole inventory, a status of every EVSE, and all tariffs. Copy it, leave it as it is."""
        file = self.folder / f"filled-{self.evses}.db"
        if not file.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            registry = open_registry(file.with_suffix(".part"))
            fill(registry, self.network, self.folder)
            registry.engine.dispose()
            file.with_suffix(".part").rename(file)
        return file

    def copy(self, name: str) -> Path:
        """A database of its own, filled."""
        file = self.folder / f"{name}-{self.evses}.db"
        for suffix in ("", "-wal", "-shm"):
            Path(f"{file}{suffix}").unlink(missing_ok=True)
        shutil.copyfile(self.filled, file)
        return file


def open_registry(file: Path) -> Registry:
    return Registry.open(f"sqlite:///{file}", clock=CLOCK)


def fill(registry: Registry, network: Network, folder: Path) -> None:
    registry.apply(tariff_batch(network.tariffs(FAR)))
    for batch in inventory_batches(network.pages(PAGE)):
        registry.apply(batch)
    statuses = folder / "statuses.json"
    statuses.write_bytes(Statuses(network).body())
    registry.apply(status_poll(status_source(statuses)))


def read_raw(kind: Kind, raw: Raw) -> Parsed:
    return _read[kind](raw.body)


def raw(item: dict[str, Any]) -> Raw:
    return Raw(object_key(item["country_code"], item["party_id"], item["id"]), item)


def inventory_batches(pages: Iterator[bytes]) -> Iterator[Batch]:
    """A whole crawl: a batch per page, then one that says it was all."""
    parse = partial(read_raw, Kind.LOCATIONS)
    keys: list[str] = []
    for page in pages:
        records = [raw(item) for item in orjson.loads(page)]
        keys += [record.key for record in records]
        yield Batch(SOURCE, Kind.LOCATIONS, CLOCK.now(), parse, records)
    yield Batch(SOURCE, Kind.LOCATIONS, CLOCK.now(), parse, (), complete=True, unchanged=keys)


def tariff_batch(tariffs: list[dict[str, Any]]) -> Batch:
    parse = partial(read_raw, Kind.TARIFFS)
    return Batch(SOURCE, Kind.TARIFFS, CLOCK.now(), parse, [raw(tariff) for tariff in tariffs], complete=True)


def status_source(file: Path) -> FileSource:
    return FileSource(FileSettings(name=SOURCE, statuses=file, max_body=1 << 30), CLOCK)


def status_poll(source: FileSource) -> Batch:
    """The status file as it is now."""
    [batch] = source.fetch(Kind.STATUSES, None, full=True)
    return batch


def read_status(row: StatusRow) -> Parsed:
    occurred_at = parse_time(row.occurred_at) if row.occurred_at else None
    return Parsed(StatusRecord(row.evse, row.status, occurred_at, Origin.CHARGER))
