"""Figures over days, as an evaluation kept them: shares by rule, the quality of the feed, and both as a line to look at."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from app.clock import Millis, format_time
from app.compliance.quality import Dimension, Figure, figures
from app.registry.evaluation import reading as evaluations
from app.registry.evaluation.record import NOTHING, Counts, Which

DAY: Millis = 86_400_000
DAYS = 30
"""How far back a trend goes."""
MOST_KNOWN = 200
"""Parts of the network whose past days are kept."""
_DATE = 10


@dataclass(frozen=True, slots=True)
class Trend:
    """Of the rules of one regime."""

    days: Mapping[Millis, Mapping[str, Counts]]
    """Day → rule → counts, days ascending."""
    quality: Sequence[Figure]
    """Days ascending."""

    def whole(self) -> Iterator[tuple[Millis, Counts]]:
        """All rules of each day."""
        for day, rules in self.days.items():
            whole = NOTHING
            for counts in rules.values():
                whole = whole.plus(counts)
            yield day, whole

    def of(self, rule: str) -> list[float | None]:
        return [rules[rule].share if rule in rules else None for rules in self.days.values()]

    def of_quality(self, dimension: Dimension) -> list[float | None]:
        return [one.share for one in self.quality if one.dimension is dimension]

    def now(self) -> dict[str, float | None]:
        """Dimension → its figure of the newest day."""
        newest = max((one.day for one in self.quality), default=0)
        return {one.dimension.value: one.share for one in self.quality if one.day == newest}

    def record(self) -> list[dict[str, Any]]:
        return [
            {"day": date_of(day), **counts._asdict(), "share": rounded(counts.share)} for day, counts in self.whole()
        ]

    def quality_record(self) -> list[dict[str, Any]]:
        return [
            {"day": date_of(one.day), "dimension": one.dimension.value, "figure": rounded(one.share)}
            for one in self.quality
        ]


EMPTY = Trend({}, ())


class PastDays:
    """Sums of days that are over, which never change: each is read once for each part of the network that is asked about."""

    def __init__(self) -> None:
        self._known: dict[Which, tuple[Millis, Mapping[Millis, Mapping[str, Counts]]]] = {}
        """Up to which day, and the days."""

    def before(self, connection: Connection, which: Which, newest: Millis) -> Mapping[Millis, Mapping[str, Counts]]:
        """Of the DAYS up to `newest`, which is left out."""
        first = newest - (DAYS - 1) * DAY
        until, known = self._known.get(which, (first, {}))
        if until != newest:
            if len(self._known) >= MOST_KNOWN:
                self._known = {}
            kept = {day: counts for day, counts in known.items() if first <= day < newest}
            known = kept | evaluations.sums(connection, which, max(first, until), newest)
            self._known[which] = newest, known
        return known


def read_trend(connection: Connection, which: Which, rules: Collection[str], past: PastDays | None = None) -> Trend:
    """Of the last days there are, just these rules. Of a single location there is now alone."""
    newest = evaluations.last_day(connection)
    if which.location is not None:
        sums: Mapping[Millis, Mapping[str, Counts]] = {newest: evaluations.counts_of(connection, which.location)}
        return Trend(_just(sums, rules), ())
    before = (past or PastDays()).before(connection, which, newest)
    quality = figures(evaluations.quality(connection, which, newest - (DAYS - 1) * DAY))
    return Trend(_just({**before, **evaluations.sums(connection, which, newest)}, rules), quality)


def _just(sums: Mapping[Millis, Mapping[str, Counts]], rules: Collection[str]) -> dict[Millis, dict[str, Counts]]:
    return {day: {rule: counts for rule, counts in sums[day].items() if rule in rules} for day in sorted(sums)}


def date_of(day: Millis) -> str:
    """`2026-11-23`."""
    return format_time(day)[:_DATE]


def rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def line(shares: Sequence[float | None], width: int = 100, height: int = 24) -> str:
    """The `points` of an SVG polyline, 0 at the bottom and 1 at the top; empty where there are no two points to join."""
    there = [(index, share) for index, share in enumerate(shares) if share is not None]
    if len(there) < 2:
        return ""
    step = width / (len(shares) - 1)
    return " ".join(f"{index * step:.1f},{height - share * height:.1f}" for index, share in there)
