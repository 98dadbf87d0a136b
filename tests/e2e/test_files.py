"""Files as the backend, end to end: an inventory table, a status file beside it, and what happens when they break or stop."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.clock import ManualClock, SystemClock
from app.errors import SourceError
from app.model.batch import Kind
from app.registry.apply import Registry
from app.registry.policy import SourcePolicy
from app.sources.file import FileSettings, FileSource
from tests.e2e.backend import public, public_bytes, pull, seq, statuses
from tests.shared import ROOT

FILES = ROOT / "tests" / "data" / "file"
TTL = 900.0


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(SystemClock().now() + 60_000)


@pytest.fixture
def timed(registry: Registry, clock: ManualClock) -> Registry:
    """The registry by the test's clock, with the source's time to live."""
    return Registry(registry.engine, clock, {"files": SourcePolicy(ttl=round(TTL * 1000))})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FILES, tmp_path / "files", copy_function=shutil.copyfile))


@pytest.fixture
def source(folder: Path, clock: ManualClock) -> Callable[..., FileSource]:
    def make(**settings: Any) -> FileSource:
        given = {"name": "files", "country_code": "DE", "party_id": "TST", "ttl": TTL, **settings}
        return FileSource(FileSettings.model_validate(given), clock)

    return make


def test_an_inventory_and_its_statuses_are_published(source, folder, timed):
    files = source(inventory=folder / "inventory.csv", statuses=folder / "status.csv")
    pull(files, timed)
    pull(files, timed, Kind.STATUSES)
    assert set(public(timed)) == {"locations DE*TST/RATHAUS", "locations DE*TST/HAFEN"}
    assert statuses(timed) == {"DE*TST*E0001": "AVAILABLE", "DE*TST*E0002": "CHARGING", "DE*TST*E0003": "OUTOFORDER"}


@pytest.mark.parametrize("kind", [Kind.LOCATIONS, Kind.STATUSES])
@pytest.mark.parametrize("cut", [1, 40])
def test_a_half_written_file_leaves_the_feed_as_it_is(source, folder, timed, kind, cut):
    shutil.copyfile(ROOT / "tests" / "data" / "ocpi" / "2.3.0" / "locations.json", folder / "locations.json")
    files = source(inventory=folder / "locations.json", statuses=folder / "status.json")
    pull(files, timed)
    pull(files, timed, Kind.STATUSES)
    before = public_bytes(timed)
    file = folder / ("locations.json" if kind is Kind.LOCATIONS else "status.json")
    whole = file.read_bytes().rstrip()
    file.write_bytes(whole[:-cut])
    with pytest.raises(SourceError, match=rf"source files, .*{file.name}: not JSON: .*write it beside and rename it"):
        pull(files, timed, kind)
    assert public_bytes(timed) == before
    file.write_bytes(whole)
    pull(files, timed, kind)
    assert public_bytes(timed) == before


def test_an_empty_inventory_is_held(source, folder, timed):
    file = folder / "inventory.csv"
    files = source(inventory=file)
    pull(files, timed)
    before = public_bytes(timed)
    file.write_text(file.read_text().partition("\n")[0] + "\n")
    pull(files, timed)
    assert public_bytes(timed) == before
    assert "came back empty" in timed.held()[0].reason


def test_statuses_that_nobody_writes_any_more_become_unknown_until_somebody_does(source, folder, timed, clock):
    files = source(inventory=folder / "inventory.csv", statuses=folder / "status.csv")
    pull(files, timed)
    pull(files, timed, Kind.STATUSES)
    clock.advance(seconds=TTL + 60)
    pull(files, timed)
    timed.tick()
    assert set(statuses(timed).values()) == {"UNKNOWN"}
    at = seq(timed)
    for again in (files, source(inventory=folder / "inventory.csv", statuses=folder / "status.csv")):
        with pytest.raises(SourceError, match=r"status\.csv: was last written 20.*Look at the program that writes it"):
            pull(again, timed, Kind.STATUSES)
    timed.tick()
    assert seq(timed) == at, "nor does a restart confirm them"
    touch(folder / "status.csv", clock)
    pull(files, timed, Kind.STATUSES)
    assert statuses(timed)["DE*TST*E0001"] == "AVAILABLE"


def test_statuses_inside_an_old_inventory_become_unknown_and_stay_so_over_a_restart(source, folder, timed, clock):
    file = folder / "locations.json"
    shutil.copyfile(ROOT / "tests" / "data" / "ocpi" / "2.2.1" / "locations.json", file)
    files = source(inventory=file)
    pull(files, timed)
    assert statuses(timed)["1-1"] == "AVAILABLE"
    clock.advance(seconds=TTL + 60)
    pull(files, timed)
    timed.tick()
    assert set(statuses(timed).values()) == {"UNKNOWN"}
    at = seq(timed)
    pull(source(inventory=file), timed)
    timed.tick()
    assert seq(timed) == at
    touch(file, clock)
    pull(source(inventory=file), timed)
    assert statuses(timed)["1-1"] == "AVAILABLE"


def touch(file: Path, clock: ManualClock) -> None:
    now = clock.now() * 1_000_000 - 10_000_000_000
    os.utime(file, ns=(now, now))
