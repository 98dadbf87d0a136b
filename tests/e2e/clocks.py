"""Clocks of machines that a test sets while they run (libfaketime); what passes evenly passes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shared import ROOT

FOUND = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
SHIM = ROOT / "tests" / "e2e" / "shims" / "clock"
SEEN_WITHIN_S = 1


class SetClock:
    def __init__(self, file: Path) -> None:
        self._file = file
        self.set(0)

    @property
    def environment(self) -> dict[str, str]:
        """Of a process that goes by it."""
        if not FOUND:
            pytest.skip("no libfaketime: apt-get install libfaketime (deploy/test does it as root)")
        return {
            "LD_PRELOAD": str(FOUND[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": str(SEEN_WITHIN_S),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
            "PYTHONPATH": f"{SHIM}:{ROOT}",
        }

    def set(self, ahead_s: int) -> None:
        new = self._file.with_suffix(".new")
        new.write_text(f"{ahead_s:+d}\n")
        new.replace(self._file)
