"""`chargefeed run` as a person starts it: processes of the operating system, HTTP, signals."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.processes import children_of, free_port, is_alive, wait_for
from tests.shared import ROOT


class Run:
    """`chargefeed run` on the demo network, in a folder of its own."""

    def __init__(self, folder: Path, number: int) -> None:
        self.port = free_port()
        self._said = folder / f"said-{number}"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CHARGEFEED_")}
        command = [sys.executable, "-m", "app.cli", "run", "--port", str(self.port)]
        with self._said.open("w") as said:
            self.process = subprocess.Popen(
                command, cwd=folder, env={**environment, "PYTHONPATH": str(ROOT)}, stdout=said, stderr=said
            )
        wait_for(lambda: "/open/stream" in self.said(), 60)

    def said(self) -> str:
        return self._said.read_text()

    def urls(self) -> list[str]:
        return re.findall(r"http://\S+", self.said())

    def children(self) -> dict[str, int]:
        """Name (worker, web, stream) → process id."""
        return {name.removeprefix("cf-"): pid for pid, name in children_of(self.process.pid).items()}

    def locations(self) -> int:
        """How many the feed has."""
        answer = requests.get(f"http://127.0.0.1:{self.port}/open/ocpi/2.2.1/locations", timeout=30)
        return int(answer.headers["X-Total-Count"])


def answers(url: str) -> bool:
    """Full documents are there once the first snapshot is."""
    with requests.get(url, timeout=30, stream=True) as answer:
        return answer.ok


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Run]]:
    runs: list[Run] = []

    def begin() -> Run:
        runs.append(Run(tmp_path, len(runs)))
        return runs[-1]

    yield begin
    for run in runs:
        run.process.terminate()
        run.process.wait(30)


def test_the_demo_network_runs_stops_and_starts_again(start: Callable[[], Run]) -> None:
    run = start()
    urls = run.urls()
    assert len(urls) == 7
    wait_for(lambda: run.locations() >= 400)
    for url in urls:
        wait_for(lambda url=url: answers(url), 60)
    metrics = requests.get(f"http://127.0.0.1:{run.port}/metrics", timeout=30).text
    assert 'chargefeed_pulls_total{kind="locations",outcome="ok",source="demo"} 1.0' in metrics, (
        "the worker counts, web says"
    )
    base = f"http://127.0.0.1:{run.port}"
    stations = requests.get(f"{base}/open/nevi/stations.json", timeout=30).text
    assert f"{base}/" in stations, "what the worker writes names the address at which it can be read"
    children = run.children()
    assert set(children) == {"worker", "web", "stream"}
    everyone = [pid for child in children.values() for pid in (child, *children_of(child))]

    run.process.send_signal(signal.SIGTERM)
    assert run.process.wait(30) == 0
    assert not any(is_alive(pid) for pid in everyone)

    again = start()
    assert again.locations() >= 400, "what was there is served from the first moment"


def test_a_worker_that_is_killed_is_started_again(start: Callable[[], Run]) -> None:
    run = start()
    before = run.children()["worker"]
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: run.children().get("worker", before) != before)
    assert run.locations() >= 0, "the feed went on"
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(30) == 0
