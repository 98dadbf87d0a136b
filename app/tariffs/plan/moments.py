"""Sessions cut into pieces in which no price of a plan can change. In fractions, so that nothing is rounded."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

from app.clock import Millis, from_millis, to_millis
from app.tariffs.cost.facts import Phase, SessionFacts
from app.tariffs.plan.prices import Prices

_MINUTE = 60_000
_HOUR_MILLIS = 3_600_000


@dataclass(frozen=True, slots=True)
class Piece:
    local: datetime
    """Wall clock at the beginning."""
    elapsed: Fraction
    """Minutes since the session began."""
    minutes: Fraction
    kwh: Fraction
    kwh_before: Fraction
    idle_before: Fraction
    """Minutes of the session before this piece in which the car did not charge."""
    charging: bool
    power_kw: Decimal | None
    """As stated, else the mean of the phase."""


def pieces(facts: SessionFacts, prices: Prices, zone: ZoneInfo) -> Iterator[Piece]:
    """In order; reservations are no part of a plan."""
    phases = [phase for phase in facts.phases if phase.reservation is None and phase.until > phase.since]
    wall = wall_cuts(facts.start, facts.end, _edges(prices), zone)
    kwh = idle = Fraction(0)
    for phase in phases:
        since, until = Fraction(phase.since), Fraction(phase.until)
        rate = Fraction(phase.kwh) / (until - since)
        inside = {since, until}
        inside.update(map(Fraction, wall[bisect_left(wall, phase.since) : bisect_left(wall, phase.until)]))
        inside.update(Fraction(facts.start + _MINUTE * mark) for mark in _marks(prices))
        if not phase.charging and prices.occupancy:
            inside.add(since + (prices.occupancy.grace - idle) * _MINUTE)
        if rate:
            inside.update(since + (step - kwh) / rate for step in _steps(prices))
        cuts = sorted(at for at in inside if since <= at <= until)
        for begin, end in pairwise(cuts):
            piece = _piece(phase, begin, end, facts.start, rate, kwh, idle, zone)
            yield piece
            kwh += piece.kwh
            idle += 0 if phase.charging else piece.minutes


def _piece(
    phase: Phase,
    begin: Fraction,
    end: Fraction,
    start: Millis,
    rate: Fraction,
    kwh: Fraction,
    idle: Fraction,
    zone: ZoneInfo,
) -> Piece:
    return Piece(
        local=from_millis(int(begin)).astimezone(zone),
        elapsed=(begin - start) / _MINUTE,
        minutes=(end - begin) / _MINUTE,
        kwh=rate * (end - begin),
        kwh_before=kwh,
        idle_before=idle,
        charging=phase.charging,
        power_kw=phase.power_kw if phase.power_kw is not None else _mean_power(rate),
    )


def _mean_power(kwh_per_milli: Fraction) -> Decimal:
    power = kwh_per_milli * _HOUR_MILLIS
    return Decimal(power.numerator) / Decimal(power.denominator)


def wall_cuts(start: Millis, end: Millis, edges: Iterable[int], zone: ZoneInfo) -> list[Millis]:
    """When a clock on the wall reaches one of the edges (minutes of the day), or is itself moved; in order."""
    first, last = (from_millis(at).astimezone(zone) for at in (start, end))
    day = first.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None) - timedelta(1)
    found: set[Millis] = set()
    while day <= last.replace(tzinfo=None):
        for edge in edges:
            naive = day + timedelta(minutes=edge)
            for fold in (0, 1):
                found.add(to_millis(naive.replace(tzinfo=zone, fold=fold).astimezone(UTC)))
        day += timedelta(1)
    if first.utcoffset() != last.utcoffset():
        half = _HOUR_MILLIS // 2
        found.update(range(start - start % half, end + half, half))
    return sorted(at for at in found if start <= at <= end)


def _edges(prices: Prices) -> set[int]:
    windows = [window for tier in prices.tiers for window in tier.when.hours or ()]
    windows += [window for free in (prices.occupancy.exempt if prices.occupancy else ()) for window in free.hours or ()]
    return {0, *(edge for window in windows for edge in (window.begin, window.end))}


def _marks(prices: Prices) -> set[int]:
    """Minutes since the beginning."""
    marks = {int(edge) for tier in prices.tiers if tier.when.minutes for edge in _ends(tier.when.minutes)}
    if prices.free and prices.free.minutes:
        marks.add(prices.free.minutes)
    if prices.occupancy:
        marks.add(prices.occupancy.grace)
    return marks


def _steps(prices: Prices) -> set[Fraction]:
    """kWh since the beginning."""
    steps = {Fraction(edge) for tier in prices.tiers if tier.when.kwh for edge in _ends(tier.when.kwh)}
    if prices.free and prices.free.kwh:
        steps.add(Fraction(prices.free.kwh))
    return steps


def _ends(span: object) -> list[Decimal]:
    return [edge for edge in (getattr(span, "low", None), getattr(span, "high", None)) if edge is not None]
