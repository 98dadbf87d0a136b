from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.errors import ConfigError
from app.supervisor import supervise
from tests.processes import free_port, is_alive, wait_for

SERVER = """
with socket.create_server(("127.0.0.1", port)) as server:
    time.sleep(600)
"""
STUBBORN = """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
note()
time.sleep(600)
"""
SLEEPER = "time.sleep(600)"
RUN = """
import json, os, signal, socket, sys, time
from functools import partial
from app import log, supervisor
log.configure("run")
supervisor.GRACE = 1.0
folder, scripts, port = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3])

def note(name):
    with open(f"{folder}/{name}", "a") as file:
        file.write(f"{os.getpid()}\\n")

def work(name, script):
    if "note()" not in script:
        note(name)
    exec(script, {**globals(), "note": partial(note, name)})

children = {name: partial(work, name, script) for name, script in scripts.items()}
addresses = [("127.0.0.1", port)] if port else []
sys.exit(supervisor.supervise(children, addresses, lambda: print("ready", flush=True)))
"""


class Run:
    """A supervisor in a process of its own; each script appends its process id to a file when it starts."""

    def __init__(self, folder: Path, scripts: dict[str, str]) -> None:
        self._folder = folder
        self.port = free_port() if SERVER in scripts.values() else 0
        command = [sys.executable, "-c", RUN, str(folder), json.dumps(scripts), str(self.port)]
        self._said = folder / "said"
        with self._said.open("w") as said:
            self.process = subprocess.Popen(command, stdout=said, stderr=said)

    def said(self) -> str:
        return self._said.read_text()

    def wait_until_ready(self) -> None:
        wait_for(lambda: "ready\n" in self.said())

    def started(self, name: str) -> list[int]:
        path = self._folder / name
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        self.process.send_signal(number)
        return self.process.wait(timeout=20), self.said()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def start(**scripts: str) -> Run:
        runs.append(Run(tmp_path, scripts))
        return runs[-1]

    yield start
    for one in runs:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_announces_what_answers_and_stops_all(run: Callable[..., Run], number: int) -> None:
    one = run(server=SERVER, other=SLEEPER)
    one.wait_until_ready()
    (server,) = one.started("server")
    code, _ = one.stop(number)
    assert (code, is_alive(server)) == (0, False)


def test_a_child_that_dies_is_started_again(run: Callable[..., Run]) -> None:
    one = run(server=SERVER)
    one.wait_until_ready()
    os.kill(one.started("server")[0], signal.SIGKILL)
    wait_for(lambda: len(one.started("server")) == 2)
    code, said = one.stop()
    assert code == 0
    assert '"child": "server", "code": -9, "restart_in": 1.0' in said


def test_a_child_that_dies_each_time_is_started_ever_more_rarely(run: Callable[..., Run]) -> None:
    one = run(broken="sys.exit(1)")
    wait_for(lambda: len(one.started("broken")) == 3)
    _, said = one.stop()
    assert '"restart_in": 1.0' in said
    assert '"restart_in": 2.0' in said


def test_a_wrong_setting_stops_all(run: Callable[..., Run]) -> None:
    one = run(server=SERVER, wrong="time.sleep(0.5); sys.exit(2)")
    assert one.process.wait(timeout=20) == 2
    assert not any(is_alive(pid) for pid in one.started("server"))


def test_a_child_that_does_not_stop_is_killed(run: Callable[..., Run]) -> None:
    one = run(stubborn=STUBBORN)
    wait_for(lambda: bool(one.started("stubborn")))
    (stubborn,) = one.started("stubborn")
    code, said = one.stop()
    assert (code, is_alive(stubborn)) == (1, False)
    assert "it did not stop" in said


def test_children_do_not_outlive_a_killed_supervisor(run: Callable[..., Run]) -> None:
    one = run(server=SERVER)
    one.wait_until_ready()
    (server,) = one.started("server")
    one.process.kill()
    wait_for(lambda: not is_alive(server))


def test_a_taken_port_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        children = {"one": lambda: (tmp_path / "one").touch()}
        with pytest.raises(ConfigError, match=f"127.0.0.1:{port}: cannot listen there: .*--port"):
            supervise(children, [("127.0.0.1", port)], lambda: None)
    time.sleep(0.1)
    assert not (tmp_path / "one").exists()
