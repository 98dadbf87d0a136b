"""What became new and what was fixed between two evaluations, and the words for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from app.clock import Millis, format_time
from app.registry.evaluation.reading import lives, number_of_lives
from app.registry.evaluation.record import Life

LISTED = 200
"""Findings of each kind that are listed; all are counted."""
WRITTEN = 30
"""Of which so many stand in a mail."""


@dataclass(frozen=True, slots=True)
class Digest:
    at: Millis
    """Of the evaluation."""
    new: int
    fixed: int
    opened: Sequence[Life]
    """The first of the new ones …"""
    ended: Sequence[Life]
    """… and of those that are fixed."""
    publisher: str
    url: str
    """Of the page with all that is open."""

    @property
    def is_empty(self) -> bool:
        return not (self.new or self.fixed)

    @property
    def subject(self) -> str:
        return f"{self.publisher}: {self.new} new findings, {self.fixed} fixed"

    def record(self) -> dict[str, Any]:
        return {
            "event": "findings",
            "at": format_time(self.at),
            "publisher": self.publisher,
            "page": self.url,
            "new": {"count": self.new, "findings": [_record(one) for one in self.opened]},
            "fixed": {"count": self.fixed, "findings": [_record(one) for one in self.ended]},
        }

    def text(self) -> str:
        """What, where, and what to do; lines of plain text."""
        return "\n".join([*self._part("New", self.new, self.opened), *self._part("Fixed", self.fixed, self.ended),
                          f"All that is open: {self.url}", ""])  # fmt: skip

    def _part(self, title: str, number: int, findings: Sequence[Life]) -> Iterator[str]:
        if not number:
            return
        yield f"{title}: {number}"
        yield ""
        for one in findings[:WRITTEN]:
            yield f"- {one.what}"
            yield f"  at {one.key}{f', {one.places}' if one.places else ''} ({one.rule})"
            if one.fixed_at is None and one.remedy:
                yield f"  To do: {one.remedy}."
        if number > WRITTEN:
            yield f"… and {number - WRITTEN} more."
        yield ""


def read_digest(connection: Connection, since: Millis, until: Millis, publisher: str, url: str) -> Digest:
    """Of the evaluations after `since` and not after `until`. What came and went in between is not told."""
    span = {"since": since, "until": until}
    numbers = [number_of_lives(connection, fixed=fixed, **span) for fixed in (False, True)]
    opened, ended = (tuple(islice(lives(connection, fixed=fixed, **span), LISTED)) for fixed in (False, True))
    return Digest(until, numbers[0], numbers[1], opened, ended, publisher, url)


def _record(one: Life) -> dict[str, Any]:
    times = {name: format_time(at) for name in ("first_seen", "last_seen", "fixed_at") if (at := getattr(one, name))}
    return {name: value for name, value in (asdict(one) | times).items() if value not in (None, "")}
