"""Which parts of outages do not count: those that a person excluded, by causes the sheet knows and within its limits, and those
outside opening hours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from app.clock import Millis
from app.compliance.uptime.figures import Cause, Excluded
from app.compliance.uptime.sheet import Sheet
from app.compliance.uptime.spans import Spans, both, length, merged, without
from app.registry.exclusions import Entered

HOUR: Millis = 3_600_000
DAY = 24 * HOUR


class Exclusions:
    """Of one port in one window. `notes` say what was cut, and what overlaps."""

    def __init__(self, sheet: Sheet, down: Spans, said: Iterable[Entered], closed: Spans) -> None:
        """`down`: all that was not up; `closed`: when the place is closed, where the sheet excludes that."""
        self.parts: list[Excluded] = []
        self.notes: list[str] = []
        self._sheet, self._down = sheet, down
        self._covered: Spans = []
        self._used: defaultdict[Cause, Millis] = defaultdict(int)
        """Of causes that have so many hours per window."""
        self._take(Cause.HOURS, both(closed, down), 0)
        for one in sorted(said, key=lambda one: (one.said.since, one.id)):
            self._apply(one)

    def within(self, since: Millis, until: Millis) -> tuple[Excluded, ...]:
        """Those of one outage."""
        if not self.parts:
            return ()
        return tuple(
            Excluded(part.cause, max(since, part.since), min(until, part.until), part.exclusion)
            for part in self.parts
            if part.since < until and part.until > since
        )

    @property
    def covered(self) -> Spans:
        """All of them, overlaps once."""
        return self._covered

    def _apply(self, one: Entered) -> None:
        cause, said = Cause(one.said.says), one.said
        if cause not in self._sheet.exclusions:
            self.notes.append(
                f"exclusion {one.id} ({cause.value}) is of no cause that {self._sheet.name} knows: not applied"
            )
            return
        spans, limits = both([(said.since, said.until)], self._down), self._sheet.exclusions[cause]
        days = limits.days_per_incident
        if days is not None:
            kept = both(spans, [(said.since, said.since + days * DAY)])
            self._cut(one, spans, kept, f"{days} days per incident")
            spans = kept
        if shared := both(spans, self._covered):
            self.notes.append(f"exclusion {one.id} overlaps another for {hours(length(shared))}: counted once")
        if limits.hours_per_window is not None:
            new = without(spans, self._covered)
            spans = _first(new, limits.hours_per_window * HOUR - self._used[cause])
            self._cut(one, new, spans, f"{limits.hours_per_window} h of {cause.value}")
            self._used[cause] += length(spans)
        self._take(cause, spans, one.id)

    def _cut(self, one: Entered, whole: Spans, kept: Spans, limit: str) -> None:
        if over := length(whole) - length(kept):
            self.notes.append(
                f"exclusion {one.id} exceeds the limit of {limit} by {hours(over)}, which counts as an outage"
            )

    def _take(self, cause: Cause, spans: Spans, id: int) -> None:
        self.parts += (Excluded(cause, since, until, id) for since, until in spans)
        self._covered = merged([*self._covered, *spans])


def hours(span: Millis) -> str:
    """`26.5 h`."""
    return f"{span / HOUR:.4g} h"


def _first(spans: Sequence[tuple[Millis, Millis]], left: Millis) -> Spans:
    """So much from the beginning."""
    found: Spans = []
    for since, until in spans:
        if left <= 0:
            break
        found.append((since, min(until, since + left)))
        left -= until - since
    return found
