"""When EVSEs were not up, out of the files of closed days: the quick way to condense years, once (`registry.downtime`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from app.clock import Millis
from app.history.asking import History
from app.history.schema import begin_of
from app.registry.downtime import SERVES, Downtime

_AT_ONCE = 10_000
# Whoever was hidden for a while, or is REMOVED, has a gap: of those the files do not tell whole.
_WHOLE = """
    CREATE OR REPLACE TEMP TABLE whole AS
    SELECT evse, epoch_ms(min(since)) AS first FROM status GROUP BY evse
    HAVING epoch_ms(max(valid_until)) = {until}
    AND sum(epoch_ms(valid_until) - epoch_ms(valid_from)) = epoch_ms(max(valid_until)) - epoch_ms(min(valid_from))
"""
_DOWN = """
    SELECT evse, first, epoch_ms(since) AS begun, epoch_ms(max(valid_until)), status, reason, any_value(detail)
    FROM status JOIN whole USING (evse) WHERE status NOT IN ({serves})
    GROUP BY evse, first, since, status, reason
"""
_NEVER = "SELECT evse, first, NULL, NULL, NULL, NULL, NULL FROM whole"


class DowntimeFiles:
    """What the files of a history tell (`registry.downtime.Told`)."""

    def __init__(self, history: History) -> None:
        self._history = history
        self.until: Millis = begin_of(history.index.last + timedelta(days=1))
        self.followed = history.index.followed

    def spans(self) -> Iterator[tuple[str, Millis, list[Downtime]]]:
        self._history.ask(_WHOLE.format(until=self.until))
        down = _DOWN.format(serves=", ".join(f"'{status}'" for status in sorted(SERVES)))
        answer = self._history.ask(f"({down}) UNION ALL ({_NEVER}) ORDER BY evse, begun NULLS LAST")
        for (key, first), rows in groupby(_rows(answer), itemgetter(0, 1)):
            yield key, first, [_downtime(row) for row in rows if row[2] is not None]


def _rows(answer: Any) -> Iterator[tuple[Any, ...]]:
    while rows := answer.fetchmany(_AT_ONCE):
        yield from rows


def _downtime(row: tuple[Any, ...]) -> Downtime:
    _, _, since, until, status, reason, detail = row
    return Downtime(since, until, status, reason, None if detail is None else detail.encode())
