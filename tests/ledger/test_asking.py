"""What a price was at a time, by the ledger alone."""

from __future__ import annotations

import pytest

from app.clock import format_time, parse_time
from app.errors import NotInLedger
from app.ledger.asking import Asked, Auditor
from app.ledger.bundle import bundled
from app.ledger.checking import check_bundle
from tests.ledger.conftest import KEY
from tests.registry.backend import DAY, HOUR, connector, evse, location, tariff

ID = Asked("DE*ABC*E1")


def priced(id, price, **fields):
    elements = [{"price_components": [{"type": "ENERGY", "price": price, "step_size": 1, "vat": 19}]}]
    return tariff(id, elements=elements, **fields)


def site(*evses, **fields):
    return location("L1", *(evses or [evse("E1", connector(tariff_ids=["T1"]))]), **fields)


@pytest.fixture
def auditor(log):
    return Auditor(log.engine, log.store)


@pytest.fixture
def start(backend, log, clock):
    """When T1 at 0.5 € was published."""
    backend.tariffs(priced("T1", 0.5))
    backend.locations(site())
    log.seal()
    clock.advance(seconds=3600)
    return clock.now() - HOUR


def amounts(answer):
    return [[part["amount"] for price in one["prices"] for part in price["components"]] for one in answer["moments"]]


def holds(answer):
    verdict = check_bundle(bundled([answer], answer["evidence"]), [KEY.verifier])
    assert verdict.holds, verdict.findings[2]
    return verdict


def test_the_price_of_now_with_its_proof(start, auditor, clock):
    answer = auditor.price(ID, clock.now())
    (moment,) = answer["moments"]
    assert answer["evse"] == {"party": "DE*ABC", "location_id": "L1", "evse_uid": "E1", "evse_id": "DE*ABC*E1"}
    assert moment["prices"][0]["components"] == [
        {"component": "energy", "amount": "0.5", "per": "kWh", "taxes": "gross", "vat_percent": "19"}
    ]
    assert "0.50\N{NO-BREAK SPACE}€/kWh" in moment["words"]
    assert moment["feed"]["tariff_ids"] == ["T1"]
    assert [one["index"] for one in answer["evidence"]["entries"]] == moment["rests_on"] == [0, 1]
    assert [finding.holds for finding in holds(answer).findings] == [True, True, True, None]


