"""What the rows of a bench share: a network of one size, and a database that has it all.

Filled databases are kept, apart from what a run works with: a million EVSEs take longer to fill in than to measure.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson

from app.clock import SystemClock, parse_time
from app.formats.ocpi.parse import read_location, read_tariff
from app.model.batch import Batch, Kind, Origin, Parsed, Raw, StatusRecord, StatusRow
from app.model.identifiers import object_key
from app.registry.apply import Registry
from app.registry.database import MIGRATIONS
from app.sources.file import FileSettings, FileSource
from tests.bench import network as builder
from tests.bench.network import Network, Statuses

SOURCE = "bench"
PAGE = 500
AT = 200_000
"""EVSEs that the budgets in seconds and megabytes speak of (DESIGN §10)."""
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
    """What a run works with."""
    kept: Path | None = None
    """Where filled databases stay for the next run; None: in `folder`."""
    told: Callable[[str, float], None] = lambda what, share: None
    """What is being done, and how much of it is: 0 to 1."""

    def sized(self, evses: int) -> Workbench:
        """Another network beside it."""
        return replace(self, evses=evses)

    @cached_property
    def network(self) -> Network:
        return Network(self.evses)

    @cached_property
    def filled(self) -> Path:
        """A database with the whole inventory, a status of every EVSE, and all tariffs. Copy it, leave it as it is."""
        folder = self.kept or self.folder
        file = folder / f"filled-{self.evses}.db"
        if not file.exists():
            folder.mkdir(parents=True, exist_ok=True)
            part = file.with_suffix(".part")
            _remove(part)
            registry = open_registry(part)
            fill(registry, self.network, self.folder, partial(self.told, f"building {self.evses:,} EVSEs"))
            registry.engine.dispose()
            part.rename(file)
        return file

    def copy(self, name: str) -> Path:
        """A database of its own, filled."""
        file = self.folder / f"{name}-{self.evses}.db"
        self.folder.mkdir(parents=True, exist_ok=True)
        _remove(file)
        shutil.copyfile(self.filled, file)
        return file

    def tidy(self) -> None:
        """Away with the copies of a row that is over: of a million EVSEs each is 6 GB."""
        for file in self.folder.glob("*.db"):
            if not file.name.startswith("filled-"):
                _remove(file)


def builders_version() -> str:
    """Changes with what a filled database would hold: the network, and the layout of the registry."""
    digest = blake2b(Path(builder.__file__).read_bytes(), digest_size=4)
    digest.update(repr(sorted(file.name for file in MIGRATIONS.glob("versions/*.py"))).encode())
    return digest.hexdigest()


def _remove(database: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{database}{suffix}").unlink(missing_ok=True)


def open_registry(file: Path) -> Registry:
    return Registry.open(f"sqlite:///{file}", clock=CLOCK)


def fill(registry: Registry, network: Network, folder: Path, told: Callable[[float], None]) -> None:
    registry.apply(tariff_batch(network.tariffs(FAR)))
    pages = network.locations / PAGE
    for number, batch in enumerate(inventory_batches(network.pages(PAGE))):
        told(min(number / pages, 1))
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
