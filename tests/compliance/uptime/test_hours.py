"""When a place is closed, on the clock there."""

from __future__ import annotations

from app.clock import parse_time
from app.compliance.uptime.hours import closed
from tests.compliance.uptime.year import body


def test_exceptional_days_go_before_the_week_and_closings_before_openings() -> None:
    case = body("hours.json")
    found = closed(case["hours"], case["zone"], parse_time(case["since"]), parse_time(case["until"]))
    assert found == [(parse_time(since), parse_time(until)) for since, until in case["closed"]]


def test_open_always_is_closed_just_exceptionally_and_unknown_hours_never() -> None:
    case = body("hours.json")
    hours = {**case["hours"], "twentyfourseven": True, "regular_hours": []}
    window = parse_time(case["since"]), parse_time(case["until"])
    assert closed(hours, case["zone"], *window) == [(window[0] + 36_000_000, window[0] + 39_600_000)]
    assert closed(None, case["zone"], *window) == []
