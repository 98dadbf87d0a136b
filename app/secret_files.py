"""Which files of the settings hold private keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

MARK = b"PRIVATE KEY"
ENCLOSING = (".key", ".p12", ".pfx")


def secret_files(settings: BaseModel) -> list[Path]:
    """Those that exist: the ledger's key, the partners' key, certificates with their keys."""
    return sorted({path for path in _files(settings) if path.suffix in ENCLOSING or MARK in path.read_bytes()})


def _files(part: BaseModel) -> Iterator[Path]:
    for _, value in part:
        for each in value if isinstance(value, tuple | list) else (value,):
            if isinstance(each, BaseModel):
                yield from _files(each)
            elif isinstance(each, Path) and each.is_file():
                yield each
