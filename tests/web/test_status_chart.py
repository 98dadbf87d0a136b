"""A strip shows what somebody saw: what nobody did is neither free nor anything else, and what is short is still seen."""

from __future__ import annotations

import re

import pytest

from app.registry.timeline import NOT_KEPT, Span
from app.web.status_chart import WIDTH, kind_of, strip

HOUR = 3_600_000


def told(*spans: tuple[str | None, int]) -> dict[str, tuple[float, str]]:
    """Share and path by kind, of spans with their hours."""
    at, found = 0, []
    for status, hours in spans:
        found.append(Span(status, at, at + hours * HOUR))
        at += hours * HOUR
    return {share.kind: (share.part, share.path) for share in strip(found, 0, at).shares}


def test_what_nobody_observed_is_nothing_else() -> None:
    assert told((None, 6), ("AVAILABLE", 2), (None, 2)) == {
        "free": (0.2, "M600.0 0V28H800.0V0Z"),
        "unobserved": (0.8, "M0.0 0V28H600.0V0Z M800.0 0V28H1000.0V0Z"),
    }
    assert told((NOT_KEPT, 1), (None, 1)).keys() == {"unkept", "unobserved"}
    assert kind_of("UNKNOWN") == "unknown"


def test_a_short_outage_in_a_month_is_seen_and_not_rounded_away() -> None:
    shares = told(("AVAILABLE", 719), ("OUTOFORDER", 1))
    assert shares["free"][0] == 719 / 720
    part, path = shares["broken"]
    assert part == 1 / 720
    left, right = map(float, re.findall(r"[MH]([\d.]+)", path))
    assert right - left >= 1
    assert right == WIDTH


@pytest.mark.parametrize("status", ["CHARGING", "RESERVED", "BLOCKED"])
def test_what_will_be_free_again_is_in_use(status: str) -> None:
    assert told((status, 1)).keys() == {"busy"}


def test_many_changes_stay_a_short_path() -> None:
    spans = [("AVAILABLE" if number % 2 else "CHARGING", 1) for number in range(20_000)]
    assert all(len(path) < 50_000 for _, path in told(*spans).values())
