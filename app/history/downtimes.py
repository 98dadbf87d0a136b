"""When EVSEs were not up, out of the files of closed days: the quick way to condense years, once (`registry.downtime`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import pyarrow as pa

from app.clock import Millis
from app.history.asking import History
from app.history.schema import begin_of
from app.registry.downtime import SERVES, Downtime

_AT_ONCE = 500
_KNOWN = pa.schema({"evse": pa.string(), "id": pa.int64()})
# Whoever was hidden for a while, or is REMOVED, has a gap: of those the files do not tell whole. Times stay in the microseconds
# that DuckDB has: made into milliseconds row by row, they would cost as much as the rest.
_QUERY = """
    SELECT id, epoch_ms(first), down FROM known JOIN (
        SELECT evse, min(since) AS first,
            list((epoch_us(since), epoch_us(valid_until), status, reason, detail)) FILTER (WHERE status NOT IN ({serves})) AS down
        FROM status GROUP BY evse HAVING epoch_ms(max(valid_until)) = {until}
        AND sum(epoch_us(valid_until) - epoch_us(valid_from)) = epoch_us(max(valid_until)) - epoch_us(min(valid_from))
    ) USING (evse) ORDER BY id
"""


class DowntimeFiles:
    """What the files of a history tell (`registry.downtime.Told`)."""

    def __init__(self, history: History) -> None:
        self._history = history
        self.until: Millis = begin_of(history.index.last + timedelta(days=1))
        self.followed = history.index.followed

    def spans(self, ids: Mapping[str, int]) -> Iterator[tuple[int, Millis, list[Downtime]]]:
        self._history.lend("known", pa.table({"evse": list(ids), "id": list(ids.values())}, _KNOWN))
        serves = ", ".join(f"'{status}'" for status in sorted(SERVES))
        answer = self._history.ask(_QUERY.format(serves=serves, until=self.until))
        while rows := answer.fetchmany(_AT_ONCE):
            for evse_id, first, pieces in rows:
                yield evse_id, first, _joined(pieces or ())


def _joined(pieces: Iterable[tuple[Any, ...]]) -> list[Downtime]:
    """Files cut at midnight what has one beginning; its last piece reaches furthest."""
    last = {piece[0]: piece for piece in sorted(pieces)}
    return [
        Downtime(since // 1000, until // 1000, status, reason, None if detail is None else detail.encode())
        for since, until, status, reason, detail in last.values()
    ]
