"""On what a bench ran."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("orjson", "sqlalchemy", "isal", "flask", "granian", "pydantic")


def describe() -> dict[str, str]:
    return {
        "machine": f"{_processor()}, {len(os.sched_getaffinity(0))} cores, {_memory()} GB, Linux {platform.release()}",
        "python": platform.python_version(),
        "libraries": ", ".join(
            [f"{name} {version(name)}" for name in LIBRARIES] + [f"SQLite {sqlite3.sqlite_version}"]
        ),
        "chargefeed": _commit(),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "load at start": f"{os.getloadavg()[0]:.2f}",
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory() -> int:
    return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30)


def _commit() -> str:
    here = Path(__file__).parent
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=here, capture_output=True, text=True, check=False
    )
    return told.stdout.strip() or version("chargefeed")
