"""Starts `chargefeed run` the way a person does, and asks it over HTTP."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import requests

_PATIENCE_SECONDS = 400
_OF_THIS_ENVIRONMENT = ("PYTHONPATH", "VIRTUAL_ENV", "CHARGEFEED_CONFIG")


def clean_environment() -> dict[str, str]:
    """Without what would lead another Python to the code or the packages of the tests."""
    return {name: value for name, value in os.environ.items() if name not in _OF_THIS_ENVIRONMENT}


@contextmanager
def served(command: Sequence[str | Path], folder: Path, port: int, log: Path) -> Iterator[str]:
    """The base URL, once the front page answers. `folder` is where the command is started; `log` gets what it prints."""
    url = f"http://127.0.0.1:{port}"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--port", str(port)], cwd=folder, env=clean_environment(), stdout=output, stderr=output
        )
    try:
        _wait(process, url, log)
        yield url
    finally:
        process.terminate()
        process.wait(30)
    assert process.returncode == 0, log.read_text()


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    started = time.monotonic()
    while not _answers(url):
        assert process.poll() is None, f"it ended:\n{log.read_text()}"
        assert time.monotonic() - started < _PATIENCE_SECONDS, f"no answer:\n{log.read_text()}"
        time.sleep(0.05)
    print(f"{time.monotonic() - started:.1f} s to the front page")  # noqa: T201


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=30).ok
    except requests.ConnectionError:
        return False
