"""A session cut wherever a restriction can begin or cease to hold. Exact: volumes of the parts add up to the whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

from app.clock import Millis, from_millis
from app.tariffs.cost.facts import Phase, SessionFacts
from app.tariffs.windows import Situation, Window, clock_changes

_HOUR_SECONDS = 3600
_MILLI = Fraction(1, 1000)


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a phase throughout which every window holds, or none of it."""

    phase: Phase
    at: Millis
    """Its beginning; digits below the millisecond are cut."""
    seconds: Fraction
    kwh: Fraction
    now: Situation


def segments(
    facts: SessionFacts, windows: Sequence[Window], zone: ZoneInfo, also: Iterable[Millis] = ()
) -> Iterator[Segment]:
    """In order. `also`: further moments to cut at."""
    if not facts.phases:
        return
    reserved_from = facts.phases[0].since
    clock = clock_changes(windows, zone, reserved_from, facts.phases[-1].until)
    durations = sorted({bound for window in windows for bound in window.seconds.bounds})
    energies = sorted({bound for window in windows for bound in window.kwh.bounds})
    moments = {Fraction(at) for at in (*clock, *also)}
    charged = Fraction(0)
    for phase in facts.phases:
        began = reserved_from if phase.reservation else facts.start
        times = moments | {began + bound * 1000 for bound in durations}
        yield from _cut(phase, began, charged, times, energies, zone)
        charged += Fraction(phase.kwh)


def _cut(
    phase: Phase, began: Millis, charged: Fraction, times: set[Fraction], energies: list[Fraction], zone: ZoneInfo
) -> Iterator[Segment]:
    """`times` and `energies` (since the session began) are where to cut; each becomes a share of the phase."""
    length, kwh = phase.until - phase.since, Fraction(phase.kwh)
    cuts = {(at - phase.since) / length for at in times if phase.since < at < phase.until}
    cuts |= {(bound - charged) / kwh for bound in energies if charged < bound < charged + kwh}
    shares = [Fraction(0), *sorted(cuts), Fraction(1)]
    power, current = _power(phase), None if phase.current_a is None else Fraction(phase.current_a)
    for share, following in pairwise(shares):
        since = phase.since + share * length
        at = since.numerator // since.denominator
        now = Situation(
            local=from_millis(at).astimezone(zone),
            kwh=charged + share * kwh,
            seconds=(since - began) * _MILLI,
            power_kw=power,
            current_a=current,
            reservation=phase.reservation,
        )
        part = following - share
        yield Segment(phase, at, part * length * _MILLI, part * kwh, now)


def _power(phase: Phase) -> Fraction | None:
    """As stated, else the mean that energy and time give; None where both are missing."""
    if phase.power_kw is not None:
        return Fraction(phase.power_kw)
    if phase.until == phase.since:
        return None
    return Fraction(phase.kwh) * _HOUR_SECONDS * 1000 / (phase.until - phase.since)
