"""What is not valid by the official schema is not written; the last good document stays until it is valid again."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from app.formats.base import Cadence, Format, format_named, formats
from app.formats.official import STANDARDS, Examine, Official
from app.formats.report import Finding
from app.model.batch import Kind
from app.model.problem import Problem
from app.publish.block import Rendering
from app.publish.index import Scope
from app.publish.judge import Judge
from app.publish.publications import Publication
from app.publish.snapshots import Snapshots
from app.registry.projection import View
from app.store.directory import DirectoryStore
from app.validation import official_schemas
from tests.official import BROKEN, breaking, judge, needs_schemas
from tests.publish.backend import Backend, demo_locations, demo_tariffs, dressed
from tests.publish.stores import document_of, manifest_of
from tests.shared import data_folder

DOCUMENT, OTHER = "/open/document.txt", "/open/locations.json"
BODIES = [body for body in demo_locations(40) if body["country_code"] in ("DE", "FR")][:6]
FRENCH = next(body for body in BODIES if body["country_code"] == "FR")


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """Shared; each test leaves every location as it was."""
    backend = Backend(f"sqlite:///{tmp_path_factory.mktemp('judge')}/registry.db")
    backend.put_tariffs(*demo_tariffs())
    backend.put_locations(*map(dressed, BODIES))
    yield backend
    backend.registry.engine.dispose()


class Press:
    """A process that writes a document in one format, held to its schema, and one that nobody judges."""

    def __init__(self, backend: Backend, store: DirectoryStore, form: Format, by: Judge) -> None:
        self.backend, self.form = backend, form
        self.snapshots = Snapshots(backend.feed(judge=by), store, self.catalogue, backend.clock)

    def catalogue(self, scopes: Collection[Scope]) -> Mapping[str, Publication]:
        kind = self.form.addresses[0].kind
        french = View(countries=frozenset({"FRA"}))
        judged = Publication(DOCUMENT, Rendering(self.form, kind), french, Cadence.STATIC)
        other = Publication(OTHER, Rendering(format_named("ocpi-2.2.1"), Kind.LOCATIONS))
        return {DOCUMENT: judged, OTHER: other}

    def name(self, name: str) -> None:
        self.backend.put_locations(dressed(FRENCH, name=name))


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path)


@needs_schemas
@pytest.mark.parametrize(
    ("name", "good", "bad", "part", "rule"),
    [
        (
            "datex2-v3.7-afir-table-xml",
            b">kWh<",
            b">hp<",
            "energyInfrastructureStation.refillPoint.deliveryUnit",
            "3.7",
        ),
        ("datex2-v3.7-afir-status-xml", b">unknown<", b">asleep<", "operationStatus", "v3.7"),
        ("datex2-v3.7-afir-status-xml", b"</aegi:energyInfrastructureSiteStatus>", b"", "", ""),
        ("datex2-de-01-00-00-table-json", b'"versionG":', b'"version":', "energyInfrastructureSite", "static"),
        ("datex2-de-01-00-00-status-json", b'"value":"unknown"', b'"value":"asleep"', "Status", "dynamic"),
        ("irve-statique", b",true,", b",peut-\xc3\xaatre,", " ", "type-error"),
        ("irve-dynamique", b",inconnu,", b",endormi,", "etat_pdc", "constraint-error"),
    ],
)
def test_the_last_good_document_stays_until_it_is_valid_again(backend, store, name, good, bad, part, rule):
    press = Press(backend, store, breaking(name, good, bad), judge())
    assert not press.snapshots.run().withheld
    entry, text = manifest_of(store).file(DOCUMENT), document_of(store, DOCUMENT)
    press.name(BROKEN)
    backend.clock.advance(seconds=600)
    report = press.snapshots.run()
    assert report.written == (OTHER,), "whatever nobody judges goes on"
    assert manifest_of(store).file(DOCUMENT) == entry
    assert document_of(store, DOCUMENT) == text
    flaw = report.withheld[DOCUMENT][0]
    assert (flaw.record, flaw.where) == (f"fr*dem/{FRENCH['id']}".lower(), name)
    assert part in flaw.path
    assert rule in flaw.rule
    press.name(FRENCH["name"])
    backend.clock.advance(seconds=10)
    assert DOCUMENT in press.snapshots.run().written, "it does not wait for its next time"
    assert manifest_of(store).file(DOCUMENT).sequence > entry.sequence


@needs_schemas
def test_where_there_is_no_good_document_yet_there_is_none(backend, store):
    press = Press(backend, store, breaking("irve-dynamique", b",inconnu,", b",endormi,"), judge())
    press.name(BROKEN)
    assert list(press.snapshots.run().withheld) == [DOCUMENT]
    assert [file.path for file in manifest_of(store).files] == [OTHER]
    press.name(FRENCH["name"])
    backend.clock.advance(seconds=10)
    assert DOCUMENT in press.snapshots.run().written


@needs_schemas
def test_a_new_process_keeps_the_last_good_document_too(backend, store):
    form = breaking("irve-dynamique", b",inconnu,", b",endormi,")
    Press(backend, store, form, judge()).snapshots.run()
    entry = manifest_of(store).file(DOCUMENT)
    press = Press(backend, store, form, judge())
    press.name(BROKEN)
    assert DOCUMENT in press.snapshots.run().withheld
    assert manifest_of(store).file(DOCUMENT) == entry
    press.name(FRENCH["name"])


class Lenient:
    """Takes whatever it is shown, and keeps it."""

    def __init__(self) -> None:
        self.shown: list[bytes] = []

    def examiner(self, standard: str, specimen: bytes) -> Examine:
        return lambda document: self.shown.append(document) or []


def test_an_object_is_judged_once_for_each_of_its_versions(backend, store):
    official: Any = Lenient()
    press = Press(backend, store, format_named("irve-dynamique"), Judge(official))
    press.snapshots.run()
    first = len(official.shown)
    assert first == sum(body["country_code"] == "FR" for body in BODIES)
    backend.clock.advance(seconds=600)
    press.snapshots.run()
    backend.say(FRENCH["evses"][0]["uid"], "CHARGING")
    backend.clock.advance(seconds=600)
    press.snapshots.run()
    assert len(official.shown) == first + 1
    backend.say(FRENCH["evses"][0]["uid"], "UNKNOWN")


def test_without_a_schema_of_its_own_a_document_is_not_judged(backend, store):
    unarmed = Judge(Official())
    press = Press(backend, store, breaking("irve-dynamique", b",inconnu,", b",endormi,"), unarmed)
    press.name(BROKEN)
    assert not press.snapshots.run().withheld
    press.name(FRENCH["name"])
    named = unarmed.unjudged()
    assert {"irve-statique", "datex2-v3.7-afir-table-xml"} <= set(named)
    assert {format_named(name).standard for name in named} == set(STANDARDS)


@needs_schemas
def test_every_format_with_a_standard_has_a_schema_in_the_shared_data():
    assert judge().unjudged() == []


@needs_schemas
@pytest.mark.parametrize(
    ("folder", "judged"),
    [
        ("jsonschema/afir-01-00-00", {"datex2-de-01-00-00-table-json", "datex2-de-01-00-00-status-json"}),
        ("jsonschema/v3.7-egi-table", set()),
        ("xsd/v3.5", {f"datex2-{version}-table-xml" for version in ("v3.5", "v3.6")} | {"datex2-v3.5-status-xml"}),
    ],
)
def test_a_schema_holds_for_the_formats_of_its_version_and_profile_alone(folder, judged):
    unjudged = Judge(official_schemas(data_folder() / "datex2" / folder)[0]).unjudged()
    assert {name for name in formats() if name.startswith("datex2-")} - set(unjudged) == judged


def test_no_more_than_a_few_flaws_of_an_object_are_told():
    class Strict(Official):
        def examiner(self, standard: str, specimen: bytes) -> Examine:
            return lambda document: [Finding(1, Problem("bad", record="E1", path="a.b"))] * 50

    told = Judge(Strict()).flaws(format_named("irve-statique"), b"x", "fr*dem/l1")
    assert [str(flaw) for flaw in told] == ["irve-statique fr*dem/l1 E1 a.b: bad"] * 3
