"""What of the public journal becomes an entry, and what does not."""

from __future__ import annotations

import orjson
import pytest
import rfc8785

from app.ledger import following
from app.ledger.entries import Times, columns_of, evse_statements, subject_of, tariff_statement
from app.ledger.rows import entries as stored
from app.ledger.tiles import LONGEST_ENTRY
from app.registry.database import reading
from tests.registry.backend import connector, evse, location, tariff

TIMES = Times("e", 1, 0)


def site(*evses, **fields):
    return location("L1", *(evses or [evse("E1", connector(tariff_ids=["T1"]))]), **fields)


@pytest.fixture
def published(backend, log):
    backend.tariffs(tariff("T1"))
    backend.locations(site())
    log.seal()
    return backend


def test_a_tariff_and_its_connectors_are_logged_with_their_times(published, log, clock):
    first, second = log.entries()
    assert first["kind"] == "tariff"
    assert (first["party"], first["id"], first["seq"]) == ("DE*ABC", "T1", 1)
    assert first["tariff"]["elements"][0]["price_components"][0]["price"] == 0.5
    assert second["kind"] == "connectors"
    assert second["evse_id"] == "DE*ABC*E1"
    assert second["time_zone"] == "Europe/Berlin"
    assert second["connectors"][0]["tariff_ids"] == ["T1"]
    for entry in (first, second):
        assert entry.keys() >= {"epoch", "received_at", "published_at", "logged_at"}


def test_entries_are_canonical(published, log):
    with reading(log.engine) as connection:
        for entry in stored(connection, 0, 99):
            assert rfc8785.dumps(orjson.loads(entry.body)) == entry.body
            assert columns_of(entry.body)["subject"] == subject_of(entry.content)


def test_an_entry_that_is_read_back_is_found_by_the_same():
    evse_id = {"evse_id": "DE*ABC*E1"}
    body = {"id": "L1", "evses": [{"uid": "E1", **evse_id, "connectors": [{"id": "1", "tariff_ids": ["T1"]}]}]}
    for said in (*evse_statements("de*abc/l1", body, TIMES), tariff_statement("de*abc/t1", {"id": "T1"}, TIMES)):
        assert columns_of(said.entry(0)) == said.row(0)


def test_statuses_texts_and_repetitions_are_no_news(published, log, clock):
    clock.advance(seconds=60)
    published.statuses(("DE*ABC*E1", "CHARGING"))
    published.locations(site(name="Markt"))
    published.tariffs(tariff("T1"))
    assert log.seal() == 0


def test_each_version_of_a_tariff_is_logged_however_short_it_lived(published, log, clock):
    for currency in ("SEK", "NOK"):
        clock.advance(seconds=1)
        published.tariffs(tariff("T1", currency=currency))
    log.seal()
    assert [entry["tariff"]["currency"] for entry in log.entries() if entry["kind"] == "tariff"] == [
        "EUR",
        "SEK",
        "NOK",
    ]


def test_other_tariffs_at_a_connector_are_news_and_none_is_the_end(published, log):
    published.tariffs(tariff("T1"), tariff("T2"))
    published.locations(site(evse("E1", connector(tariff_ids=["T2"]))))
    log.seal()
    published.locations(site(evse("E1")))
    log.seal()
    assert log.said() == [
        ("tariff", "T1"),
        ("connectors", "E1"),
        ("tariff", "T2"),
        ("connectors", "E1"),
        ("ended", "E1"),
    ]


def test_what_is_hidden_has_ended_and_what_never_was_public_is_not_there(published, log):
    published.locations(site(publish=False), location("L2", evse("E2", connector(tariff_ids=["T1"])), publish=False))
    published.tariffs(tariff("T1", type="REGULAR"))
    log.seal()
    assert log.said()[2:] == [("ended", "E1"), ("ended", "T1")]


def test_contract_tariffs_are_neither_logged_nor_named(backend, log):
    backend.tariffs(tariff("T1"), tariff("SECRET", type="REGULAR"))
    backend.locations(
        site(evse("E1", connector(tariff_ids=["SECRET", "T1"])), evse("E2", connector(tariff_ids=["SECRET"])))
    )
    log.seal()
    assert log.said() == [("tariff", "T1"), ("connectors", "E1")]
    assert b"SECRET" not in b"".join(orjson.dumps(entry) for entry in log.entries())


def test_a_tariff_that_comes_after_its_connectors_has_them_said_again(backend, log):
    backend.locations(site())
    log.seal()
    assert log.said() == []
    backend.tariffs(tariff("T1"))
    log.seal()
    assert log.said() == [("tariff", "T1"), ("connectors", "E1")]


def test_connectors_keep_their_own_times_where_tariffs_came_just_before_them(backend, log, clock):
    """The journal is followed late: what the ledger says of a location is not older than the location."""
    backend.tariffs(tariff("T1"))
    clock.advance(seconds=60)
    backend.locations(site())
    clock.advance(seconds=60)
    backend.tariffs(tariff("T2"), complete=False)
    log.seal()
    tariffs, point, _ = log.entries()
    assert (tariffs["seq"], point["seq"], point["kind"]) == (1, 2, "connectors")


def test_nothing_personal_is_in_an_entry(backend, log):
    backend.tariffs(tariff("T1"))
    backend.locations(site(operator={"name": "Erika Musterfrau"}, help_phone="+49 3643 1", owner={"name": "Canary"}))
    log.seal()
    text = b"".join(orjson.dumps(entry) for entry in log.entries())
    assert not [word for word in (b"Erika", b"3643", b"Canary", b"Am Markt") if word in text]


def test_a_manifest_is_logged_once(published, log):
    log.note_manifest("ab" * 32)
    log.note_manifest("ab" * 32)
    log.seal()
    log.note_manifest("ab" * 32)
    log.note_manifest("cd" * 32)
    log.seal()
    assert log.said()[2:] == [("manifest", "ab" * 32), ("manifest", "cd" * 32)]


def test_long_journals_are_followed_in_pages(backend, log, monkeypatch):
    monkeypatch.setattr(following, "PAGE", 2)
    backend.tariffs(*(tariff(f"T{number}") for number in range(5)))
    backend.locations(site())
    assert log.seal() == 6


def test_what_is_longer_than_an_entry_stands_in_it_by_its_hash():
    texts = [{"language": "en", "text": "x" * 500, "number": number} for number in range(200)]
    said = tariff_statement("de*abc/t1", {"id": "T1", "texts": texts}, TIMES)
    entry = said.entry(0)
    assert len(entry) <= LONGEST_ENTRY
    assert len(orjson.loads(entry)["tariff_sha256"]) == 64
