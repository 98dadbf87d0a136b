"""The peer `extrawest-ocpi`, in a process and an environment of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.peers import peer_python
from tests.processes import free_port, wait_for
from tests.shared import ROOT


@contextmanager
def extrawest(folder: Path, token: str) -> Iterator[str]:
    """Where its OCPI begins, `http://127.0.0.1:…/ocpi`; `folder` holds what it sends."""
    port = free_port()
    command = [peer_python("extrawest-ocpi"), ROOT / "tests" / "e2e" / "extrawest_app.py", folder, str(port), token]
    with (folder.parent / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    base = f"http://127.0.0.1:{port}/ocpi"
    try:
        wait_for(lambda: _answers(f"{base}/versions"))
        yield base
    finally:
        process.terminate()
        process.wait(20)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code < 500
    except requests.ConnectionError:
        return False
