"""When EVSEs were not up, out of the files of closed days: the quick way to condense years, once (`registry.downtime`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from app.clock import Millis
from app.history.asking import History
from app.history.schema import begin_of
from app.registry.downtime import SERVES, Downtime

_AT_ONCE = 500
# Whoever was hidden for a while, or is REMOVED, has a gap: of those the files do not tell whole.
_QUERY = """
    SELECT evse, epoch_ms(min(since)), list((epoch_ms(since), epoch_ms(valid_until), status, reason, detail))
        FILTER (WHERE status NOT IN ({serves}))
    FROM status GROUP BY evse HAVING epoch_ms(max(valid_until)) = {until}
    AND sum(epoch_ms(valid_until) - epoch_ms(valid_from)) = epoch_ms(max(valid_until)) - epoch_ms(min(valid_from))
    ORDER BY evse
"""


class DowntimeFiles:
    """What the files of a history tell (`registry.downtime.Told`)."""

    def __init__(self, history: History) -> None:
        self._history = history
        self.until: Millis = begin_of(history.index.last + timedelta(days=1))
        self.followed = history.index.followed

    def spans(self) -> Iterator[tuple[str, Millis, list[Downtime]]]:
        serves = ", ".join(f"'{status}'" for status in sorted(SERVES))
        answer = self._history.ask(_QUERY.format(serves=serves, until=self.until))
        while rows := answer.fetchmany(_AT_ONCE):
            for key, first, pieces in rows:
                yield key, first, list(_joined(sorted(pieces or ())))


def _joined(pieces: Iterable[tuple[Any, ...]]) -> Iterator[Downtime]:
    """Files cut at midnight what has one beginning; their last piece reaches furthest."""
    for since, days in groupby(pieces, itemgetter(0)):
        *_, (_, until, status, reason, detail) = days
        yield Downtime(since, until, status, reason, None if detail is None else detail.encode())
