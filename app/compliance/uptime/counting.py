"""A port in a window, out of all that is known of it: its figure by each reading of the rule, and its outages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from app.clock import Millis, format_time
from app.compliance.uptime.excluding import Exclusions, hours
from app.compliance.uptime.figures import Class, Figure, Outage, Port, PortUptime
from app.compliance.uptime.hours import closed
from app.compliance.uptime.ports import Body
from app.compliance.uptime.sheet import MINUTE, Reading, Sheet
from app.compliance.uptime.spans import Span, Spans, both, length, merged, without
from app.compliance.uptime.timeline import TO_COME, Kinds, Segment, by_kind, decided, of_kind, silent, told, unseen
from app.compliance.uptime.window import Window, year_before
from app.registry.downtime import Downtime
from app.registry.exclusions import Entered

UP, OUTAGE = "up", "outage"
"""What a person says of a span that nobody observed."""
_NOT_UP = (Class.OUTAGE, Class.OFFLINE, Class.UNOBSERVED)


@dataclass(frozen=True, slots=True)
class Judged:
    """A port in a window."""

    uptime: PortUptime
    timeline: Sequence[Segment]
    exclusions: Exclusions

    @property
    def outages(self) -> tuple[Outage, ...]:
        """By the first reading, made when asked for: whoever wants figures alone need not wait for millions of them."""
        return tuple(map(self._outage, (one for one in self.timeline if one.kind in _NOT_UP)))

    def _outage(self, one: Segment) -> Outage:
        excluded = self.exclusions.within(one.since, one.until)
        return Outage(self.uptime.port, one.since, one.until, one.kind, one.status, one.reason, excluded, one.goes_on)


class Case(NamedTuple):
    """A port, with all that is known of it."""

    port: Port
    first: Millis | None
    """When its history begins; None: it has none."""
    hours: Body | None
    """OCPI Hours; None: nobody says when it is open."""
    zone: str
    downtimes: Sequence[Downtime]
    silences: Spans
    """In which its source said nothing."""
    said: Sequence[Entered]
    before: str | None
    """Where its printed id was before."""


def judge(case: Case, sheet: Sheet, window: Window, now: Millis) -> Judged:
    """What comes after `now` is unobserved."""
    shut = [] if sheet.hours == "counted" else closed(case.hours, case.zone, window.since, window.until)
    excluding = [one for one in case.said if one.said.says not in (UP, OUTAGE)]
    figures: list[Figure] = []
    first: tuple[list[Segment], Kinds, Exclusions] | None = None
    for reading_ in sheet.readings:
        timeline = _timeline(case, sheet, reading_, window, now, shut)
        kinds = by_kind(timeline)
        down = of_kind(kinds, *_NOT_UP)
        exclusions = Exclusions(sheet, down, excluding, shut if sheet.hours == "excluded" else [])
        figures.append(_figure(sheet, reading_, window, kinds, exclusions))
        first = first or (timeline, kinds, exclusions)
    assert first is not None
    return _judged(case, sheet, window, figures, *first)


def _timeline(case: Case, sheet: Sheet, reading_: Reading, window: Window, now: Millis, shut: Spans) -> list[Segment]:
    begin = max(window.since, case.port.since or window.since)
    end = min(window.until, now)
    found = [
        *unseen(window.since, window.until, case.port.since, case.first, now),
        *told(case.downtimes, partial(sheet.class_of, reading_), begin, end),
    ]
    if case.silences:
        found = silent(found, _clipped(case.silences, begin, end))
    up, outage = (_said(case, what, begin, end) for what in (UP, OUTAGE))
    return decided(found, up, outage, shut if sheet.hours == "outside" else [])


def _said(case: Case, what: str, since: Millis, until: Millis) -> Spans:
    return _clipped(((one.said.since, one.said.until) for one in case.said if one.said.says == what), since, until)


def _clipped(spans: Iterable[Span], since: Millis, until: Millis) -> Spans:
    return both(merged(spans), [(since, until)]) if since < until else []


def _figure(sheet: Sheet, reading_: Reading, window: Window, kinds: Kinds, exclusions: Exclusions) -> Figure:
    outside = length(of_kind(kinds, Class.OUTSIDE))
    fixed = sheet.denominator_minutes
    return Figure(
        reading_.name,
        window.length - outside if fixed is None else fixed * MINUTE,
        length(without(of_kind(kinds, Class.OUTAGE, Class.OFFLINE), exclusions.covered)),
        length(without(of_kind(kinds, Class.UNOBSERVED), exclusions.covered)),
    )


def _judged(
    case: Case,
    sheet: Sheet,
    window: Window,
    figures: Sequence[Figure],
    timeline: Sequence[Segment],
    kinds: Kinds,
    exclusions: Exclusions,
) -> Judged:
    port, figure = case.port, figures[0]
    outage = length(of_kind(kinds, Class.OUTAGE, Class.OFFLINE))
    blank = sheet.first_year == "blank" and _is_young(port, window, kinds)
    uptime = PortUptime(
        port=port,
        since=window.since,
        until=window.until,
        outage=outage,
        excluded=outage - figure.down,
        unobserved=figure.unobserved,
        uptime=None if blank else figure.lowest,
        passed=None if blank else verdict(figures, sheet),
        notes=(*_notes(case, sheet, window, figure, timeline, blank=blank), *exclusions.notes),
        uptime_if_up=None if blank else figure.highest,
        figures=tuple(figures),
        blocked=_blocked(case.downtimes, window),
    )
    return Judged(uptime, timeline, exclusions)


def _is_young(port: Port, window: Window, kinds: Kinds) -> bool:
    """Open for less than a year when the window began. One that was PLANNED inside it was not open then."""
    if port.since is not None:
        return port.since > year_before(window.since)
    return Class.OUTSIDE in kinds


def _blocked(spans: Iterable[Downtime], window: Window) -> Millis:
    ends = (
        (max(one.since, window.since), min(one.until or window.until, window.until))
        for one in spans
        if one.status == "BLOCKED"
    )
    return sum(end - begin for begin, end in ends if begin < end)


def _notes(
    case: Case, sheet: Sheet, window: Window, figure: Figure, timeline: Sequence[Segment], *, blank: bool
) -> Iterator[str]:
    if blank:
        yield "open for less than a year when the window began: no figure"
    if case.port.since is None:
        yield "nobody said since when it is open: give `operational_since` or `commissioned_on`"
    if case.first is None:
        yield "it never had a status: all of it is unobserved"
    elif case.first > max(window.since, case.port.since or window.since):
        yield f"its statuses begin on {format_time(case.first)}, inside the window: what was before is unobserved"
    if case.before is not None:
        yield f"its printed id was at {case.before} before: what was there is not counted here"
    if any(one.reason == TO_COME for one in timeline):
        yield "the window is not over: what is to come is unobserved"
    if figure.unobserved:
        yield f"{hours(figure.unobserved)} ({figure.unobserved / window.length:.2%} of the window) unobserved: decide what it was"
    if figure.is_clamped:
        yield "more was down than the rule's year holds: 0 and not below"
    if case.hours is None and sheet.hours == "outside":
        yield "nobody said when it is open: counted as open always"


def verdict(figures: Iterable[Figure], sheet: Sheet) -> bool | None:
    """None where readings do not agree, or one of them is not decided."""
    found = {figure.passed(sheet.threshold, strict=sheet.strict) for figure in figures}
    return found.pop() if len(found) == 1 else None
