"""A charge point's own time: believed, put into the past where it was queued, or left out where its clock is wrong."""

from __future__ import annotations

import pytest

from app.clock import parse_time
from app.sources.ocpp.times import Gap, judged

NOW = parse_time("2026-11-02T12:00:00Z")
GAP = Gap(parse_time("2026-11-02T08:00:00Z"), parse_time("2026-11-02T11:50:00Z"))


@pytest.mark.parametrize(
    ("said", "occurred_at", "queued"),
    [
        (None, None, False),
        ("2026-11-02T11:59:30Z", "2026-11-02T11:59:30Z", False),
        ("2026-11-02T12:02:00Z", "2026-11-02T12:00:00Z", False),  # never in the future
        ("2026-11-02T09:00:00Z", "2026-11-02T09:00:00Z", True),
        ("2026-11-02T07:00:00Z", None, False),  # before it was last heard: a clock that is wrong
        ("2026-11-02T13:00:00Z", None, False),
        ("1970-01-01T00:00:05Z", None, False),
        ("2099-12-31T23:59:59Z", None, False),
    ],
)
def test_a_time_is_believed_within_five_minutes_or_in_the_gap_without_connection(said, occurred_at, queued):
    when = judged(said and parse_time(said), NOW, GAP)
    assert when.occurred_at == (occurred_at and parse_time(occurred_at))
    assert when.queued == queued
    assert when.at == (when.occurred_at if queued else NOW)
    assert (when.skew is not None) == (said is not None and occurred_at is None)


def test_without_a_connection_before_there_is_no_queue():
    assert not judged(parse_time("2026-11-02T09:00:00Z"), NOW, None).queued


def test_the_charge_point_may_say_that_it_was_offline():
    assert judged(parse_time("2026-11-02T05:00:00Z"), NOW, None, offline=True).queued
