"""Which files of the settings hold private keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

MARK = b"PRIVATE KEY"
LOOKED_AT = 1 << 16
"""Bytes: a chain of certificates may come before the key, and an inventory may be large."""
ENCLOSING = (".key", ".p12", ".pfx")


def secret_files(settings: BaseModel) -> list[Path]:
    """Those that exist: the ledger's key, the partners' key, certificates with their keys."""
    return sorted({path for path in _files(settings) if path.suffix in ENCLOSING or _has_key(path)})


def _has_key(path: Path) -> bool:
    with path.open("rb") as file:
        return MARK in file.read(LOOKED_AT)


def _files(part: BaseModel) -> Iterator[Path]:
    for _, value in part:
        for each in value if isinstance(value, tuple | list) else (value,):
            if isinstance(each, BaseModel):
                yield from _files(each)
            elif isinstance(each, Path) and each.is_file():
                yield each
