"""A log that is published at a URL or in a folder, verified and followed by somebody who does not trust it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.errors import LedgerError
from app.http.exchange import Exchange, NoAnswer
from app.ledger.checkpoint import Checkpoint, claimed, open_checkpoint
from app.ledger.note import Verifier
from app.ledger.remote import GetFile, RemoteLog
from app.ledger.verifying import verified_entries

TIMEOUT_S = 30.0
LARGEST = 1 << 25
"""Bytes: 256 entries of 64 kB take half of it."""


def open_log(where: str) -> RemoteLog:
    """`where`: what stands before `/checkpoint`."""
    where = where.rstrip("/")
    return RemoteLog(where, _over_http(where) if "://" in where else _in(Path(where)))


def grown(log: RemoteLog, trusted: Sequence[Verifier], known: Checkpoint | None) -> tuple[bytes, Checkpoint, int]:
    """The present checkpoint (as signed, and what it says), and how many entries came since the `known` one.

    Each of them is read and proved. Raises ProofFailed where the log is not the continuation of what was known, LedgerError where
    it cannot be read.
    """
    note = log.checkpoint()
    checkpoint, _ = open_checkpoint(note, trusted)
    return note, checkpoint, sum(1 for _ in verified_entries(checkpoint, log.read, known))


def read_known(path: Path) -> Checkpoint | None:
    """The checkpoint that was seen last, and verified then; None: none was."""
    try:
        return claimed(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LedgerError(f"it cannot be read: {error.strerror}", where=str(path)) from error


def write_known(path: Path, note: bytes) -> None:
    aside = path.with_name(f".{path.name}.new")
    try:
        aside.write_bytes(note)
        aside.replace(path)
    except OSError as error:
        raise LedgerError(f"it cannot be written: {error.strerror}", where=str(path)) from error


def keep_evidence(path: Path, log: RemoteLog) -> Path:
    """The checkpoint that contradicts the one in `path`, beside it."""
    evidence = path.with_name(f"{path.name}.contradicted-by")
    write_known(evidence, log.checkpoint())
    return evidence


def _over_http(where: str) -> GetFile:
    exchange = Exchange(timeout=TIMEOUT_S, largest=LARGEST)

    def get(path: str) -> bytes | None:
        try:
            answer = exchange.send("GET", f"{where}/{path}", {"Accept": "*/*"})
        except NoAnswer as error:
            raise LedgerError(error.what, where=f"{where}/{path}", remedy=error.remedy) from error
        if answer.status in (404, 410):
            return None
        if not answer.succeeded:
            raise LedgerError(answer.said, where=f"{where}/{path}", remedy="Ask again later")
        return answer.body

    return get


def _in(folder: Path) -> GetFile:
    def get(path: str) -> bytes | None:
        try:
            return (folder / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise LedgerError(f"it cannot be read: {error.strerror}", where=str(folder / path)) from error

    return get
