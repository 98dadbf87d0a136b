"""Spans of time, [since, until): ascending, none touching the next."""

from __future__ import annotations

from collections.abc import Iterable

from app.clock import Millis

Span = tuple[Millis, Millis]
Spans = list[Span]


def merged(spans: Iterable[Span]) -> Spans:
    """What overlaps or touches becomes one."""
    found: Spans = []
    for since, until in sorted(spans):
        if found and since <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], until)
        elif since < until:
            found.append((since, until))
    return found


def both(one: Spans, other: Spans) -> Spans:
    """What lies in both."""
    found: Spans = []
    i = j = 0
    while i < len(one) and j < len(other):
        since, until = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if since < until:
            found.append((since, until))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return found


def without(one: Spans, other: Spans) -> Spans:
    """What lies in the first alone."""
    found: Spans = []
    for since, until in one:
        for begin, end in other:
            if end <= since:
                continue
            if begin >= until:
                break
            if begin > since:
                found.append((since, begin))
            since = max(since, end)
        if since < until:
            found.append((since, until))
    return found


def length(spans: Iterable[Span]) -> Millis:
    return sum(until - since for since, until in spans)
