from __future__ import annotations

import json
import os
import pty
import subprocess
import sys

from tests.shared import ROOT

SAYS = """
import logging, threading
import structlog
from app import log
log.configure("worker")
structlog.get_logger().info("pull", source="a")
thread = threading.Thread(target=lambda: logging.getLogger("library").warning("from another library"))
thread.start()
thread.join()
logging.getLogger("apscheduler.scheduler").warning("skipped")
"""
COMMAND = [sys.executable, "-c", SAYS]


def test_a_pipe_gets_one_json_object_per_line() -> None:
    said = subprocess.run(COMMAND, cwd=ROOT, capture_output=True, text=True, check=True).stderr
    lines = [json.loads(line) for line in said.splitlines()]
    assert [line["event"] for line in lines] == ["pull", "from another library"]
    assert lines[0]["source"] == "a"
    assert {line["process"] for line in lines} == {"worker"}
    assert all(line["timestamp"].endswith("Z") for line in lines)


FAILS = """
import structlog
from app import log
log.configure("worker")
def ask(key):
    raise ValueError("refused")
try:
    ask("s3" + "cret")
except ValueError:
    structlog.get_logger().exception("failed")
"""


def in_a_terminal(script: str) -> str:
    ours, theirs = pty.openpty()
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, stderr=theirs, check=True)
    os.close(theirs)
    said = os.read(ours, 10_000).decode()
    os.close(ours)
    return said


def test_a_terminal_gets_words() -> None:
    said = in_a_terminal(SAYS)
    assert "pull" in said
    assert "{" not in said


def test_a_traceback_in_a_terminal_shows_no_values_of_variables() -> None:
    said = in_a_terminal(FAILS)
    assert "ValueError: refused" in said
    assert "s3cret" not in said
