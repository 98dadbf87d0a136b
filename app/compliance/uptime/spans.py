"""Spans of time, [since, until): ascending, none touching the next."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from operator import itemgetter

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
    if not one or not other:
        return []
    few, many = sorted((one, other), key=len)
    found: Spans = []
    for since, until in few:
        for at in range(_reaching(many, since), len(many)):
            begin, end = many[at]
            if begin >= until:
                break
            found.append((max(since, begin), min(until, end)))
    return found


def without(one: Spans, other: Spans) -> Spans:
    """What lies in the first alone."""
    if not other:
        return one
    found: Spans = []
    for since, until in one:
        for at in range(_reaching(other, since), len(other)):
            begin, end = other[at]
            if begin >= until:
                break
            if begin > since:
                found.append((since, begin))
            since = end
        if since < until:
            found.append((since, until))
    return found


def length(spans: Iterable[Span]) -> Millis:
    return sum([until - since for since, until in spans])


def _reaching(spans: Spans, since: Millis) -> int:
    """Place of the first that ends after a time."""
    return bisect_right(spans, since, key=itemgetter(1))
