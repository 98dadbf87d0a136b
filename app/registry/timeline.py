"""What the EVSEs of a location were over a span: by the history, and no further back than the location is public. What is before
the history is not kept any more.

Nobody looked before the first message, while its source was silent, or while it was missing there: then it is not observed,
whatever was said last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from app.clock import Millis
from app.model.status import OUT_OF_SERVICE
from app.registry.evses import MISSING, STALE
from app.registry.history import StatusInterval, status_intervals
from app.registry.silence import silences
from app.registry.tables import evse, feed_head, location

NOT_KEPT = "NOT_KEPT"
"""Instead of a status: it was pruned."""


@dataclass(frozen=True, slots=True)
class Span:
    status: str | None
    """Or NOT_KEPT. None: not observed."""
    since: Millis
    until: Millis


Timelines = dict[str, list[Span]]
"""By uid: spans without gaps, none like the one before."""


def timelines(connection: Connection, ordinal: int, since: Millis, until: Millis) -> Timelines:
    """Of the EVSEs of a public location that are in service, from `since` to `until`."""
    public = connection.execute(select(location.c.public_since).where(location.c.ordinal == ordinal)).scalar()
    whole: Millis = connection.execute(select(feed_head.c.history_from)).scalar_one()
    shown = until if public is None else min(max(since, public), until)
    begin = min(max(shown, whole), until)
    points = select(evse.c.id, evse.c.uid, evse.c.said_by).where(
        evse.c.location == ordinal, evse.c.status.not_in(sorted(OUT_OF_SERVICE))
    )
    rows = connection.execute(points).all()
    quiet = silences(connection, {row.id: row.said_by for row in rows if row.said_by}, begin, until)
    return {
        row.uid: list(
            _joined(
                [
                    Span(None, since, shown),
                    Span(NOT_KEPT, shown, begin),
                    *_spans(status_intervals(connection, row.id, begin, until), quiet.get(row.id, ()), begin, until),
                ]
            )
        )
        for row in rows
    }


def _spans(
    intervals: Iterable[StatusInterval], quiet: Sequence[tuple[Millis, Millis]], begin: Millis, end: Millis
) -> Iterator[Span]:
    at = begin
    for one in intervals:
        since, until = max(one.since, begin), min(end if one.until is None else one.until, end)
        yield Span(None, at, since)
        status = None if one.reason in (STALE, MISSING) else one.status
        for silent_since, silent_until in quiet:
            first, last = max(silent_since, since), min(silent_until, until)
            if first < last:
                yield Span(status, since, first)
                yield Span(None, first, last)
                since = last
        yield Span(status, since, until)
        at = until
    yield Span(None, at, end)


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    held: Span | None = None
    for span in spans:
        if span.since >= span.until:
            continue
        if held is not None and held.status == span.status:
            held = Span(held.status, held.since, span.until)
            continue
        if held is not None:
            yield held
        held = span
    if held is not None:
        yield held
