"""An `extrawest-ocpi` server, in a process and an environment of its own, pulled end to end."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.clock import SystemClock
from app.errors import SourceAnswerError
from app.model.batch import Kind
from app.registry.apply import Registry
from app.sources.ocpi import OcpiSettings, OcpiSource
from tests.e2e.backend import public, pull, seq, statuses
from tests.e2e.extrawest import extrawest
from tests.shared import ROOT

DATA = ROOT / "tests" / "data" / "ocpi" / "2.2.1"


@dataclass
class Peer:
    url: str
    folder: Path


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    folder = tmp_path_factory.mktemp("extrawest") / "data"
    shutil.copytree(DATA, folder)
    with extrawest(folder, "s3cret") as base:
        yield Peer(f"{base}/versions", folder)


@pytest.fixture
def source(peer: Peer) -> OcpiSource:
    """Three to a page, so that its `Link` is needed."""
    settings = {"name": "extrawest", "url": peer.url, "token": "s3cret", "page_limit": 3}
    return OcpiSource(OcpiSettings.model_validate(settings), SystemClock())


def test_every_location_and_tariff_is_published_though_no_link_can_be_followed(source: OcpiSource, registry: Registry):
    for kind in (Kind.TARIFFS, Kind.LOCATIONS):
        pull(source, registry, kind)
    feed = public(registry)
    assert len([name for name in feed if name.startswith("locations")]) == 7
    assert len([name for name in feed if name.startswith("tariffs")]) == 2
    assert statuses(registry)["1-1"] == "AVAILABLE"
    assert statuses(registry)["3-3"] == "UNKNOWN"
    location = feed["locations DE*TST/loc1"]
    assert location["evses"][0]["connectors"][0]["tariff_ids"] == ["dc"], "the tariff it names was found"
    assert {problem["severity"] for problem in registry.problems()} <= {"note"}


def test_ids_that_change_their_case_are_still_the_same(source: OcpiSource, peer: Peer, registry: Registry):
    pull(source, registry)
    at, before = seq(registry), len(public(registry))
    pull(OcpiSource(source.settings, SystemClock()), registry)
    assert seq(registry) == at
    assert len(public(registry)) == before
    assert registry.held() == []


def test_what_changes_comes_by_date_from(source: OcpiSource, peer: Peer, registry: Registry):
    pull(source, registry)
    file = peer.folder / "locations.json"
    usual = file.read_text()
    answer = json.loads(usual)
    answer["data"][1]["evses"][0] |= {"status": "BLOCKED", "last_updated": "2026-11-02T10:00:00Z"}
    answer["data"][1]["last_updated"] = "2026-11-02T10:00:00Z"
    file.write_text(json.dumps(answer))
    applied = pull(source, registry, full=False)
    file.write_text(usual)
    assert statuses(registry)["2-1"] == "BLOCKED"
    assert [batch.changes for batch in applied] == [1, 0]


def test_a_wrong_token_is_an_error(source: OcpiSource, peer: Peer, registry: Registry):
    """It answers 200 with status_code 3000 where the token is no Base64, and 403 where it is unknown."""
    wrong = OcpiSettings.model_validate({"name": "wrong", "url": peer.url, "token": "wrong", "token_encoding": "raw"})
    with pytest.raises(SourceAnswerError, match="status_code 3000: Generic server error"):
        pull(OcpiSource(wrong, SystemClock()), registry)
