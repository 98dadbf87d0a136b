"""What comes of converting to OICP."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.model.loss import Loss

Record = dict[str, Any]
"""A record of OICP as JSON."""


class Outcome(StrEnum):
    EXACT = "exact"
    """Says all that is charged, and nothing else: can be sent unseen."""
    LOSSY = "lossy"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Conversion:
    records: tuple[Record, ...]
    """Empty where it is refused."""
    losses: tuple[Loss, ...] = ()
    refusals: tuple[Loss, ...] = ()
    """Why there is no record: what OICP would say of the price would be wrong."""

    @property
    def outcome(self) -> Outcome:
        if self.refusals:
            return Outcome.REFUSED
        return Outcome.LOSSY if self.losses else Outcome.EXACT
