"""Processes of chargefeed as on machines of their own: each reaches a server's database over a line that can be cut."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.processes import children_of, free_port, kill
from tests.relay import Line, Relay
from tests.shared import ROOT


class Machine:
    """One command of chargefeed, with the settings in `config.yaml` of the folder; these name ${DATABASE} and ${PORT}."""

    def __init__(
        self, name: str, folder: Path, relay: Relay | None, database: str, environment: Mapping[str, str] | None = None
    ) -> None:
        """`name`: the command and a number (`worker-1`); `database`: its URL, behind `relay`."""
        self.name = name
        self.port = free_port()
        self.relay = relay
        self.lives = 0
        """Rises whenever something of it ends or begins."""
        self._folder = folder
        self._command = [sys.executable, "-P", "-m", "app.cli", name.partition("-")[0], "--config", "config.yaml"]
        self._environment = os.environ | {
            "DATABASE": database,
            "PORT": str(self.port),
            "PYTHONPATH": str(ROOT),
            **(environment or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def runs(self) -> bool:
        """False where it has ended, also by itself: a web server does whose process dies twice within seconds."""
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> Path:
        return self._folder / f"{self.name}.log"

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=self._folder, env=self._environment, stdout=log, stderr=log
            )
        self.lives += 1

    def ensure_running(self) -> bool:
        """Started again where it has ended, as a supervisor does. False where it had to be."""
        if self.runs:
            return True
        self.start()
        return False

    def kill(self) -> None:
        """As when it runs out of memory: this process alone; what it started ends by itself."""
        self.lives += 1
        kill(self.pid)
        self.lives += 1

    def kill_child(self) -> None:
        """One of those that it started."""
        self.lives += 1
        for child in list(children_of(self.pid))[:1]:
            os.kill(child, signal.SIGKILL)
        self.lives += 1

    def pause(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def wake(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def ask_to_stop(self) -> None:
        if self.relay is not None:
            self.relay.set(Line.PASSES)
        if self._process is not None and self.runs:
            self.wake()
            self._process.terminate()

    def stop(self) -> None:
        self.ask_to_stop()
        if self._process is not None:
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def cut(machines: Sequence[Machine], line: Line) -> None:
    for machine in machines:
        assert machine.relay is not None
        machine.relay.set(line)
