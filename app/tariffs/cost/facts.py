"""What happened in a session, as far as a price can depend on it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.clock import Millis
from app.model.enums import ReservationRestrictionType


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of time in which power and current stay the same and energy flows evenly."""

    since: Millis
    until: Millis
    """Exclusive."""
    kwh: Decimal
    charging: bool
    """False: the vehicle asks for no power (PARKING_TIME); a point that pauses by itself is still charging (OCPI CDRs)."""
    power_kw: Decimal | None = None
    """None: not known."""
    current_a: Decimal | None = None
    """Summed over the phases; None: not known."""
    reservation: ReservationRestrictionType | None = None
    """Set for time before the session in which the point was held, used or expired."""
    tariff_id: str | None = None
    """The tariff that prices the phase, where a CDR names it; None: the session's."""

    def __post_init__(self) -> None:
        if self.until < self.since:
            raise ValueError("a phase ends before it begins")
        if self.kwh < 0:
            raise ValueError("a phase gives back energy")


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """`start` and `end` enclose charging and parking; a reservation lies before `start`.

    Phases come in order and do not overlap. A reservation that was never used has `start` = `end`.
    """

    start: Millis
    end: Millis
    """Exclusive."""
    phases: tuple[Phase, ...]
    notes: tuple[str, ...] = ()
    """What the record of the session left open, and how it was read."""

    def __post_init__(self) -> None:
        at = None
        for phase in self.phases:
            if at is not None and phase.since < at:
                raise ValueError("phases overlap or are out of order")
            if phase.reservation is None and not self.start <= phase.since <= phase.until <= self.end:
                raise ValueError("a phase lies outside its session")
            if phase.reservation is not None and phase.until > self.start:
                raise ValueError("a reservation reaches into its session")
            at = phase.until

    @property
    def kwh(self) -> Decimal:
        return sum((phase.kwh for phase in self.phases), Decimal(0))
