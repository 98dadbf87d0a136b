"""The soak itself, scaled: every change is seen, and what was kept for long enough is gone. How fast it was is just told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.soak import Outcome, Scale, expected_mb, report, soak, verdicts
from tests.bench.workbench import Workbench

EVSES = 80
BRIEF = Scale(minutes=0.2, rate=40, changes_s=4, statuses_s=8, figures_s=5)


def assert_whole(outcome: Outcome, evses: int) -> None:
    assert outcome.streamed == outcome.followed == outcome.written > evses * 4 >= outcome.left["history"]


def test_every_change_is_seen_and_then_forgotten(tmp_path: Path, record_property) -> None:
    outcome = soak(Workbench(EVSES, 1, tmp_path), BRIEF)
    record_property("figures", report(outcome, BRIEF))
    assert_whole(outcome, EVSES)


@pytest.mark.slow
def test_for_three_minutes_the_database_stays_below_what_is_predicted(tmp_path: Path, record_property) -> None:
    scale = Scale(minutes=3, changes_s=20, statuses_s=40, figures_s=15)
    outcome = soak(Workbench(2000, 1, tmp_path), scale)
    record_property("figures", report(outcome, scale))
    assert_whole(outcome, 2000)
    assert max(one.database for one in outcome.figures) <= expected_mb(outcome, scale)
    assert verdicts(outcome, scale)["database flat"]
