"""Whether a charge point's own time can be believed. Pure.

Clocks of charge points stand in 1970 or 2099, or are an hour off; and what they could not deliver they send later, with its own
time. A time in the gap without connection is a queued message's; any other that is far from now is a wrong clock's.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.clock import Millis
from app.model.batch import Origin

TOLERANCE: Millis = 5 * 60_000
EARLIEST: Millis = 1_420_070_400_000
"""2015-01-01: no charge point that speaks OCPP-J has been somewhere before."""


@dataclass(frozen=True, slots=True)
class When:
    """The time of a message."""

    received_at: Millis
    occurred_at: Millis | None
    """None: not given, or not believed."""
    queued: bool = False
    skew: Millis | None = None
    """How far the clock is off, where it is not believed."""

    @property
    def at(self) -> Millis:
        """What orders it."""
        return self.occurred_at if self.queued and self.occurred_at is not None else self.received_at

    @property
    def origin(self) -> Origin:
        return Origin.OBSERVED if self.occurred_at is None else Origin.CHARGER


@dataclass(frozen=True, slots=True)
class Gap:
    """Without connection: from the last proof of life to the connection that is open now."""

    begins: Millis
    ends: Millis

    def has(self, at: Millis) -> bool:
        return self.begins - TOLERANCE <= at <= self.ends + TOLERANCE


def judged(said: Millis | None, received_at: Millis, gap: Gap | None, *, offline: bool = False) -> When:
    """`gap`: before this connection, None where the charge point was never here before. `offline`: it says so itself (2.x)."""
    if said is None:
        return When(received_at, None)
    lag = received_at - said
    if said < EARLIEST or lag < -TOLERANCE:
        return When(received_at, None, skew=-lag)
    if offline or (lag > TOLERANCE and gap is not None and gap.has(said)):
        return When(received_at, min(said, received_at), queued=True)
    if lag > TOLERANCE:
        return When(received_at, None, skew=-lag)
    return When(received_at, min(said, received_at))
