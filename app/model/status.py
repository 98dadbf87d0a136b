"""EVSE status: what the values mean together, and what is known about one."""

from __future__ import annotations

from typing import Annotated

from app.model.enums import Status
from app.model.types import DateTime, Model, Text

__all__ = ["OUT_OF_SERVICE", "RANK", "Status", "StatusDetail", "StatusTimes"]

OUT_OF_SERVICE = frozenset({Status.REMOVED.value, Status.PLANNED.value})
"""Of EVSEs that are not, or no more, part of a location."""

RANK = {
    status: rank
    for rank, status in enumerate(
        (
            Status.REMOVED,
            Status.OUTOFORDER,
            Status.INOPERATIVE,
            Status.BLOCKED,
            Status.CHARGING,
            Status.RESERVED,
            Status.PLANNED,
            Status.AVAILABLE,
            Status.UNKNOWN,
        )
    )
}
"""Which of two statuses of the same moment wins: the lower rank, which promises a driver less. UNKNOWN says nothing."""


class StatusDetail(Model):
    """Why an EVSE has its status."""

    reason: Annotated[str, Text(16)] | None = None
    """Where no backend said so: `stale` (its source is silent), `missing` (no longer listed there), `removed`, `schedule`; and of
    a charger `offline` (nothing was heard of it), `not_accepted` (by its backend), `no_status` (it never said one)."""
    fault_code: Annotated[str, Text(100)] | None = None
    """As the charger reports it."""
    mrec: Annotated[str, Text(20)] | None = None
    """ChargeX minimum required error code."""
    vendor_code: Annotated[str, Text(100)] | None = None
    text: Annotated[str, Text(255)] | None = None


class StatusTimes(Model):
    """The times of the present status."""

    occurred_at: DateTime | None = None
    """When it became so at the charger."""
    earliest: DateTime | None = None
    """When it can have become so at the earliest, where the source is polled."""
    origin: Annotated[str, Text(16)] | None = None
    """Whose clock `occurred_at` was read from: charger, backend or observed."""
    backend_at: DateTime | None = None
    received_at: DateTime | None = None
