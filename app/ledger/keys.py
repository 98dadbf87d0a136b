"""The file with the log's secret keys, one a line: all of them sign, the first names the log.

Rotation: `add_key` puts a new key in front, so that checkpoints carry both signatures; the old line is deleted once every reader
has the new public key. Backup: the file, encrypted, where the machine is not. Whoever loses it begins a new log.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from app.errors import LedgerError
from app.ledger.note import Signer, parse_signer

_MODE = 0o600
_HEAD = "# Secret. Whoever has these keys can sign for the log; a copy belongs in a safe place.\n"


def read_keys(path: Path) -> tuple[Signer, ...]:
    """Raises LedgerError where there is no such file, others may read it, or a line is no key."""
    try:
        lines = path.read_text().splitlines()
        mode = path.stat().st_mode & 0o777
    except OSError as error:
        remedy = "Make one with `chargefeed audit key`; for a log that exists, restore the backup"
        raise LedgerError(f"no key to sign with: {error.strerror}", where=str(path), remedy=remedy) from error
    if mode & 0o077:
        raise LedgerError(f"others may read the key (mode {mode:o})", where=str(path), remedy=f"chmod 600 {path}")
    keys: list[Signer] = []
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith("#"):
            try:
                keys.append(parse_signer(line))
            except LedgerError as error:
                raise LedgerError(error.what, where=f"{path}:{number}", remedy=error.remedy) from None
    if not keys:
        raise LedgerError("no key to sign with: the file is empty", where=str(path))
    return tuple(keys)


def make_key(path: Path, name: str) -> Signer:
    """A first key in a new file. Raises LedgerError where the file exists."""
    key = Signer.new(name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), [key])
    except FileExistsError:
        raise LedgerError("there is a key already", where=str(path), remedy="--rotate adds one beside it") from None
    except OSError as error:
        raise LedgerError(f"the key cannot be written: {error.strerror}", where=str(path)) from error
    return key


def add_key(path: Path) -> Signer:
    """A new key in front of those in the file, of the same name; the file is replaced whole. Raises LedgerError."""
    keys = read_keys(path)
    key = Signer.new(keys[0].name)
    aside = path.with_name(f".{path.name}.new")
    try:
        _write(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _MODE), [key, *keys])
        aside.replace(path)
    except OSError as error:
        raise LedgerError(f"the key cannot be written: {error.strerror}", where=str(path)) from error
    return key


def _write(descriptor: int, keys: Sequence[Signer]) -> None:
    with os.fdopen(descriptor, "w") as file:
        file.write(_HEAD + "".join(f"{key.text}\n" for key in keys))
        file.flush()
        os.fsync(file.fileno())
