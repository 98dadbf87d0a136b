"""The relay of a real worker beside a real server: it pulls a partner's tokens, and brings it what its drivers charged."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.emsp_server import Emsp
from tests.processes import wait_for
from tests.roaming.relayed import CANARIES, relaying, said


@pytest.mark.slow
def test_tokens_come_and_sessions_go(tmp_path: Path) -> None:
    with relaying(tmp_path, "http://127.0.0.1:9/", {"emsp": {"tokens_every": 5}}) as ours, Emsp() as emsp:
        emsp.listed = [said("token")]
        ours.register(emsp, "emsp")
        log = tmp_path / "worker.log"
        environment = {**os.environ, "CHARGEFEED_CONFIG": str(ours.network.config)}
        with log.open("w") as stderr:
            command = [sys.executable, "-m", "app.cli", "worker"]
            worker = subprocess.Popen(command, env=environment, stderr=stderr)
        try:
            wait_for(lambda: ours.authorize("04A2B3C4D5CANARY")["allowed"] == "allowed", 30)
            ours.post("sessions", said("session"))
            ours.post("cdrs", said("cdr"))
            wait_for(lambda: emsp.sessions and emsp.cdrs, 30)
        finally:
            worker.terminate()
            worker.wait(15)
        assert not [canary for canary in CANARIES if canary in log.read_bytes()]
