"""Other people's programs that the tests talk to, each in an environment of its own (their pins must not become ours)."""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
import venv
from pathlib import Path

from tests.shared import ROOT


def peer_python(name: str) -> Path:
    """The Python that has what `deploy/peers/{name}.lock` lists; installed once into `.cache/peers` of the checkout."""
    lock = ROOT / "deploy" / "peers" / f"{name}.lock"
    folder = ROOT / ".cache" / "peers" / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".busy").open("w") as busy:
        fcntl.flock(busy, fcntl.LOCK_EX)
        _install(folder, lock)
    return folder / "bin" / "python"


def _install(folder: Path, lock: Path) -> None:
    stamp = folder / "installed"
    wanted = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    venv.create(folder, clear=True, with_pip=True)
    options = ["--quiet", "--disable-pip-version-check", "--require-hashes"]
    subprocess.run([folder / "bin" / "pip", "install", *options, "-r", lock], check=True)
    stamp.write_text(wanted)
