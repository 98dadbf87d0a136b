from __future__ import annotations

import pytest

from app.clock import format_time
from app.errors import ConfigError
from app.filing.evchart.period import Period


@pytest.mark.parametrize(
    ("text", "since", "until", "due", "modules"),
    [
        ("2026Q1", "2026-01-01", "2026-04-01", "2026-04-30", (2, 3, 4)),
        ("2026q2", "2026-04-01", "2026-07-01", "2026-07-31", (2, 3, 4)),
        ("2026Q3", "2026-07-01", "2026-10-01", "2026-10-31", (2, 3, 4)),
        ("2026Q4", "2026-10-01", "2027-01-01", "2027-01-31", (2, 3, 4)),
        ("2026", "2026-01-01", "2027-01-01", "2027-03-01", (5, 6, 7, 8, 9)),
    ],
)
def test_a_period_has_its_span_its_deadline_and_its_modules(
    text: str, since: str, until: str, due: str, modules: tuple[int, ...]
) -> None:
    period = Period.parse(text)
    assert (format_time(period.since)[:10], format_time(period.until)[:10]) == (since, until)
    assert (period.due.isoformat(), period.modules) == (due, modules)


def test_the_windows_of_a_quarter_end_with_its_months() -> None:
    windows = [tuple(format_time(at)[:10] for at in window) for window in Period(2024, 1).windows]
    assert windows == [("2023-02-01", "2024-02-01"), ("2023-03-01", "2024-03-01"), ("2023-04-01", "2024-04-01")]


@pytest.mark.parametrize("text", ["2026Q5", "26Q1", "2026-Q1", ""])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="2026Q3, or 2026"):
        Period.parse(text)
