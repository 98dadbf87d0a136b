"""When no price holds although at other times one does: what nobody priced costs nothing (OCPI Tariffs)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby, pairwise

from app.tariffs.conditions import ALWAYS, VOLUMES, WEEK, Condition, whole_day
from app.tariffs.plan.words import DAY_MINUTES
from app.tariffs.rates import is_covered, without

Dates = tuple[date, date]
Span = tuple[int, int]
Left = tuple[Condition, ...]
"""Parts of a session (volumes) that have no price at some time of the week."""


def gaps(conditions: Sequence[Condition], valid: Dates = (date.min, date.max)) -> list[Condition]:
    """When none of the conditions holds, within dates of which the second is exclusive; in order of time."""
    if ALWAYS in conditions or is_covered(ALWAYS, conditions):
        return []
    edges = {day for condition in conditions for day in condition.dates or () if valid[0] < day < valid[1]}
    uncovered = _Uncovered()
    return [
        gap
        for stretch in pairwise(sorted({*edges, *valid}))
        for gap in _in_a_stretch(stretch, [one for one in conditions if _throughout(one, stretch)], uncovered)
    ]


def _throughout(condition: Condition, stretch: Dates) -> bool:
    """No condition begins or ends within a stretch."""
    return condition.dates is None or (condition.dates[0] <= stretch[0] and stretch[1] <= condition.dates[1])


class _Uncovered:
    """Of which parts of a session the conditions that hold at one time have no price; few sets of them are different."""

    def __init__(self) -> None:
        self._known: dict[frozenset[Condition], Left] = {}

    def by(self, conditions: Iterable[Condition]) -> Left:
        volumes = frozenset(condition.of_axes(VOLUMES) for condition in conditions)
        if volumes not in self._known:
            self._known[volumes] = () if is_covered(ALWAYS, volumes) else tuple(without([ALWAYS], volumes))
        return self._known[volumes]


def _in_a_stretch(stretch: Dates, conditions: list[Condition], uncovered: _Uncovered) -> Iterator[Condition]:
    edges = sorted({0, DAY_MINUTES, *(minute for condition in conditions for minute in condition.hours or ())})
    days: dict[tuple[Span, Left], set[int]] = {}
    for day in _weekdays(stretch):
        here = [one for one in conditions if one.days is None or day in one.days]
        parts = [(span, uncovered.by(one for one in here if _all_through(one, span))) for span in pairwise(edges)]
        for left, same in groupby(parts, key=lambda part: part[1]):
            spans = [span for span, _ in same]
            if left:
                days.setdefault(((spans[0][0], spans[-1][1]), left), set()).add(day)
    for (span, left), on in days.items():
        when = Condition(
            days=frozenset(on) if len(on) < len(WEEK) else None,
            hours=whole_day(span),
            dates=None if stretch == (date.min, date.max) else stretch,
        )
        yield from filter(None, (when.both(part) for part in left))


def _all_through(condition: Condition, span: Span) -> bool:
    return condition.hours is None or (condition.hours[0] <= span[0] and span[1] <= condition.hours[1])


def _weekdays(stretch: Dates) -> Iterable[int]:
    begin, end = stretch
    length = (end - begin).days
    return WEEK if length >= len(WEEK) else ((begin + timedelta(at)).weekday() for at in range(length))
