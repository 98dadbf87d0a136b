"""No two tiers may price the same thing at once: which one holds would be a matter of luck."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from app.model.faults import Fault, broken
from app.tariffs.plan.words import DayKind, Range, Window, clock

if TYPE_CHECKING:
    from app.tariffs.plan.prices import Tier, When


def check_tiers(tiers: Sequence[Tier]) -> list[Fault]:
    """A fault at the later of each two tiers that overlap and price the same."""
    faults: list[Fault] = []
    for (first, one), (second, other) in combinations(enumerate(tiers), 2):
        same = [name for name in ("energy", "minute") if getattr(one, name) is not None is not getattr(other, name)]
        same = [name for name in same if getattr(other, name) is not None]
        if same and (common := _common(one.when, other.when)):
            called = one.name or f"tier {first + 1}"
            what = f"overlaps {called} ({common}), and both price `{same[0]}`: let one end where the other begins"
            faults.append((("tiers", second, "when"), broken(what), None))
    return faults


def _common(one: When, other: When) -> str:
    """An example of when both hold; empty where they never do. Different seasons are taken to be apart."""
    if one.season is not None and other.season is not None and one.season != other.season:
        return ""
    days = [day for day in DayKind if day in (one.days or DayKind) and day in (other.days or DayKind)]
    minute = _common_minute(one.hours, other.hours)
    if not days or minute is None:
        return ""
    for name in ("kwh", "minutes", "power"):
        mine: Range | None = getattr(one, name)
        theirs: Range | None = getattr(other, name)
        if mine and theirs and not mine.meets(theirs):
            return ""
    return f"{days[0]} {clock(minute)}"


def _common_minute(one: Iterable[Window] | None, other: Iterable[Window] | None) -> int | None:
    mine = [span for window in one for span in window.spans()] if one else [(0, 1440)]
    theirs = [span for window in other for span in window.spans()] if other else [(0, 1440)]
    begins = [max(a, c) for a, b in mine for c, d in theirs if max(a, c) < min(b, d)]
    return min(begins, default=None)
