"""The bench itself, on a small network: every budget is measured. How fast it was stands in the summary of the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench import machine
from tests.bench.progress import Progress
from tests.bench.report import Missing, table_text
from tests.bench.rows import ROWS, measure
from tests.bench.workbench import Workbench

EVSES = 2_000


@pytest.mark.bench
def test_every_budget_is_measured(tmp_path: Path, record_property):
    bench, progress = Workbench(EVSES, runs=1, folder=tmp_path), Progress()
    rows = [row for name in ROWS for row in measure(bench, name, progress)]
    record_property("table", table_text(rows, machine.describe(), f"deploy/bench --evses {EVSES} --runs 1"))
    missing = [row for row in rows if isinstance(row, Missing)]
    if missing:
        pytest.skip("; ".join(f"{row.what}: {row.why}" for row in missing))
