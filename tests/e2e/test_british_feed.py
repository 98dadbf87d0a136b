"""The British open feed as it is published: no versions endpoint, no paging, status words that OCPI does not know, prices in
foreign currencies. What is sound of it is published, what is not is listed.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.clock import SystemClock
from app.model.batch import Kind
from app.registry.apply import Registry
from app.sources.ocpi import OcpiSettings, OcpiSource
from tests.e2e.backend import public, pull, statuses
from tests.ocpi_sender import Script, Sender, read

LOCATION = "locations GB*CGY/98632dfb-6751-45ec-b3a0-9066b749fdfa"
EVSE = "7537c966-4204-480b-b886-b36da876a856"


@pytest.fixture
def sender(shared_data: Path) -> Iterator[Sender]:
    files = [shared_data / "nap" / "gb" / f"pcpr-chargy-{name}.sample.json" for name in ("locations", "tariffs")]
    with Sender(*map(read, files), Script(link="none", total="none", ignores_offset=True)) as sender:
        yield sender


@pytest.fixture
def pulled(sender: Sender, registry: Registry) -> Callable[..., Registry]:
    """The feed after a pull with these settings."""

    def run(**settings: Any) -> Registry:
        urls = {f"{name}_url": f"{sender.base}/open-ocpi/{name}" for name in ("locations", "tariffs")}
        source = OcpiSource(OcpiSettings.model_validate({"name": "chargy", **urls, **settings}), SystemClock())
        for kind in (Kind.TARIFFS, Kind.LOCATIONS):
            pull(source, registry, kind)
        return registry

    return run


def test_what_is_sound_is_published(pulled, sender):
    registry = pulled()
    location = public(registry)[LOCATION]
    assert location["city"] == "Haringey"
    assert location["evses"][0]["evse_id"] == "GB*CGY*E*00022"
    assert location["evses"][0]["connectors"][0]["max_amperage"] == 22
    assert "/versions" not in sender.paths()


def test_a_status_word_that_ocpi_does_not_know_is_unknown_and_listed(pulled):
    registry = pulled()
    assert statuses(registry) == {EVSE: "UNKNOWN"}
    problem = next(problem for problem in registry.problems("chargy") if problem.get("value") == "WORKING")
    assert problem["path"] == "evses[0].status"
    assert problem["record"] == "GB*CGY/98632dfb-6751-45ec-b3a0-9066b749fdfa"
    assert problem["where"].endswith("/open-ocpi/locations?limit=100 item 0")
    assert "AVAILABLE" in problem["remedy"]


def test_a_status_map_says_what_the_word_means(pulled):
    registry = pulled(status_map={"WORKING": "AVAILABLE", "FAULTED": "OUTOFORDER"})
    assert statuses(registry) == {EVSE: "AVAILABLE"}
    assert not any(problem.get("value") == "WORKING" for problem in registry.problems("chargy"))


def test_a_status_map_that_comes_later_reads_anew_what_did_not_change(pulled):
    pulled()
    registry = pulled(status_map={"WORKING": "AVAILABLE"})
    assert statuses(registry) == {EVSE: "AVAILABLE"}
    assert not any(problem.get("value") == "WORKING" for problem in registry.problems("chargy"))


def test_the_foreign_currencies_are_listed(pulled):
    found = [problem for problem in pulled().problems("chargy") if problem.get("path") == "currency"]
    assert sorted(problem["value"] for problem in found) == ["EUR", "USD"]
    assert all(problem["what"] == "not a currency of the operator's country" for problem in found)


def test_without_paging_headers_the_first_pull_looks_once_whether_there_is_more(pulled, sender):
    pulled()
    assert [path for path in sender.paths() if "locations" in path] == [
        "/open-ocpi/locations?limit=100",
        "/open-ocpi/locations?limit=100&offset=1",
    ]
