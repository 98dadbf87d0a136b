"""What holds of any figure, whatever happened."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from app.compliance.uptime.counting import Case, Judged, judge
from app.compliance.uptime.figures import Cause, Class, Port
from app.compliance.uptime.sheet import read_sheet
from app.compliance.uptime.spans import Spans, both, length, merged, without
from app.compliance.uptime.window import Window
from app.registry.downtime import Downtime
from app.registry.exclusions import Entered, Level, Place, Statement

END = 10_000
SHEET = read_sheet("us_ca")
PORT = Port(1, "US*ABC", "L1", "E1", None, "USA", since=-100_000_000_000)
edges = st.lists(st.integers(0, END), max_size=12)
spans = edges.map(lambda times: merged(zip(sorted(times)[::2], sorted(times)[1::2], strict=False)))


def told(down: Spans, kind: str = "OUTOFORDER") -> list[Downtime]:
    reason = "stale" if kind == "UNKNOWN" else None
    return [Downtime(since, until, kind, reason) for since, until in down]


def said(spans: Spans, cause: Cause) -> list[Entered]:
    place = Place(Level.PORT, "us*abc/e1")
    return [
        Entered(number, Statement(place, since, until, cause.value, "W", "Y"), 0)
        for number, (since, until) in enumerate(spans, start=1)
    ]


def judged(down: Sequence[Downtime], exclusions: Sequence[Entered] = (), window: tuple[int, int] = (0, END)) -> Judged:
    case = Case(PORT, -1, None, "UTC", sorted(down, key=lambda one: one.since), [], exclusions, None)
    return judge(case, SHEET, Window("w", *window), 10 * END)


@given(spans, spans)
def test_spans_are_sets_of_moments(one: Spans, other: Spans) -> None:
    assert length(both(one, other)) + length(without(one, other)) == length(one)
    assert length(merged([*one, *other])) == length(one) + length(without(other, one))
    assert both(one, other) == both(other, one)


@given(spans, spans)
def test_more_outage_never_makes_more_uptime(down: Spans, more: Spans) -> None:
    before, after = judged(told(down)).uptime, judged(told(merged([*down, *more]))).uptime
    assert before.uptime is not None
    assert after.uptime is not None
    assert after.uptime <= before.uptime
    assert not (before.passed is False and after.passed)


@given(spans, st.lists(st.tuples(spans, st.sampled_from([*SHEET.exclusions])), max_size=3), spans)
def test_what_is_excluded_never_exceeds_the_outage(
    down: Spans, exclusions: list[tuple[Spans, Cause]], silent: Spans
) -> None:
    entered = [one for spans_, cause in exclusions for one in said(spans_, cause)]
    silence = without(silent, down)
    found = judged([*told(down), *told(silence, "UNKNOWN")], entered)
    one = found.uptime
    assert 0 <= one.excluded <= one.outage == length(down)
    assert 0 <= one.unobserved <= length(silence)
    assert all(outage.excluded_ms <= outage.duration for outage in found.outages)
    ours = {Class.OUTAGE, Class.OFFLINE}
    assert sum(outage.excluded_ms for outage in found.outages if outage.kind in ours) == one.excluded


@given(spans, spans, st.integers(1, END - 1))
def test_the_parts_of_a_window_add_up(down: Spans, excluded: Spans, cut: int) -> None:
    whole, *parts = (
        judged(told(down), said(excluded, Cause.DISASTER), window).uptime for window in ((0, END), (0, cut), (cut, END))
    )
    assert whole.outage == sum(part.outage for part in parts)
    assert whole.excluded == sum(part.excluded for part in parts)
    assert whole.figures[0] == parts[0].figures[0] + parts[1].figures[0]


@given(spans)
def test_silence_alone_is_never_a_full_figure(silent: Spans) -> None:
    one = judged(told(silent, "UNKNOWN")).uptime
    assert (one.uptime == 100) is (not silent)
    assert one.uptime_if_up == 100
