"""When the occupancy fee runs: the week without its exempt hours."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from app.tariffs.plan.words import DAY_MINUTES, WEEK

if TYPE_CHECKING:
    from app.tariffs.plan.prices import Exemption

_WEEK_MINUTES = 7 * DAY_MINUTES


@lru_cache(maxsize=256)
def fee_spans(exempt: tuple[Exemption, ...]) -> list[tuple[int, int]]:
    """Stretches of the week, in minutes from Monday, in which the fee runs."""
    free = sorted(
        (WEEK.index(day) * DAY_MINUTES + begin, WEEK.index(day) * DAY_MINUTES + end)
        for exemption in exempt
        for day in exemption.days or WEEK
        for begin, end in _spans_of_day(exemption)
        if day in WEEK
    )
    spans: list[tuple[int, int]] = []
    at = 0
    for begin, end in free:
        if begin > at:
            spans.append((at, begin))
        at = max(at, end)
    if at < _WEEK_MINUTES:
        spans.append((at, _WEEK_MINUTES))
    return spans


def _spans_of_day(exemption: Exemption) -> list[tuple[int, int]]:
    if exemption.hours is None:
        return [(0, DAY_MINUTES)]
    return [span for window in exemption.hours for span in window.spans()]
