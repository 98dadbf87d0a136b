"""France's files in, France's files out: a network of which only they exist is published again, with its statuses."""

from __future__ import annotations

import csv
import io
import os

from app.clock import SystemClock
from app.formats.base import formats
from app.model.batch import Kind
from app.publish.documents import read_document
from app.publish.feed import CACHE_BYTES, Feed
from app.publish.publications import catalogue
from app.registry.apply import Registry
from app.registry.watch import CommitWatch
from app.sources.irve import IrveSettings, IrveSource
from tests.e2e.backend import pull, statuses
from tests.shared import ROOT

FILES = ROOT / "tests" / "data" / "irve"


def published(registry: Registry, name: str) -> list[dict[str, str]]:
    feed = Feed(registry.feed(), CommitWatch(registry.engine, every=0.0).stamp, SystemClock(), CACHE_BYTES)
    publication = catalogue(formats(), {("FR*ABC", "FRA")})[f"/open/irve/{name}.csv"]
    with feed.read() as read:
        document = read_document(feed, publication, read)
        data = b"".join(document.plain(document.head.published_at))
    return list(csv.DictReader(io.StringIO(data.decode())))


def source(registry: Registry, tmp_path) -> IrveSource:
    dynamic = tmp_path / "dynamique.csv"
    dynamic.write_bytes((FILES / "dynamique.csv").read_bytes())
    os.utime(dynamic)
    given = {"name": "france", "static": str(FILES / "statique.csv"), "dynamic": str(dynamic)}
    return IrveSource(IrveSettings.model_validate(given), SystemClock())


def test_both_files_come_back_as_they_came(registry, tmp_path):
    france = source(registry, tmp_path)
    pull(france, registry)
    pull(france, registry, Kind.STATUSES)
    assert statuses(registry) == {"P1": "CHARGING", "P2": "AVAILABLE"}
    for name, but in (("statique", {"date_maj"}), ("dynamique", set())):
        came = list(csv.DictReader((FILES / f"{name}.csv").open()))
        for before, after in zip(came, published(registry, name), strict=True):
            assert {key for key in before if before[key] != after[key]} == but


def test_a_status_moves_the_dynamic_file_alone(registry, tmp_path):
    france = source(registry, tmp_path)
    pull(france, registry)
    pull(france, registry, Kind.STATUSES)
    before = published(registry, "statique")
    file = tmp_path / "dynamique.csv"
    file.write_text(file.read_text().replace("en_service,occupe", "hors_service,inconnu"))
    pull(france, registry, Kind.STATUSES)
    assert published(registry, "dynamique")[0]["etat_pdc"] == "hors_service"
    assert published(registry, "statique") == before
