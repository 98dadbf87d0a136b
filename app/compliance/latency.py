"""How much of what changed was public in time: 15, 30 and 60 seconds for statuses and prices, 24 hours for static data, or the
limits of a country's profile. Measured to the commit, which the live feed shows within a second; documents in a store follow
their own clock (`chargefeed_status_delay_seconds` in the metrics).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from app.clock import Millis, format_time
from app.compliance.element import Limits
from app.compliance.profile import Profile
from app.registry.delays import Delay, Delays, Span, What, delays, slowest

SHORT_S = (15, 30)
"""NEVI and Californian practice; the United Kingdom."""
SHOWN = 5
"""Slowest changes of a kind."""
_DATE = 10


@dataclass(frozen=True, slots=True)
class Share:
    """Of the changes of a day from a source: how many were public within a limit."""

    within_s: float
    certain: int
    possible: int
    late: int


@dataclass(frozen=True, slots=True)
class Line:
    what: What
    delays: Delays
    limits_s: tuple[float, ...]

    @property
    def day(self) -> str:
        return format_time(self.delays.day)[:_DATE]

    @property
    def shares(self) -> Iterator[Share]:
        found = self.delays
        for limit, within, late in zip(self.limits_s, found.within, found.late, strict=True):
            yield Share(limit, within, found.changes - within - late, late)

    @property
    def advice(self) -> str:
        """Why nothing can be certain."""
        every, limit = self.delays.polled_every, max(self.limits_s)
        if every is None or every <= limit * 1000:
            return ""
        return f"polled every {every / 1000:.0f} s, longer than {limit:g} s: poll more often, or have it pushed"

    def record(self) -> dict[str, Any]:
        found = self.delays
        dated = {"charger": found.by_charger, "backend": found.by_backend}
        dated["observed"] = found.changes - sum(dated.values())
        limits = [
            {"within_s": one.within_s, "certain": one.certain, "possible": one.possible, "late": one.late}
            for one in self.shares
        ]
        every = {} if found.polled_every is None else {"polled_every_s": found.polled_every / 1000}
        advice = {"advice": self.advice} if self.advice else {}
        named = {"day": self.day, "what": self.what.value, "source": found.source, "changes": found.changes}
        return {**named, "dated": dated, **every, "limits": limits, **advice}


@dataclass(frozen=True, slots=True)
class Latency:
    lines: Sequence[Line]
    slowest: Mapping[What, Sequence[Delay]]

    @property
    def is_late(self) -> bool:
        """Something was certainly public later than the longest limit."""
        return any(line.delays.late[-1] for line in self.lines)

    def record(self) -> dict[str, Any]:
        examples = {what.value: [_example(one) for one in found] for what, found in self.slowest.items()}
        return {
            "report": "latency",
            "measured_to": "published_at",
            "late": self.is_late,
            "days": [line.record() for line in self.lines],
            "slowest": examples,
        }


def limits_of(profile: Profile | None) -> dict[What, tuple[float, ...]]:
    """In seconds, the longest last: those of AFIR and shorter ones, or a profile's. What that sets none for is not measured."""
    limits = Limits() if profile is None else profile.limits
    longest = {what: limits.of(what) for what in What}
    shorter = {What.STATUS: SHORT_S, What.PRICE: SHORT_S} if profile is None else {}
    return {what: (*shorter.get(what, ()), limit) for what, limit in longest.items() if limit is not None}


def measured(engine: Engine, limits: Mapping[What, tuple[float, ...]], span: Span) -> Latency:
    lines = [
        Line(what, one, limits_s)
        for what, limits_s in limits.items()
        for one in delays(engine, what, [_millis(limit) for limit in limits_s], span)
    ]
    return Latency(lines, {what: slowest(engine, what, span, SHOWN) for what in limits})


def _millis(seconds: float) -> Millis:
    return round(seconds * 1000)


def seconds(delay: Delay) -> str:
    """`12.3 s`, `0.1 to 60.1 s`, `at least 0.1 s`."""
    low = delay.at_least / 1000
    if delay.at_most is None:
        return f"at least {low:.1f} s"
    high = delay.at_most / 1000
    return f"{low:.1f} s" if low == high else f"{low:.1f} to {high:.1f} s"


def _example(delay: Delay) -> dict[str, Any]:
    place = {"evse_uid": delay.evse_uid} if delay.evse_uid else {}
    most = {} if delay.at_most is None else {"at_most_s": delay.at_most / 1000}
    times = {"received_at": format_time(delay.received_at), "published_at": format_time(delay.published_at)}
    return {"key": delay.key, **place, "source": delay.source, **times, "at_least_s": delay.at_least / 1000, **most}
