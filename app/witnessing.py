"""Asks witnesses to cosign checkpoints: whoever trusts them knows that all readers are shown one log.

A witness that is down or refuses holds nothing up: the log is public without its signature, and it is asked again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import structlog

from app.errors import LedgerError
from app.http.exchange import Exchange, NoAnswer
from app.ledger.checkpoint import claimed
from app.ledger.note import COSIGNATURE, parse_verifier
from app.ledger.tiles import ReadTile, TileHashes
from app.ledger.tree import consistency_proof
from app.ledger.witness import cosignature, request_body, size_seen

TIMEOUT_S = 5.0
LARGEST = 1 << 16

log = structlog.get_logger()


class Witness:
    """One of them, with what it saw last as far as this process knows."""

    def __init__(self, url: str, key: str) -> None:
        """`url`: its submission prefix; `key`: its verifier key. Raises LedgerError for a key that does not cosign."""
        self._url = f"{url.rstrip('/')}/add-checkpoint"
        self._key = parse_verifier(key)
        if self._key.algorithm != COSIGNATURE:
            raise LedgerError("not the key of a witness", where=url, remedy="Its type is 4 (C2SP tlog-cosignature)")
        self._exchange = Exchange(timeout=TIMEOUT_S, largest=LARGEST)
        self._seen = 0

    @property
    def name(self) -> str:
        return self._key.name

    def cosign(self, note: bytes, read: ReadTile) -> str:
        """Its signature line under the checkpoint. Raises LedgerError."""
        size = claimed(note).size
        for _ in range(2):
            proof = consistency_proof(min(self._seen, size), size, TileHashes(size, read))
            answer = self._send(request_body(self._seen, proof, note))
            if answer is not None:
                line = cosignature(answer, note, self._key)
                self._seen = size
                return line
        raise LedgerError(f"it saw {self._seen} entries, of {size}", where=self._url, remedy="It is asked again")

    def _send(self, body: bytes) -> bytes | None:
        """None: it saw another size, which is known now."""
        try:
            answer = self._exchange.send("POST", self._url, {"Accept": "*/*"}, body)
        except NoAnswer as error:
            raise LedgerError(error.what, where=self._url, remedy=error.remedy) from error
        seen = size_seen(answer.body) if answer.status == 409 else None
        if seen is not None:
            self._seen = seen
            return None
        if not answer.succeeded:
            raise LedgerError(
                f"the witness refuses: {answer.said}", where=self._url, remedy="Does it know this log's key?"
            )
        return answer.body


def cosigned(witnesses: Sequence[Witness], note: bytes, read: ReadTile) -> Iterator[str]:
    """The signature lines of those that sign."""
    for witness in witnesses:
        try:
            yield witness.cosign(note, read)
        except LedgerError as error:
            log.warning("witness did not sign", witness=witness.name, error=str(error))
