"""`chargefeed worker` processes that share one database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from sqlalchemy import text

from app.registry.apply import Registry
from tests.shared import ROOT

PLUGIN = ROOT / "tests" / "plugin"


class Workers:
    """Of the settings in `config.yaml` of a folder, with the sample plug-in."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.registry = Registry.open(url)
        self.all: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(PLUGIN)))}
        command = [sys.executable, "-m", "app.cli", "worker", "--config", str(self.folder / "config.yaml")]
        with (self.folder / f"log-{len(self.all)}").open("w") as log:
            self.all.append(subprocess.Popen(command, cwd=self.folder, env=environment, stderr=log))
        return self.all[-1]

    def log_of(self, worker: subprocess.Popen[bytes]) -> str:
        return (self.folder / f"log-{self.all.index(worker)}").read_text()

    def leases_of(self, worker: subprocess.Popen[bytes], prefix: str) -> list[str]:
        """Names, without the prefix, of the leases in force that it holds."""
        query = "SELECT name FROM lease WHERE name LIKE :prefix AND holder LIKE :holder"
        query += " AND expires_at > extract(epoch FROM now()) * 1000 ORDER BY name"
        with self.registry.engine.connect() as connection:
            rows = connection.execute(text(query), {"prefix": f"{prefix}%", "holder": f"%/{worker.pid}/%"})
            return [row.name.removeprefix(prefix) for row in rows]

    def close(self) -> None:
        for worker in self.all:
            if worker.poll() is None:
                worker.send_signal(signal.SIGCONT)
                worker.terminate()
                worker.wait(30)
        self.registry.engine.dispose()
