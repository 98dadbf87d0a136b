"""Measures the budgets: `deploy/bench [--evses N] [--runs N] [--rows NAME,…] [--json FILE]`."""

from __future__ import annotations

import argparse
import shlex
import shutil
import sys
import tempfile
from pathlib import Path

from tests.bench import machine
from tests.bench.report import table_text, write_json
from tests.bench.rows import ROWS, measure
from tests.bench.workbench import Workbench


def main() -> None:
    parser = argparse.ArgumentParser(prog="deploy/bench", description=__doc__)
    parser.add_argument("--evses", type=int, default=200_000, help="size of the network (default: 200000)")
    parser.add_argument("--runs", type=int, default=5, help="alternating runs of each row (default: 5)")
    parser.add_argument("--rows", default=",".join(ROWS), help=f"which (default: all): {', '.join(ROWS)}")
    parser.add_argument("--json", type=Path, help="also write the results there")
    parser.add_argument("--folder", type=Path, help="work there and keep the filled database for the next time")
    given = parser.parse_args()
    names = given.rows.split(",")
    if unknown := set(names) - ROWS.keys():
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    about, command = machine.describe(), shlex.join(["deploy/bench", *sys.argv[1:]])
    with tempfile.TemporaryDirectory(prefix="chargefeed-bench-") as folder:
        bench = Workbench(given.evses, given.runs, given.folder or Path(folder))
        rows = [row for name in names for row in measure(bench, name)]
    sys.stdout.write(table_text(rows, about, command, shutil.get_terminal_size((180, 0)).columns))
    if given.json:
        write_json(given.json, rows, about, command)


if __name__ == "__main__":
    main()
