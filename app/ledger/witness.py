"""What a log and a witness say to each other (C2SP tlog-witness, `add-checkpoint`)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence

from app.errors import ProofFailed
from app.ledger.note import Verifier, read_signatures, split_note

MOST_PROOF_LINES = 63


def request_body(old: int, proof: Sequence[bytes], note: bytes) -> bytes:
    """To have the checkpoint in `note` cosigned; the witness saw one of `old` entries before, and `proof` leads from there."""
    lines = "".join(f"{b64encode(part).decode()}\n" for part in proof)
    return f"old {old}\n{lines}\n".encode() + note


def cosignature(answer: bytes, note: bytes, witness: Verifier) -> str:
    """The witness's signature line, verified. Raises ProofFailed."""
    text, _ = split_note(note)
    for signature in read_signatures(answer):
        if (signature.name, signature.number) == (witness.name, witness.number):
            witness.check(text, signature.raw)
            return signature.line
    raise ProofFailed("the witness answered without its signature", where=witness.name)


def size_seen(answer: bytes) -> int | None:
    """What the witness saw last, by its answer 409; None where it does not say."""
    text = answer.strip()
    return int(text) if text.isdigit() and len(text) < 19 else None
