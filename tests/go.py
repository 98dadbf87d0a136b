"""The log verified by a program that shares no code with us: `tests/ledger/verify.go`, over Go's own packages."""

from __future__ import annotations

import os
import shutil
import subprocess
from base64 import b64encode
from pathlib import Path

from app.ledger.checkpoint import Checkpoint
from tests.shared import ROOT

GO = shutil.which("go")
PACKAGES = Path("/usr/share/gocode")
THERE = GO is not None and (PACKAGES / "src/golang.org/x/mod/sumdb/tlog").is_dir()


class Verifier:
    def __init__(self, folder: Path) -> None:
        """Builds it there."""
        assert GO is not None
        self._program = folder / "verify"
        environment = {**os.environ, "GO111MODULE": "off", "GOPATH": str(PACKAGES), "GOCACHE": str(folder / "cache")}
        command = [GO, "build", "-o", str(self._program), str(ROOT / "tests" / "ledger" / "verify.go")]
        subprocess.run(command, env=environment, check=True)

    def __call__(self, key: str, where: str, known: list[Checkpoint]) -> subprocess.CompletedProcess[str]:
        """`where`: a folder or URL; `known`: checkpoints that the log must continue."""
        older = [f"{one.size}:{b64encode(one.root).decode()}" for one in known]
        return subprocess.run([self._program, key, where, *older], capture_output=True, text=True, check=False)
