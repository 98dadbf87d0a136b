"""Sessions against the price that was public when they started."""

from __future__ import annotations

import copy
from pathlib import Path

import orjson
import pytest

from app.audit_session import checked, from_bundle
from app.clock import ManualClock
from app.errors import ProofFailed
from app.ledger.asking import Asked, Auditor
from app.ledger.bundle import bundled, write_bundle
from app.registry.apply import Registry
from app.registry.database import migrate, open_engine
from app.registry.policy import SourcePolicy
from app.store.directory import DirectoryStore
from tests.ledger.conftest import KEY, Log
from tests.registry.backend import Backend, connector, evse, location, tariff

DATA = Path(__file__).parents[1] / "data" / "ledger" / "billed"
CDR = orjson.loads((DATA / "cdr.json").read_bytes())
ENERGY = {"type": "ENERGY", "price": 0.5, "step_size": 1, "vat": 19}
EVENING = {
    "restrictions": {"start_time": "02:00"},
    "price_components": [{**ENERGY, "price": 0.7}],
}  # an hour into the CDR


def priced(id, *elements, **fields):
    return tariff(id, elements=[*elements, {"price_components": [ENERGY]}], **fields)


@pytest.fixture(scope="module")
def auditor(tmp_path_factory):
    """T1 costs 0.50 €/kWh from midnight, 0.90 from 1 o'clock on; TC and TU change at 2 o'clock Berlin time."""
    folder = tmp_path_factory.mktemp("billing")
    engine, clock = open_engine(f"sqlite:///{folder}/feed.db"), ManualClock()
    migrate(engine)
    backend = Backend(Registry(engine, clock, {"abc": SourcePolicy()}), clock)
    american = {"country_code": "US"}
    fee = {"price_components": [{"type": "TIME", "price": 6, "step_size": 1, "vat": 19}]}
    backend.tariffs(priced("T1"), priced("TC", EVENING), priced("TU", EVENING, **american), priced("TT", fee))
    backend.locations(
        location("L1", evse("E1", connector(tariff_ids=["T1"]))),
        location("LC", evse("EC", connector(tariff_ids=["TC"]))),
        location("LT", evse("ET", connector(tariff_ids=["TT"]))),
        location("LU", evse("EU", connector(tariff_ids=["TU"]), evse_id="US*ABC*EU"), **american),
    )
    clock.advance(seconds=3600)
    night = {"price_components": [{**ENERGY, "price": 0.9}]}
    backend.tariffs(tariff("T1", elements=[night]), complete=False)
    log = Log(engine, DirectoryStore(folder / "public"), clock)
    log.seal()
    yield Auditor(engine, log.store)
    engine.dispose()


@pytest.fixture
def judged(auditor, tmp_path):
    """The judgement of the CDR with other fields."""

    def judge(ask=auditor.price, **fields):
        (tmp_path / "cdr.json").write_bytes(orjson.dumps({**CDR, **fields}))
        (one,) = checked(tmp_path / "cdr.json", ask)
        return one.judgement

    return judge


def gross(amount):
    return {"before_taxes": 0, "taxes": [{"name": "VAT", "amount": amount}]}


def at(uid, country="DE"):
    return {"cdr_location": {"evse_id": f"{country}*ABC*{uid}", "connector_id": "1"}}


@pytest.mark.parametrize("name", ["cdr.json", "session-2.1.1.json"])
def test_the_price_of_the_start_holds_though_it_changed_during_the_session(auditor, name):
    (one,) = checked(DATA / name, auditor.price)
    assert one.judgement.holds, one.judgement.words
    assert one.answer["moments"][0]["rests_on"] == [0, 4]
    assert one.judgement.words.endswith("at 2026-01-01T00:30:00.000Z, when the session started.")


def test_a_later_price_is_too_much(judged):
    said = judged(total_cost=gross(18))
    assert (said.holds, said.words) == (False, "Differs: 8 EUR too much, in energy, all that costs.")


def test_the_component_at_fault_is_named(judged):
    stated = {"total_energy_cost": gross(10), "total_time_cost": gross(9)}
    said = judged(**at("ET"), **stated, total_cost=gross(19))
    assert (said.holds, said.words) == (False, "Differs: 3 EUR too much, in time (3 EUR too much).")
    assert [what for what, _, _ in said.amounts] == ["energy", "time", "total"]
    assert "the record does not tell" in judged(**at("ET"), total_cost=gross(19)).words


def test_a_cent_is_rounding(judged):
    assert judged(total_cost=gross(10.01)).holds
    assert not judged(total_cost=gross(10.02)).holds


def test_a_tariff_that_goes_by_the_clock_is_fixed_at_the_start_in_the_united_states(judged):
    as_it_goes, as_it_was = gross(12), gross(10)  # half of the energy after 02:00, Berlin
    assert judged(**at("EC"), total_cost=as_it_goes).words.endswith("changed by the clock during the session.")
    assert judged(**at("EC"), total_cost=as_it_was).holds
    assert "680.116(a)(2)" in judged(**at("EU", "US"), total_cost=as_it_goes).words
    assert judged(**at("EU", "US"), total_cost=as_it_was).holds


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"credit": True}, "it is a credit"),
        ({"total_cost": None}, "states no total"),
        ({"end_date_time": None}, "has not ended"),
        ({"cdr_location": {"evse_id": "#NA"}}, "at which EVSE"),
        ({"tariffs": [{"id": "GOLD"}], "total_cost": gross(18)}, "may be the price of a contract"),
        (at("E9"), "no price was ever published"),
    ],
)
def test_what_cannot_be_told_says_why(judged, fields, words):
    said = judged(**fields)
    assert said.holds is None
    assert words in said.words


def test_receipts_are_read_line_by_line(auditor):
    said = [one.judgement for one in checked(DATA / "receipts.csv", auditor.price)]
    assert [one.holds for one in said] == [True, False, None, None, False]
    assert "2.6 EUR too much" in said[1].words
    assert "receipts.csv:4: '2026-01-01 01:30' is no time with its offset" in said[2].words
    assert "the log begins at" in said[3].words
    assert "billed in CHF, published in EUR" in said[4].words


def test_a_bundle_answers_offline_like_the_ledger(auditor, judged, tmp_path):
    answer = auditor.history(Asked("DE*ABC*E1"), 0, 1_767_236_400_000)
    write_bundle(tmp_path / "a.zip", bundled([answer], answer["evidence"]), {})
    ask = from_bundle(tmp_path / "a.zip", [KEY.verifier])
    assert judged(ask) == judged()
    assert judged(ask, total_cost=gross(18)) == judged(total_cost=gross(18))
    assert "holds nothing of it" in judged(ask, **at("ET")).words


def test_a_bundle_of_a_later_time_does_not_answer(auditor, judged, tmp_path):
    answer = auditor.price(Asked("DE*ABC*E1"), 1_767_236_400_000)
    write_bundle(tmp_path / "a.zip", bundled([answer], answer["evidence"]), {})
    said = judged(from_bundle(tmp_path / "a.zip", [KEY.verifier]))
    assert (said.holds, "the bundle holds it of later only" in said.words) == (None, True), said.words


def test_a_bundle_that_was_changed_is_not_asked(auditor, tmp_path):
    answer = copy.deepcopy(auditor.price(Asked("DE*ABC*E1"), 1_767_236_400_000))
    answer["evidence"]["entries"][0]["entry"] += " "
    write_bundle(tmp_path / "a.zip", bundled([answer], answer["evidence"]), {})
    with pytest.raises(ProofFailed, match="does not hold"):
        from_bundle(tmp_path / "a.zip", [KEY.verifier])
