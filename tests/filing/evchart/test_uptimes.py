"""Modules 3 and 4 out of hand-made figures."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from app.clock import format_time
from app.compliance.uptime.figures import Cause, Class
from app.filing.evchart.doubts import Doubts
from app.filing.evchart.period import Period
from app.filing.evchart.uptimes import outage_rows, uptime_rows
from tests.filing.evchart.material import HOUR, HandMade, outage, places, port

P1, P2, NEW = port("US-1", "P1"), port("US-1", "P2"), port("US-2", "P1")
Q3 = Period(2026, 3)


def test_a_port_has_three_rows_each_of_twelve_months() -> None:
    doubts = Doubts()
    rows = [row for row in uptime_rows(HandMade().uptimes(Q3.windows), places(), doubts) if row["port_id"] == "P1"]
    (first, _, last), new = rows[:3], rows[3]
    assert format_time(int(str(first["uptime_reporting_start"]))) == "2025-08-01T00:00:00.000Z"
    assert format_time(int(str(first["uptime_reporting_end"]))) == "2026-07-31T23:59:59.000Z"
    assert format_time(int(str(last["uptime_reporting_end"]))) == "2026-09-30T23:59:59.000Z"
    assert (last["uptime"], last["total_outage"], last["total_outage_excl"]) == tuple(
        map(Decimal, ("99.73", "1440.00", "60.00"))
    )
    assert new["uptime"] is None
    assert [(doubt.what, doubt.count) for doubt in doubts] == [("a backend was away", 1)]


def test_a_figure_with_time_that_nobody_observed_waits_for_the_operator() -> None:
    doubts = Doubts()
    (figure, *_) = HandMade().uptimes(Q3.windows)
    assert list(uptime_rows([replace(figure, unobserved=HOUR)], places(), doubts)) == []
    found = next(doubt for doubt in doubts if doubt.what == "figures with time that nobody observed")
    assert (found.count, found.kept) == (1, False)


def test_a_port_that_nobody_paid_for_is_left_out_and_one_without_a_figure_named() -> None:
    doubts = Doubts()
    figures = [figure for figure in HandMade().uptimes(Q3.windows) if figure.port.uid != "P2"]
    rows = list(uptime_rows(figures, places(), doubts))
    assert {row["port_id"] for row in rows} == {"P1"}
    assert "US-1/P2" in [example for doubt in doubts for example in doubt.examples]


def test_uptime_is_never_rounded_up_to_what_passes_nor_below_nought() -> None:
    (figure, *_) = HandMade().uptimes(Q3.windows)
    rows = [replace(figure, uptime=Decimal(percent)) for percent in ("96.9999", "-0.27")]
    said = [row["uptime"] for row in uptime_rows(rows, places(), Doubts())]
    assert said == [Decimal("96.99"), 0]


def test_outages_are_rows_and_a_port_without_one_has_a_row_that_says_so() -> None:
    doubts = Doubts()
    outages = [
        outage(P1, "2026-07-01T10:00:00Z", HOUR),
        outage(P1, "2026-07-02T10:00:00Z", HOUR, Cause.UTILITY),
        outage(P1, "2026-07-03T10:00:00Z", HOUR, Cause.VANDALISM, share=Decimal("0.5"), goes_on=True),
        outage(P1, "2026-07-04T10:00:00Z", 100),
        replace(outage(P1, "2026-07-05T10:00:00Z", HOUR), kind=Class.UNOBSERVED),
        outage(port("US-1", "P3"), "2026-07-05T10:00:00Z", HOUR),
    ]
    rows = list(outage_rows(outages, places(), doubts))
    assert [(row["port_id"], row.get("outage_duration"), row.get("excluded_outage")) for row in rows] == [
        ("P1", 60, False),
        ("P1", 60, True),
        ("P1", 60, False),
        ("P2", None, None),
        ("P1", None, None),
    ]
    assert rows[1]["excluded_outage_reason"] == 1
    assert rows[2]["excluded_outage_notes"] == "30.00 minutes of it do not count: vandalism"
    assert [(doubt.what.split(":")[0], doubt.count) for doubt in doubts] == [
        ("outages that had not ended", 1),
        ("times that nobody observed", 1),
    ]
