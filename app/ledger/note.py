"""Signed notes (C2SP signed-note) with Ed25519, and cosignatures of witnesses (C2SP tlog-cosignature).

A key has a name and a number that follows from name, algorithm and public key. Its public half is written as a *verifier key*
(`name+a1b2c3d4+AX…`), its secret half as Go's `golang.org/x/mod/sumdb/note` writes it (`PRIVATE+KEY+name+a1b2c3d4+AX…`).
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.clock import Millis
from app.errors import LedgerError, ProofFailed

ED25519, COSIGNATURE = 1, 4
MOST_SIGNATURES = 100
_KEY_BYTES = 32
_TIME_BYTES = 8
_NAME = re.compile(r"[^\s+]+")
_SECRET = "PRIVATE+KEY+"


@dataclass(frozen=True, slots=True)
class Verifier:
    name: str
    algorithm: int
    """ED25519, or COSIGNATURE for a witness."""
    public: bytes

    @property
    def number(self) -> bytes:
        """Four bytes."""
        return sha256(self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public).digest()[:4]

    @property
    def text(self) -> str:
        """As a verifier key."""
        return f"{self.name}+{self.number.hex()}+{_base64(bytes([self.algorithm]) + self.public)}"

    def check(self, text: bytes, signature: bytes) -> Millis | None:
        """When it was signed, where the signature says so. Raises ProofFailed."""
        at: Millis | None = None
        if self.algorithm == COSIGNATURE:
            seconds = int.from_bytes(signature[:_TIME_BYTES], "big")
            text, signature, at = cosigned(text, seconds), signature[_TIME_BYTES:], seconds * 1000
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except InvalidSignature:
            remedy = "Either the text was changed or the key is not the one it was signed with"
            raise ProofFailed("the signature does not fit the text", where=self.name, remedy=remedy) from None
        return at


@dataclass(frozen=True, slots=True)
class Signer:
    name: str
    seed: bytes
    """32 bytes, secret."""
    algorithm: int = ED25519

    @classmethod
    def new(cls, name: str, algorithm: int = ED25519) -> Signer:
        return cls(_named(name), Ed25519PrivateKey.generate().private_bytes_raw(), algorithm)

    @property
    def verifier(self) -> Verifier:
        return Verifier(self.name, self.algorithm, self._key.public_key().public_bytes_raw())

    @property
    def text(self) -> str:
        """The secret key, in one line."""
        return f"{_SECRET}{self.name}+{self.verifier.number.hex()}+{_base64(bytes([self.algorithm]) + self.seed)}"

    def line(self, text: bytes, at: Millis = 0) -> str:
        """The signature line under a note's text; `at` is for cosignatures, which say when."""
        if self.algorithm == ED25519:
            signature = self._key.sign(text)
        else:
            seconds = at // 1000
            signature = seconds.to_bytes(_TIME_BYTES, "big") + self._key.sign(cosigned(text, seconds))
        return f"— {self.name} {_base64(self.verifier.number + signature)}\n"

    @property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


@dataclass(frozen=True, slots=True)
class Signature:
    name: str
    number: bytes
    raw: bytes
    line: str


@dataclass(frozen=True, slots=True)
class Note:
    text: bytes
    """With its last newline; trusted, since a known key signed it."""
    signed_by: tuple[tuple[Verifier, Millis | None], ...]
    """Known keys whose signatures hold, with the time a cosignature gives."""


def sign(text: bytes, signers: Iterable[Signer]) -> bytes:
    return text + b"\n" + "".join(signer.line(text) for signer in signers).encode()


