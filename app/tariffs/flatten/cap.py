"""The cap of an occupancy fee that counts from the beginning of a session.

OCPI can end a price by time since the session began, not by what it has added up to. Without exempt hours both are the same.
With them (ocpi#566) the price ends when the cap is reached at the latest, however the session lies to the exempt hours: what
is published never falls below the plan, and lies above it by a known amount at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from math import ceil

from app.tariffs.plan.exemptions import fee_spans
from app.tariffs.plan.prices import Exemption, Occupancy

_WEEK_MINUTES = 7 * 1440
_CLOCK_SHIFT = 60
"""Minutes by which daylight saving can lengthen exempt hours, or fee hours."""


@dataclass(frozen=True, slots=True)
class CapEnd:
    seconds: int
    """Since the session began."""
    over: Decimal
    """Most that the published fee exceeds the cap, in the currency."""


def cap_end(fee: Occupancy) -> CapEnd | None:
    """None where there is no cap, or where the fee counts from the end of charging."""
    if fee.cap is None or fee.starts != "session":
        return None
    fee_seconds = fee.cap / fee.minute * 60
    if not fee.exempt:
        seconds = ceil(fee_seconds)
        return CapEnd(fee.grace * 60 + seconds, (seconds - fee_seconds) * fee.minute / 60)
    needed = ceil(fee.cap / fee.minute)
    length = _longest_until(fee.exempt, needed) + _CLOCK_SHIFT
    most = min(_most_within(fee.exempt, length) + _CLOCK_SHIFT, length)
    return CapEnd((fee.grace + length) * 60, max(most * fee.minute - fee.cap, Decimal(0)))


@lru_cache(maxsize=256)
def _longest_until(exempt: tuple[Exemption, ...], needed: int) -> int:
    """The most minutes that pass until `needed` minutes with the fee have; worst where an exemption begins."""
    spans = fee_spans(exempt)
    per_week = sum(end - begin for begin, end in spans)
    weeks, rest = divmod(needed, per_week)
    if not rest:
        weeks, rest = weeks - 1, per_week
    return weeks * _WEEK_MINUTES + max(_passed(spans, end, rest) for _, end in spans)


def _passed(spans: list[tuple[int, int]], start: int, needed: int) -> int:
    """Minutes from `start` until `needed` minutes with the fee are over."""
    for week in (0, _WEEK_MINUTES, 2 * _WEEK_MINUTES):
        for begin, end in spans:
            inside = end + week - max(begin + week, start)
            if inside >= needed:
                return max(begin + week, start) + needed - start
            needed -= max(inside, 0)
    raise AssertionError("less than a week of fee in two weeks")


@lru_cache(maxsize=256)
def _most_within(exempt: tuple[Exemption, ...], length: int) -> int:
    """The most minutes with the fee in any stretch of `length` minutes: it begins or ends where a span of the fee does."""
    spans = fee_spans(exempt)
    per_week = sum(end - begin for begin, end in spans)
    weeks, rest = divmod(length, _WEEK_MINUTES)
    starts = {begin for begin, _ in spans} | {(end - rest) % _WEEK_MINUTES for _, end in spans}
    unrolled = [(begin + week, end + week) for week in (0, _WEEK_MINUTES) for begin, end in spans]
    inside = (sum(max(min(end, start + rest) - max(begin, start), 0) for begin, end in unrolled) for start in starts)
    return weeks * per_week + max(inside)
