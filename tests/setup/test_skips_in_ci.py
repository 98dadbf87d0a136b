"""In CI a skipped test fails the session and is named."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shared import ROOT

_SHARED = (
    "__init__",
    "certificates",
    "conftest",
    "go",
    "mariadb",
    "mosquitto",
    "postgres",
    "processes",
    "rabbitmq",
    "shared",
)
_SKIPPING = """
import pytest

def test_runs() -> None:
    pass

def test_skips() -> None:
    pytest.skip("no such binary")

@pytest.mark.xfail(strict=True)
def test_known_to_fail() -> None:
    raise AssertionError
"""


@pytest.mark.setup
@pytest.mark.parametrize("ci", [True, False])
@pytest.mark.parametrize("extra", [[], ["-n", "1"]], ids=["one-process", "xdist"])
def test_a_skip_fails_the_session_in_ci_only(tmp_path: Path, ci: bool, extra: list[str]) -> None:
    tests = tmp_path / "tests"
    tests.mkdir()
    for name in _SHARED:
        shutil.copy(ROOT / "tests" / f"{name}.py", tests)
    (tests / "test_skipping.py").write_text(_SKIPPING)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\npythonpath = .\n")
    answer = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *extra],
        cwd=tmp_path,
        env={**os.environ, "CI": "true" if ci else ""},
        capture_output=True,
        text=True,
    )
    assert "1 passed, 1 skipped, 1 xfailed" in answer.stdout
    assert answer.returncode == (1 if ci else 0)
    assert ("tests/test_skipping.py::test_skips: Skipped: no such binary" in answer.stdout) is ci
