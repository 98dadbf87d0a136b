from __future__ import annotations

import os
import pty
import subprocess
import sys

from tests.shared import ROOT

SAYS = "from app.terminal import table; table(('what', 'result'), [('a [b]', 'ok'), ('two\\nlines', 'problem')])"
COMMAND = [sys.executable, "-c", SAYS]


def test_a_pipe_gets_one_line_per_row_with_tabs() -> None:
    said = subprocess.run(COMMAND, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said == "a [b]\tok\ntwo lines\tproblem\n"


def test_a_terminal_gets_a_table() -> None:
    ours, theirs = pty.openpty()
    subprocess.run(COMMAND, cwd=ROOT, stdout=theirs, check=True, env={**os.environ, "TERM": "xterm", "COLUMNS": "80"})
    os.close(theirs)
    said = os.read(ours, 10_000).decode()
    os.close(ours)
    assert "what" in said
    assert "a [b]" in said, "brackets are not taken for markup"
    assert "│" in said
