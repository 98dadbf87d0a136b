"""The key that partners' tokens are encrypted with at rest (Fernet: AES-128-CBC, HMAC-SHA256). One a line: the first closes, all
open; a new one in front takes the place of an old one."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.fernet import Fernet, MultiFernet

from app.errors import ConfigError

_MODE = 0o600


def open_key(path: Path) -> MultiFernet:
    """Makes the file where there is none. Raises ConfigError where it cannot be read, others may read it, or a line is no key."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _make(path)
        mode, lines = path.stat().st_mode & 0o777, path.read_text().split()
    except OSError as error:
        raise ConfigError(f"no key for partners' tokens: {error.strerror}", where=str(path)) from error
    if mode & 0o077:
        raise ConfigError(f"others may read the key (mode {mode:o})", where=str(path), remedy=f"chmod 600 {path}")
    try:
        return MultiFernet([Fernet(line) for line in lines])
    except ValueError as error:
        remedy = "Restore the file from the backup; without it every partner has to register anew"
        raise ConfigError("a key is not 32 bytes in base64", where=str(path), remedy=remedy) from error


def _make(path: Path) -> None:
    """Whole at once, so that no other process reads half a key."""
    if path.exists():
        return
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _MODE), "wb") as file:
        file.write(Fernet.generate_key() + b"\n")
    try:
        os.link(aside, path)
    except FileExistsError:
        pass  # another process was faster
    finally:
        aside.unlink()
