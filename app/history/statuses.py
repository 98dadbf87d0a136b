"""The rows of `status`: which status held at each EVSE while its location was public, and how that is known.

The EVSE is named as the ledger named it last by the end of the day, so by what was public; one that the ledger never named never
was. An EVSE that is REMOVED has its last row on the day it became so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Row

from app.clock import Millis
from app.history.schema import DAY
from app.ledger.entries import Body, evse_subject
from app.ledger.rows import said_between
from app.registry.past import Point, Publicity, points_of_day
from app.registry.status import REMOVED


class StatusRows:
    """Of one day, portion by portion."""

    def __init__(self, connection: Connection, begin: Millis) -> None:
        self._connection = connection
        self._begin, self._end = begin, begin + DAY
        self._publicity = Publicity(connection, self._begin, self._end)

    def __call__(self, portion: Sequence[Point]) -> Iterator[tuple[Any, ...]]:
        """As the schema orders the columns; by EVSE, then by time."""
        shown = {point: spans for point in portion if (spans := self._publicity.spans(point))}
        subjects = {point: evse_subject(point.location_key, point.uid) for point in shown}
        named = said_between(self._connection, subjects.values(), self._end - 1, self._end)
        changes = points_of_day(self._connection, [point.id for point in shown], self._begin, self._end)
        for point, spans in shown.items():
            if point.id in changes and subjects[point] in named:
                content = named[subjects[point]][-1].content
                yield from self._rows(point, content, changes[point.id], spans)

    def _rows(
        self, point: Point, named: Body, changes: Sequence[Row[Any]], spans: Sequence[tuple[Millis, Millis]]
    ) -> Iterator[tuple[Any, ...]]:
        for change, until in pairwise((*changes, None)):
            assert change is not None
            if change.status == REMOVED and change.at < self._begin:
                continue
            for begin, end in spans:
                since = max(begin, change.at)
                before = end if until is None else min(end, until.at)
                if since < before:
                    yield (
                        point.key, named.get("evse_id"), named["location_id"],
                        change.status, change.reason, None if change.detail is None else change.detail.decode(),
                        since, before, change.published_at, change.at, change.occurred_at, change.earliest,
                        change.received_at, change.origin, change.queued,
                    )  # fmt: skip
