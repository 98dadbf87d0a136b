"""Checkpoints are cosigned by witnesses, and go out without them where they do not sign."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from app.clock import ManualClock
from app.errors import LedgerError
from app.ledger.checkpoint import open_checkpoint
from app.ledger.note import COSIGNATURE, Signer
from app.registry.database import migrate, open_engine
from app.store.directory import DirectoryStore
from app.witnessing import Witness, cosigned
from tests.ledger.conftest import KEY, Log
from tests.ledger.test_sealing import add
from tests.witness_server import WitnessServer

SIGNER = Signer("witness.example/w1", b"\x03" * 32, COSIGNATURE)


@pytest.fixture
def log(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path}/ledger.db")
    migrate(engine)
    yield Log(engine, DirectoryStore(tmp_path / "public"), ManualClock())
    engine.dispose()


@pytest.fixture
def server() -> Iterator[WitnessServer]:
    server = WitnessServer(SIGNER, KEY.verifier)
    yield server
    server.stop()


def witness(server):
    return Witness(server.url, SIGNER.verifier.text)


def grow(log, witnesses, count):
    """How many signed."""
    add(log, count)
    log.seal()
    return log.sealer.cosign(partial(cosigned, witnesses))


def signers(log):
    note, _ = log.shelf.read_checkpoint()
    return {verifier.name for verifier, _ in open_checkpoint(note, [KEY.verifier, SIGNER.verifier])[1].signed_by}


def test_each_checkpoint_is_cosigned_with_a_proof_from_the_one_before(log, server):
    one = witness(server)
    for count in (1, 300, 7):
        assert grow(log, [one], count) == 1
        assert signers(log) == {KEY.name, SIGNER.name}
    assert server.seen.size == 308
    assert server.answers == [200, 200, 200]


def test_a_process_that_just_began_learns_what_the_witness_saw(log, server):
    grow(log, [witness(server)], 5)
    assert grow(log, [witness(server)], 5) == 1
    assert server.answers == [200, 409, 200]


def test_a_cosigned_checkpoint_is_sealed_on_and_cosigned_once(log, server):
    one = witness(server)
    grow(log, [one], 5)
    assert log.seal() == 0
    before = log.shelf.read_checkpoint()
    assert log.sealer.cosign(partial(cosigned, [one])) == 1
    assert log.shelf.read_checkpoint() == before


def test_a_witness_that_refuses_or_is_down_holds_nothing_up(log, server):
    server.log = Signer("another.example/log", KEY.seed).verifier
    one = witness(server)
    assert grow(log, [one], 5) == 0
    server.stop()
    assert grow(log, [one], 5) == 0
    assert log.checkpoint().size == 10
    assert signers(log) == {KEY.name}


def test_a_signature_that_does_not_hold_is_not_published(log, server):
    server.key = Signer(SIGNER.name, b"\x08" * 32, COSIGNATURE)
    assert grow(log, [witness(server)], 5) == 0


def test_a_key_that_does_not_cosign_is_refused():
    with pytest.raises(LedgerError, match="not the key of a witness"):
        Witness("http://127.0.0.1:1", KEY.verifier.text)
