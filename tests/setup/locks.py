"""Reads the lock files of deploy/."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement

from tests.shared import ROOT

RUN = ROOT / "deploy" / "requirements.lock"
TEST = ROOT / "deploy" / "requirements-test.lock"
PEERS = sorted((ROOT / "deploy" / "peers").glob("*.lock"))


class Pin(NamedTuple):
    requirement: Requirement
    hashes: list[str]


def pins(lock: Path) -> list[Pin]:
    """Every pinned package of a lock file, in its order."""
    statements = lock.read_text().replace("\\\n", " ").splitlines()
    wanted = [line for line in statements if line and not line.startswith("#")]
    return [Pin(Requirement(line.partition("--hash")[0]), re.findall(r"--hash=(\S+)", line)) for line in wanted]
