"""Status records as observations: whose clock is wrong, and since when a polled status can have been so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median_low

from app.clock import Millis
from app.model.batch import StatusRecord
from app.registry.status import Observation, observe

_TOLERANCE: Millis = 1000
_WITNESSES = 3


def measured_skew(records: Iterable[StatusRecord], received_at: Millis) -> Millis:
    """How far a source's clock is ahead: what its times in the future have in common; 0 where it is right or slow.

    One time in the future among many is a mistake of one charger and is merely cut to the time of receipt.
    """
    ahead = [
        record.occurred_at - received_at
        for record in records
        if record.occurred_at is not None and record.occurred_at > received_at + _TOLERANCE
    ]
    return median_low(ahead) if len(ahead) >= _WITNESSES else 0


def observations(
    records: Sequence[StatusRecord],
    source: str,
    priority: int,
    received_at: Millis,
    earliest: Millis | None,
    skew: Millis,
) -> list[Observation]:
    """`earliest` is the poll before, None where there was none or the source pushes."""
    return [
        observe(record, source, priority, record.received_at or received_at, earliest=earliest, skew=skew)
        for record in records
    ]
