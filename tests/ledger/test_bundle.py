"""A bundle proves what it says to somebody who trusts nobody, and nothing that was changed in it passes."""

from __future__ import annotations

import copy
import zipfile

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clock import ManualClock
from app.errors import ProofFailed
from app.ledger.asking import Asked, Auditor
from app.ledger.bundle import bundled, read_bundle, write_bundle
from app.ledger.checking import check_bundle
from app.ledger.note import Signer
from app.registry.apply import Registry
from app.registry.database import migrate, open_engine
from app.registry.policy import SourcePolicy
from app.store.directory import DirectoryStore
from tests.ledger.conftest import KEY, Log
from tests.registry.backend import Backend, connector, evse, location, tariff

ABOUT = {"operator": "Stadtwerke <b>", "origin": KEY.name, "made": "2026-01-01T00:00:00.000Z"}
OTHER = Signer("other.example/ledger", b"\x09" * 32)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundle")
    engine, clock = open_engine(f"sqlite:///{folder}/feed.db"), ManualClock()
    migrate(engine)
    backend = Backend(Registry(engine, clock, {"abc": SourcePolicy()}), clock)
    backend.tariffs(tariff("T1"))
    backend.locations(
        location("L1", evse("E1", connector(tariff_ids=["T1"])), evse("E2", connector(tariff_ids=["T1"])))
    )
    log = Log(engine, DirectoryStore(folder / "public"), clock)
    log.seal()
    auditor = Auditor(engine, log.store)
    answer = auditor.price(Asked("DE*ABC*E1"), clock.now() + 1000)
    engine.dispose()
    return bundled([answer], answer["evidence"])


@pytest.fixture(scope="module")
def path(bundle, tmp_path_factory):
    path = tmp_path_factory.mktemp("zip") / "audit.zip"
    write_bundle(path, bundle, ABOUT)
    return path


def verdicts(bundle, keys=(KEY.verifier,)):
    return {finding.what: finding.holds for finding in check_bundle(bundle, keys).findings}


def test_a_bundle_is_read_as_it_was_written_and_holds(bundle, path):
    assert read_bundle(path) == bundle
    assert verdicts(read_bundle(path)) == {"signature": True, "entries": True, "answers": True, "completeness": None}


def test_an_answer_as_json_is_checked_like_a_bundle(bundle, tmp_path):
    answer = {**bundle.answers[0], "evidence": bundle.evidence}
    path = tmp_path / "proof.json"
    path.write_bytes(orjson.dumps({"data": answer, "status_code": 1000}))
    assert read_bundle(path) == bundle
    path.write_bytes(orjson.dumps({"evidence": bundle.evidence}))
    assert verdicts(read_bundle(path)) == {"signature": True, "entries": True, "answers": True, "completeness": None}


def test_it_is_readable_without_us(path):
    with zipfile.ZipFile(path) as file:
        names = {"README.txt", "answers.json", "evidence.json", "checkpoint", "key", "prices.csv", "index.html"}
        assert set(file.namelist()) == names
        assert "DE*ABC*E1,L1,E1,1,2026-01-01" in file.read("prices.csv").decode()
        page = file.read("index.html").decode()
    assert "Stadtwerke &lt;b&gt;" in page
    assert "0.50\N{NO-BREAK SPACE}€/kWh" in page


def test_the_key_that_comes_with_it_proves_only_that_it_fits_together(bundle):
    assert verdicts(bundle, ())["signature"] is None


def test_the_bundle_of_another_operator_is_told(bundle):
    assert verdicts(bundle, [OTHER.verifier]) == {"signature": False, "answers": None}


def test_a_changed_answer_no_longer_follows(bundle):
    for change in (
        lambda moment: moment["prices"][0]["components"][0].update(amount="0.01"),
        lambda moment: moment.update(at="2026-06-01T00:00:00.000Z", words="free of charge"),
        lambda moment: moment["published"].update(in_time=False),
        lambda moment: moment.update(rests_on=[0]),
        lambda moment: moment.update(rests_on="x"),
    ):
        changed = copy.deepcopy(bundle)
        change(changed.answers[0]["moments"][0])
        assert verdicts(changed)["answers"] is False


@given(st.integers(0, 10**9))
def test_a_flipped_bit_in_the_evidence_is_detected(bundle, at):
    """In what proves something: entries, proofs and checkpoint; spaces and names of members prove nothing."""
    changed = copy.deepcopy(bundle)
    parts = [(changed.evidence, "checkpoint")]
    for entry in changed.evidence["entries"]:
        parts += [(entry, "entry"), *((entry["proof"], number) for number in range(len(entry["proof"])))]
    holder, name = parts[at % len(parts)]
    text = bytearray(holder[name].encode())
    bit = at // len(parts) % (len(text) * 8)
    text[bit // 8] ^= 1 << bit % 8
    holder[name] = text.decode(errors="replace")
    assert not check_bundle(changed, [KEY.verifier]).holds


@given(st.integers(0, 10**9))
def test_a_flipped_bit_in_the_file_is_detected_or_changes_nothing(bundle, path, at):
    whole = path.read_bytes()
    changed = bytearray(whole)
    changed[at % len(whole)] ^= 1 << at // len(whole) % 8
    broken = path.with_name("broken.zip")
    broken.write_bytes(changed)
    try:
        read = read_bundle(broken)
    except ProofFailed:
        return
    assert read == bundle or not check_bundle(read, [KEY.verifier]).holds


@pytest.mark.parametrize("body", [b"", b"not a zip", orjson.dumps([])])
def test_what_is_no_bundle_is_said(tmp_path, body):
    (tmp_path / "x.zip").write_bytes(body)
    with pytest.raises(ProofFailed, match=r"not a (whole )?bundle"):
        read_bundle(tmp_path / "x.zip")


def test_an_entry_of_another_log_does_not_pass(bundle):
    changed = copy.deepcopy(bundle)
    changed.evidence["entries"][0]["entry"] = changed.evidence["entries"][1]["entry"]
    assert verdicts(changed)["entries"] is False
