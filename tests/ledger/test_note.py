"""Signed notes as C2SP signed-note and tlog-cosignature write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import LedgerError, ProofFailed
from app.ledger.checkpoint import Checkpoint, claimed, open_checkpoint
from app.ledger.note import COSIGNATURE, Signer, open_note, parse_signer, parse_verifier, sign
from app.ledger.tree import EMPTY_ROOT
from tests.shared import ROOT

DATA = ROOT / "tests" / "data" / "ledger"
KEY = Signer("charging.example/ledger", b"\x01" * 32)
OTHER = Signer("charging.example/ledger", b"\x02" * 32)
WITNESS = Signer("witness.example/w1", b"\x03" * 32, COSIGNATURE)
POINT = Checkpoint("charging.example/ledger", 20_852_163, EMPTY_ROOT)
NOTE = POINT.signed([KEY])


def test_the_example_of_the_specification_opens():
    verifier = parse_verifier((DATA / "example.vkey").read_text())
    opened = open_note((DATA / "example.note").read_bytes(), [verifier])
    assert opened.text == b"This is an example message.\n"
    assert opened.signed_by == ((verifier, None),)


def test_keys_are_read_as_they_are_written():
    assert parse_signer(KEY.text) == KEY
    assert parse_verifier(WITNESS.verifier.text) == WITNESS.verifier


@pytest.mark.parametrize(
    "text", ["", "a+b", "name+00000000+AQ==", KEY.verifier.text.replace("+", "+0", 1), KEY.text + "x"]
)
def test_what_is_no_key_is_refused_and_not_repeated(text):
    for parse in (parse_signer, parse_verifier):
        with pytest.raises(LedgerError) as error:
            parse(text)
        assert "AQEB" not in str(error.value)


def test_a_checkpoint_says_what_it_was_made_of():
    found, note = open_checkpoint(NOTE, [KEY.verifier])
    assert found == POINT == claimed(NOTE)
    assert note.text == POINT.text


def test_unknown_signatures_are_passed_over_and_wrong_keys_named():
    both = POINT.signed([OTHER, KEY])
    assert open_checkpoint(both, [KEY.verifier])[0] == POINT
    with pytest.raises(ProofFailed, match=f"not by a trusted key .*{OTHER.verifier.number.hex()}"):
        open_checkpoint(NOTE, [OTHER.verifier])


def test_a_known_key_whose_signature_does_not_hold_spoils_the_note():
    forged = KEY.line(b"another text\n").encode()
    with pytest.raises(ProofFailed, match="does not fit"):
        open_checkpoint(POINT.signed([OTHER]) + forged, [KEY.verifier, OTHER.verifier])


def test_a_witness_says_when():
    note = NOTE + WITNESS.line(POINT.text, 1_679_315_147_000).encode()
    _, opened = open_checkpoint(note, [KEY.verifier, WITNESS.verifier])
    assert dict(opened.signed_by) == {KEY.verifier: None, WITNESS.verifier: 1_679_315_147_000}


@given(st.integers(0, len(NOTE) * 8 - 1))
def test_a_flipped_bit_anywhere_is_detected(bit):
    changed = bytearray(NOTE)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ProofFailed):
        open_checkpoint(bytes(changed), [KEY.verifier])


@pytest.mark.parametrize("text", [b"a\n1\n", b"a\n01\nx\n", b"a\n1\n" + b"A" * 44 + b"\n", b"one line\n"])
def test_what_is_signed_but_no_checkpoint_is_refused(text):
    with pytest.raises(ProofFailed, match="not a checkpoint"):
        open_checkpoint(sign(text, [KEY]), [KEY.verifier])
