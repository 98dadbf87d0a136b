"""What an EVSE was over a span, as a strip and as shares in words. Not observed, or not kept, is drawn as such, never as free."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.clock import Millis
from app.registry.timeline import NOT_KEPT, Span
from app.wording import worded

WIDTH, HEIGHT = 1000, 28
"""Of a strip, in its own units; it is stretched."""
KINDS = {
    "free": worded("Free"),
    "busy": worded("In use"),
    "broken": worded("Out of order"),
    "unknown": worded("Unknown"),
    "unobserved": worded("Not observed"),
    "unkept": worded("Not kept"),
}
"""In the order they are drawn and told: what is short and matters lies above."""
_KIND_OF = {
    "AVAILABLE": "free",
    "CHARGING": "busy",
    "RESERVED": "busy",
    "BLOCKED": "busy",
    "INOPERATIVE": "broken",
    "OUTOFORDER": "broken",
    "UNKNOWN": "unknown",
    NOT_KEPT: "unkept",
}
_NARROWEST = 1.0
"""An outage of an hour is seen in a month."""


@dataclass(frozen=True, slots=True)
class Share:
    kind: str
    name: str
    part: float
    """Of the span, 0 to 1."""
    path: str


@dataclass(frozen=True, slots=True)
class Strip:
    shares: tuple[Share, ...]
    """Of the kinds that occur."""
    outages: tuple[Span, ...]
    """Spans out of order, the last first."""


def kind_of(status: str | None) -> str:
    return "unobserved" if status is None else _KIND_OF.get(status, "unknown")


def strip(spans: Sequence[Span], since: Millis, until: Millis) -> Strip:
    shares = []
    for kind, name in KINDS.items():
        mine = [span for span in spans if kind_of(span.status) == kind]
        if mine:
            part = sum(span.until - span.since for span in mine) / (until - since)
            shares.append(Share(kind, name, part, " ".join(_boxes(mine, since, until))))
    return Strip(tuple(shares), tuple(span for span in reversed(spans) if kind_of(span.status) == "broken"))


def _boxes(spans: Sequence[Span], since: Millis, until: Millis) -> Iterator[str]:
    """Those that touch each other at the width of the strip as one."""
    left = right = -1.0
    for span in spans:
        begin = (span.since - since) / (until - since) * WIDTH
        end = max((span.until - since) / (until - since) * WIDTH, begin + _NARROWEST)
        if left < 0:
            left, right = begin, end
        elif begin <= right + _NARROWEST / 2:
            right = max(right, end)
        else:
            yield _box(left, right)
            left, right = begin, end
    yield _box(left, right)


def _box(left: float, right: float) -> str:
    left = min(left, WIDTH - _NARROWEST)
    return f"M{left:.1f} 0V{HEIGHT}H{min(right, WIDTH):.1f}V0Z"
