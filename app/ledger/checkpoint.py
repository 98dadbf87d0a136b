"""Checkpoints (C2SP tlog-checkpoint): which log, how many entries, under which root; signed as a note."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass

from app.errors import ProofFailed
from app.ledger.note import Note, Signer, Verifier, open_note, sign, split_note
from app.ledger.tree import HASH_BYTES

_TEXT = re.compile(r"([^\n]+)\n(0|[1-9][0-9]{0,17})\n([A-Za-z0-9+/]{43}=)\n(?:[^\n]+\n)*")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> bytes:
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n".encode()

    def signed(self, signers: Iterable[Signer]) -> bytes:
        return sign(self.text, signers)


def open_checkpoint(note: bytes, verifiers: Iterable[Verifier]) -> tuple[Checkpoint, Note]:
    """Raises ProofFailed where it is no checkpoint, or no known key signed it."""
    opened = open_note(note, verifiers)
    return _parsed(opened.text), opened


def claimed(note: bytes) -> Checkpoint:
    """What it says, whoever signed it. Raises ProofFailed where it is no checkpoint."""
    return _parsed(split_note(note)[0])


def _parsed(text: bytes) -> Checkpoint:
    match = _TEXT.fullmatch(text.decode(errors="replace"))
    root = b64decode(match[3]) if match else b""
    if match is None or len(root) != HASH_BYTES:
        raise ProofFailed("not a checkpoint: origin, size and root, a line each")
    return Checkpoint(match[1], int(match[2]), root)