def test_the_price_of_then_is_what_was_public_then(start, backend, log, auditor, clock):
    backend.tariffs(priced("T1", 0.7))
    log.seal()
    clock.advance(seconds=60)
    assert amounts(auditor.price(ID, clock.now())) == [["0.7"]]
    assert amounts(auditor.price(ID, start + HOUR // 2)) == [["0.5"]]


def test_the_id_may_be_written_in_any_way(start, auditor, clock):
    assert amounts(auditor.price(Asked("deabce1"), clock.now())) == [["0.5"]]
    assert amounts(auditor.price(Asked.at("de", "abc", "l1", "e1", "1"), clock.now())) == [["0.5"]]


def test_an_announced_price_is_known_ahead_and_in_time(backend, log, auditor, clock):
    begin = clock.now() + DAY
    backend.tariffs(
        priced("T1", 0.5, end_date_time=format_time(begin)), priced("T2", 0.6, start_date_time=format_time(begin))
    )
    backend.locations(site(evse("E1", connector(tariff_ids=["T1", "T2"]))))
    log.seal()
    answer = auditor.price(ID, begin + HOUR)
    assert amounts(answer) == [["0.6"]]
    published = answer["moments"][0]["published"]
    assert published["in_time"]
    assert published["delay_s"] < -80_000
    holds(answer)


def test_a_price_that_was_public_too_late_is_told(backend, log, auditor, clock):
    backend.tariffs(priced("T1", 0.5, start_date_time=format_time(clock.now() + HOUR)))
    clock.advance(seconds=7200)
    backend.locations(site())
    log.seal()
    published = auditor.price(ID, clock.now() + 1000)["moments"][0]["published"]
    assert published["due_at"] <= published["published_at"]
    assert published["limit_s"] == 60


def test_what_has_ended_has_no_price(start, backend, log, auditor, clock):
    backend.locations(site(publish=False))
    log.seal()
    answer = auditor.price(ID, clock.now() + 1000)
    assert answer["moments"][0]["prices"] == []
    holds(answer)


def test_all_prices_between_two_times(start, backend, log, auditor, clock):
    backend.tariffs(priced("T1", 0.7))
    clock.advance(seconds=3600)
    backend.locations(site(evse("E1", connector(tariff_ids=["T1"])), name="Markt"))
    backend.locations(site(evse("E1")))
    log.seal()
    answer = auditor.history(ID, 0, clock.now() + DAY)
    assert amounts(answer) == [["0.5"], ["0.7"], []]
    assert "goes_on_at" not in answer
    holds(answer)


def test_a_price_that_begins_where_there_was_none_is_a_moment(backend, log, auditor, clock):
    begin = clock.now() + DAY
    backend.tariffs(priced("T1", 0.6, start_date_time=format_time(begin)))
    backend.locations(site())
    log.seal()
    answer = auditor.history(ID, 0, begin + DAY)
    assert amounts(answer) == [[], ["0.6"]]
    assert answer["moments"][1]["at"] == format_time(begin)
    holds(answer)


def test_for_people_it_is_told_without_evidence_and_cut_where_it_is_too_much(start, backend, log, auditor, clock):
    backend.tariffs(priced("T1", 0.7))
    log.seal()
    whole = auditor.course(ID, 0, clock.now() + DAY, 10)
    assert amounts(whole) == [["0.5"], ["0.7"]]
    assert "evidence" not in whole
    assert auditor.course(ID, 0, clock.now() + DAY, 1)["goes_on_at"] == whole["moments"][1]["at"]


def test_the_tariffs_behind_a_price_are_given(start, auditor, clock):
    zone, (price,) = auditor.offers(ID, clock.now())
    assert (zone, price.tariff.id) == ("Europe/Berlin", "T1")
    assert auditor.named(Asked("deabce1"), clock.now())["location_id"] == "L1"


def test_hours_of_the_day_are_moments_too(backend, log, auditor, clock):
    night = {"price_components": [{"type": "ENERGY", "price": 0.3, "step_size": 1}]}
    day = {**night, "price_components": [{"type": "ENERGY", "price": 0.5, "step_size": 1}]}
    hours = {"start_time": "08:00", "end_time": "20:00"}
    backend.tariffs(tariff("T1", elements=[{**day, "restrictions": hours}, night]))
    backend.locations(site())
    log.seal()
    answer = auditor.history(ID, 0, clock.now() + DAY)
    assert [amount for (amount,) in amounts(answer)] == ["0.3", "0.5", "0.3"]
    assert "Then: 0.50" in answer["moments"][0]["words"]
    assert [one["at"][11:16] for one in answer["moments"][1:]] == ["07:00", "19:00"]  # Berlin, in winter


def test_long_answers_say_where_they_go_on(start, auditor, clock, monkeypatch):
    monkeypatch.setattr("app.ledger.asking.MOST_MOMENTS", 0)
    assert auditor.history(ID, 0, clock.now())["goes_on_at"][:22] == format_time(start)[:22]


@pytest.mark.parametrize(
    ("asked", "at", "words"),
    [
        (Asked("DE*ABC*E999"), "2026-06-01T00:00:00Z", "no price was ever published"),
        (ID, "2020-01-01T00:00:00Z", "knows of this EVSE from 2026-01-01T.*the log begins at"),
        (Asked("DE*ABC*E1", connector="7"), "2026-06-01T00:00:00Z", "no connector '7': 1"),
    ],
)
def test_what_cannot_be_answered_is_said(start, auditor, asked, at, words):
    with pytest.raises(NotInLedger, match=words):
        auditor.price(asked, parse_time(at))


def test_a_printed_id_that_moved_is_resolved_by_its_time(start, backend, log, auditor, clock):
    moved = clock.now()
    backend.tariffs(priced("T2", 0.9), complete=False)
    two = evse("E2", connector(tariff_ids=["T2"]), evse_id="DE*ABC*E1")
    backend.locations(site(evse("E1", connector(tariff_ids=["T1"]), evse_id="DE*ABC*E7"), two))
    log.seal()
    clock.advance(seconds=60)
    assert amounts(auditor.price(ID, moved - HOUR // 2)) == [["0.5"]]
    assert amounts(auditor.price(ID, clock.now())) == [["0.9"]]
    assert amounts(auditor.price(Asked("DE*ABC*E7"), clock.now())) == [["0.5"]]


def test_an_entry_that_is_not_sealed_yet_has_no_proof(start, backend, log, auditor, clock, monkeypatch):
    backend.tariffs(priced("T1", 0.7))
    log.sealer._sequencer.run(log.lease)
    answer = auditor.price(ID, clock.now() + 1000)
    assert [sorted(one) for one in answer["evidence"]["entries"]] == [["entry", "index", "proof"], ["entry", "index"]]
    assert not check_bundle(bundled([answer], answer["evidence"]), [KEY.verifier]).holds


def test_the_manifest_in_force_is_named(start, log, auditor, clock):
    log.note_manifest("ab" * 32)
    log.seal()
    answer = auditor.price(ID, clock.now() + 1000)
    assert answer["moments"][0]["feed"]["manifest"]["sha256"] == "ab" * 32
    holds(answer)
