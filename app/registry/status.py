"""Which of several observations of one EVSE is its status now.

Live messages are ordered by when they were received, queued ones (the charger was offline) by their own time. Ties go
to the source with the higher priority, then to what occurred later, then to the status that promises a driver less, then by
content, so that the order of arrival never matters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from app.clock import Millis, format_time
from app.model.batch import Origin, StatusRecord
from app.model.status import RANK, Status

UNKNOWN = "UNKNOWN"
REMOVED = "REMOVED"


Order = tuple[int, int, int, int, str, str, bytes, int]


@dataclass(frozen=True, slots=True)
class Observation:
    """One statement of one source about one EVSE."""

    at: Millis
    """Orders it: received_at of a live message, its own time of a queued one."""
    status: str
    source: str
    priority: int
    received_at: Millis
    occurred_at: Millis | None = None
    earliest: Millis | None = None
    """The earliest it can have been so: the poll before, for a status first observed here."""
    origin: str = Origin.OBSERVED.value
    backend_at: Millis | None = None
    queued: bool = False
    detail: dict[str, Any] | None = None

    @property
    def order(self) -> Order:
        detail = orjson.dumps(self.detail, option=orjson.OPT_SORT_KEYS) if self.detail else b""
        occurred_at = -1 if self.occurred_at is None else self.occurred_at
        rank = -RANK[Status(self.status)]
        return self.at, self.priority, occurred_at, rank, self.source, self.origin, detail, -self.received_at

    def times(self) -> dict[str, Any]:
        """`status_times` of an EVSE."""
        times: dict[str, Any] = {"origin": self.origin, "received_at": format_time(self.received_at)}
        if self.occurred_at is not None:
            times["occurred_at"] = format_time(self.occurred_at)
        if self.earliest is not None:
            times["earliest"] = format_time(self.earliest)
        return times


def own_time(record: StatusRecord, received_at: Millis, skew: Millis) -> Millis | None:
    return None if record.occurred_at is None else min(record.occurred_at - skew, received_at)


def observe(
    record: StatusRecord, source: str, priority: int, received_at: Millis, *, earliest: Millis | None, skew: Millis
) -> Observation:
    """A source's record as an observation. Its own time is corrected by the source's clock skew and never lies in the
    future."""
    occurred_at = own_time(record, received_at, skew)
    queued = record.queued and occurred_at is not None
    return Observation(
        at=occurred_at if queued and occurred_at is not None else received_at,
        status=record.status,
        source=source,
        priority=priority,
        received_at=received_at,
        occurred_at=occurred_at,
        earliest=earliest if occurred_at is None else None,
        origin=(record.origin if occurred_at is not None else Origin.OBSERVED).value,
        backend_at=record.backend_at,
        queued=queued,
        detail=record.detail,
    )
