"""What is started ends with who started it, also where that one dies before it could ask for that."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import is_alive, kill, wait_for
from tests.shared import ROOT

STARTER = """
import multiprocessing, os, pathlib, signal, sys, time
from app.process import end_with_parent

def child(folder, early, by):
    signal.signal(signal.SIGTERM, signal.SIG_IGN if by == signal.SIGKILL else signal.SIG_DFL)
    if early:
        end_with_parent(by)
    (folder / "pid").write_text(str(os.getpid()))
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.01)
    end_with_parent(by)
    (folder / "went on").touch()

folder, early, by = pathlib.Path(sys.argv[1]), sys.argv[2] == "early", signal.Signals[sys.argv[3]]
multiprocessing.get_context("fork").Process(target=child, args=(folder, early, by)).start()
"""


@pytest.mark.parametrize("asked", ["early", "late"])
@pytest.mark.parametrize("by", ["SIGTERM", "SIGKILL"])
def test_nothing_outlives_who_started_it(tmp_path: Path, asked: str, by: str) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-P", "-c", STARTER, str(tmp_path), asked, by], env={"PYTHONPATH": str(ROOT)}
    )
    pid = tmp_path / "pid"
    wait_for(lambda: pid.exists() and bool(pid.read_text()))
    child = int(pid.read_text())
    kill(starter.pid)
    starter.wait()
    assert not is_alive(child)
    assert not (tmp_path / "went on").exists()
