"""`chargefeed doctor` finds nothing wrong with `chargefeed run`; SIGHUP has it read its settings anew while readers read on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.processes import children_of, free_port, wait_for
from tests.shared import ROOT

CONFIG = """
operator: {{name: {name}}}
web: {{port: {port}, threads: {threads}}}
sources:
  - {{name: {source}, type: file, inventory: {folder}/inventory.csv, country_code: DE, party_id: SWM}}
"""
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
FOLDER = ROOT / "tests" / "data" / "file"


class Installation:
    """`chargefeed run` by settings of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.config = folder / "chargefeed.yaml"
        self._log = folder / "log"
        self.configure("Before")
        with self._log.open("w") as log:
            self.process = subprocess.Popen(self._command("run"), env=ENVIRONMENT, stdout=log, stderr=log)

    def _command(self, name: str) -> list[str]:
        return [sys.executable, "-m", "app.cli", name, "--config", str(self.config)]

    def doctor(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self._command("doctor"), env=ENVIRONMENT, capture_output=True, text=True, check=False)

    def configure(self, name: str, source: str = "depot", threads: int = 4) -> None:
        self.config.write_text(CONFIG.format(name=name, source=source, folder=FOLDER, port=self.port, threads=threads))

    def reload(self) -> None:
        self.process.send_signal(signal.SIGHUP)

    def log(self) -> str:
        return self._log.read_text()

    def worker(self) -> int | None:
        return next((pid for pid, name in children_of(self.process.pid).items() if name == "cf-worker"), None)

    def operator(self) -> str:
        catalogue = requests.get(f"{self.url}/open/catalog.jsonld", timeout=30)
        return next((name for name in ("Before", "After") if name in catalogue.text), catalogue.text)


@contextmanager
def reader(url: str) -> Iterator[list[str]]:
    """Asks again and again, by a new connection each time; yields what was no good answer."""
    bad: list[str] = []
    over = threading.Event()

    def read() -> None:
        while not over.wait(0.01):
            try:
                answer = requests.get(url, timeout=30)
                if answer.status_code != 200:
                    bad.append(f"{answer.status_code} {answer.text[:200]}")
            except requests.RequestException as error:
                bad.append(str(error))

    thread = threading.Thread(target=read)
    thread.start()
    yield bad
    over.set()
    thread.join()


def test_new_settings_are_taken_up_while_the_feed_answers_and_bad_ones_are_refused(
    tmp_path: Path,
) -> None:
    run = Installation(tmp_path)
    try:
        wait_for(lambda: "/open/stream" in run.log(), 60)
        wait_for(lambda: run.operator() == "Before", 30)
        wait_for(lambda: requests.get(f"{run.url}/readyz", timeout=30).ok, 30)
        diagnosis = run.doctor()
        assert (diagnosis.returncode, "problem" in diagnosis.stdout) == (0, False), diagnosis.stdout
        worker = run.worker()
        with reader(f"{run.url}/open/ocpi/2.2.1/locations?limit=1") as bad:
            run.configure("Broken", source="NOT A NAME")
            run.reload()
            wait_for(lambda: "settings refused, the old ones go on" in run.log())
            assert "chargefeed.yaml:5" in run.log()
            assert run.worker() == worker
            os.kill(worker or 0, signal.SIGKILL)
            wait_for(lambda: '"child": "worker", "code": 2' in run.log())
            run.configure("Moved", threads=5)
            run.reload()
            wait_for(lambda: "web.threads: it cannot change while it runs" in run.log())
            run.configure("After")
            run.reload()
            wait_for(lambda: run.worker() not in (worker, None), 30)
            wait_for(lambda: run.operator() == "After", 30)
            wait_for(lambda: "settings read anew" in run.log())
        assert bad == []
    finally:
        run.process.terminate()
        assert run.process.wait(30) == 0
