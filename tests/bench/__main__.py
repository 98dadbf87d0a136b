"""Measures the budgets: `deploy/bench [--evses N,…] [--runs N] [--rows NAME,…] [--json FILE] [--markdown FILE]`, or soaks:
`deploy/bench --soak [MINUTES]`.

Networks of 10,000, 200,000 and 1,000,000 EVSEs are built once, which takes half an hour, and kept in `.cache/bench`.
"""

from __future__ import annotations

import argparse
import shlex
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from tests.bench import machine
from tests.bench.profiling import profiled
from tests.bench.progress import Progress
from tests.bench.report import Missing, Row, table_text, write_json, write_markdown
from tests.bench.rows import ROWS, chosen, measure
from tests.bench.soak import Scale, line, report, soak, verdicts
from tests.bench.workbench import Workbench, builders_version

SIZES = (10_000, 200_000, 1_000_000)
CACHE = Path(__file__).parent.parent.parent / ".cache" / "bench"

SOAKED = 2000
"""EVSEs: as many as the demo network."""


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="deploy/bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--evses", type=_sizes, default=SIZES, help=f"sizes (default: {','.join(map(str, SIZES))})")
    parser.add_argument("--runs", type=int, default=5, help="alternating runs of each row (default: 5)")
    parser.add_argument("--rows", default=",".join(ROWS), help=f"which (default: all): {', '.join(ROWS)}")
    parser.add_argument("--json", type=Path, help="also write the results there")
    parser.add_argument("--markdown", type=Path, help="also write the table there, as deploy/scale.md has it")
    parser.add_argument("--profile", type=Path, help="also write there where the time of each row goes")
    parser.add_argument("--folder", type=Path, default=CACHE, help="where networks are kept (default: .cache/bench)")
    told = "instead: changes for so many minutes (default: 15), and whether memory, latency and the database stay as they are"
    parser.add_argument("--soak", type=float, nargs="?", const=15, metavar="MINUTES", help=told)
    given = parser.parse_args()
    kept = given.folder / builders_version()
    if given.soak is not None:
        _soak(given.soak, kept)
        return
    names = given.rows.split(",")
    if unknown := set(names) - ROWS.keys():
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and so end what was started
    about, command = machine.describe(), shlex.join(["deploy/bench", *sys.argv[1:]])
    progress = Progress()
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="run-", dir=kept) as folder:
        bench = Workbench(0, given.runs, Path(folder), kept, progress)
        rows: list[Row | Missing] = []
        for evses, name in chosen(given.evses, names):
            with profiled(given.profile and given.profile / f"{name}-{evses}.txt", command):
                rows += measure(bench.sized(evses), name, progress)
    sys.stdout.write(table_text(rows, about, command, shutil.get_terminal_size((180, 0)).columns))
    if given.json:
        write_json(given.json, rows, about, command)
    if given.markdown:
        write_markdown(given.markdown, rows, about, command)


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(size.replace("_", "")) for size in text.split(","))


def _soak(minutes: float, kept: Path) -> None:
    """Exit code 1 where something was not as it should."""
    scale = Scale(minutes)
    with tempfile.TemporaryDirectory(prefix="chargefeed-soak-") as temporary:
        outcome = soak(
            Workbench(SOAKED, 1, Path(temporary), kept), scale, lambda one: sys.stderr.write(f"{line(one)}\n")
        )
    sys.stdout.write(report(outcome, scale))
    sys.exit(not all(verdicts(outcome, scale).values()))


if __name__ == "__main__":
    main()