def open_note(note: bytes, verifiers: Iterable[Verifier]) -> Note:
    """Raises ProofFailed where it is no note, no known key signed it, or a signature of a known key does not hold."""
    text, signatures = split_note(note)
    known = {(verifier.name, verifier.number): verifier for verifier in verifiers}
    held: dict[Verifier, Millis | None] = {}
    for signature in signatures:
        verifier = known.get((signature.name, signature.number))
        if verifier is not None and verifier not in held:
            held[verifier] = verifier.check(text, signature.raw)
    if not held:
        signers = ", ".join(f"{one.name}+{one.number.hex()}" for one in signatures)
        trusted = ", ".join(f"{name}+{number.hex()}" for name, number in known) or "none"
        raise ProofFailed(
            f"signed by {signers}, not by a trusted key ({trusted})",
            remedy="Ask the operator for the log's public key; after a rotation it has a new one",
        )
    return Note(text, tuple(held.items()))


def split_note(note: bytes) -> tuple[bytes, list[Signature]]:
    """Text and signatures, nothing of them verified. Raises ProofFailed where it is no note."""
    text, found, lines = note.rpartition(b"\n\n")
    if not found or not lines.endswith(b"\n") or any(byte < 0x20 and byte != 0x0A for byte in note):
        raise ProofFailed("not a signed note: text, an empty line, signature lines")
    return text + b"\n", read_signatures(lines)


def read_signatures(lines: bytes) -> list[Signature]:
    """Raises ProofFailed."""
    try:
        written = lines.decode().split("\n")[:-1]
        if not 0 < len(written) <= MOST_SIGNATURES:
            raise ValueError
        return [_signature(line) for line in written]
    except ValueError:
        raise ProofFailed("not a signature line: `— name base64`") from None


def parse_verifier(text: str) -> Verifier:
    """A verifier key. Raises LedgerError."""
    name, algorithm, public = _parse(text.strip(), "public")
    verifier = Verifier(name, algorithm, public)
    if verifier.text != text.strip():
        _wrong("public", "its number is not that of the key")
    return verifier


def parse_signer(text: str) -> Signer:
    """Raises LedgerError, which does not repeat the key."""
    secret = text.strip()
    if not secret.startswith(_SECRET):
        _wrong("secret", f"it does not begin with {_SECRET}")
    name, algorithm, seed = _parse(secret.removeprefix(_SECRET), "secret")
    signer = Signer(name, seed, algorithm)
    if signer.text != secret:
        _wrong("secret", "its number is not that of the key")
    return signer


def cosigned(text: bytes, seconds: int) -> bytes:
    """What a witness signs (tlog-cosignature, Ed25519 signed message)."""
    return b"cosignature/v1\ntime %d\n" % seconds + text


def _signature(line: str) -> Signature:
    dash, name, coded = line.split(" ")
    raw = _unbase64(coded)
    if dash != "—" or not _NAME.fullmatch(name) or len(raw) < 5:
        raise ValueError
    return Signature(name, raw[:4], raw[4:], line + "\n")


def _parse(text: str, which: str) -> tuple[str, int, bytes]:
    parts: Sequence[str] = text.split("+", 2)
    try:
        name, _, coded = parts
        raw = _unbase64(coded)
    except ValueError:
        _wrong(which, "it is written name+number+base64")
    if not _NAME.fullmatch(name) or len(raw) != 1 + _KEY_BYTES or raw[0] not in (ED25519, COSIGNATURE):
        _wrong(which, "it is not one of Ed25519")
    return name, raw[0], raw[1:]


def _wrong(which: str, why: str) -> NoReturn:
    public = "Give it whole, as the log's /ledger/keys shows it"
    remedy = public if which == "public" else "`chargefeed audit key` makes a pair"
    raise LedgerError(f"not a {which} key: {why}", remedy=remedy)


def _named(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise LedgerError(
            f"{name!r} cannot name a key: no spaces and no +", remedy="Set `ledger.origin`, as charging.example/ledger"
        )
    return name


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode()


def _unbase64(text: str) -> bytes:
    """Raises ValueError."""
    try:
        return b64decode(text, validate=True)
    except Base64Error as error:
        raise ValueError(str(error)) from None
