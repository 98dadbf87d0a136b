"""What many destinations need alike is read and said once, and never where it would be another's or of another time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from app.delivery import recent
from app.delivery.ocpi_push.said import Said, said_of
from app.delivery.recent import Recent, RecentObjects
from app.formats.base import format_named
from app.model.batch import Kind
from app.registry.apply import Registry
from app.registry.projection import PublicObject, PublicReader
from app.registry.terms import Terms
from tests.registry.backend import Backend, connector, evse, location, tariff

KEYS = ["de*abc/l1", "de*abc/l2", "de*abc/t9"]


class Reads:
    """What is read, and which objects that takes."""

    def __init__(self, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
        self._feed, self._kept, self.read = registry.feed(), RecentObjects(), list[str]()
        named = PublicReader.named

        def counted(reader: PublicReader, kind: Kind, keys: Iterable[str], *more: Any) -> dict[str, PublicObject]:
            wanted = sorted(keys)
            self.read += wanted
            return named(reader, kind, wanted, *more)

        monkeypatch.setattr(PublicReader, "named", counted)

    def named(self, terms: Terms | None = None) -> dict[str, PublicObject]:
        self.read.clear()
        with self._feed.read() as reader:
            return self._kept.named(reader, Kind.LOCATIONS, KEYS, terms)


@pytest.fixture
def reads(backend: Backend, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Reads:
    backend.tariffs(tariff("T1"))
    backend.locations(*(location(f"L{n}", evse(f"E{n}", connector(tariff_ids=["T1"]))) for n in (1, 2)))
    return Reads(registry, monkeypatch)


def test_an_object_is_read_again_only_where_it_changed(reads, backend):
    first = reads.named()
    assert reads.read == KEYS[:2]
    assert reads.named() == first
    assert reads.read == []
    backend.statuses(("DE*ABC*E1", "CHARGING"), complete=False)
    again = reads.named()
    assert reads.read == KEYS[:1]
    assert again[KEYS[0]].body["evses"][0]["status"] == "CHARGING"
    assert again[KEYS[1]] is first[KEYS[1]]


def test_a_tariff_that_it_names_changes_it_too(reads, backend):
    reads.named()
    backend.tariffs(tariff("T1", currency="SEK"))
    assert {item.tariffs["T1"]["currency"] for item in reads.named().values()} == {"SEK"}


def test_what_is_hidden_is_found_no_more(reads, backend):
    reads.named()
    backend.locations(location("L1", evse("E1"), publish=False), location("L2", evse("E2")))
    assert reads.named().keys() == {KEYS[1]}


def test_a_partner_with_terms_of_its_own_gets_nobody_elses(reads, backend):
    backend.locations(location("L1", evse("E1")), location("L2", evse("E2"), publish=False))
    assert reads.named().keys() == {KEYS[0]}
    assert reads.named(Terms(issuers=frozenset({"ems"}))).keys() == {KEYS[0]}
    assert reads.read == KEYS, "it is read for it alone"


def test_all_receivers_of_a_version_are_told_the_same_which_is_made_once(reads, backend):
    ocpi, other = format_named("ocpi-2.2.1"), format_named("ocpi-2.1.1")
    found = reads.named()[KEYS[0]]
    said = said_of(ocpi, Kind.LOCATIONS, found)
    assert said_of(ocpi, Kind.LOCATIONS, found) is said
    assert said_of(other, Kind.LOCATIONS, found) is not said
    backend.statuses(("DE*ABC*E1", "CHARGING"), complete=False)
    changed = said_of(ocpi, Kind.LOCATIONS, reads.named()[KEYS[0]])
    assert isinstance(changed, Said)
    assert changed.body["evses"][0]["status"] == "CHARGING"


def test_only_the_last_are_kept(monkeypatch):
    monkeypatch.setattr(recent, "MOST", 2)
    kept: Recent[str, int] = Recent()
    kept.put("a", 1)
    kept.put("b", 2)
    assert kept.get("a") == 1
    kept.put("c", 3)
    assert [kept.get(key) for key in "abc"] == [1, None, 3]
