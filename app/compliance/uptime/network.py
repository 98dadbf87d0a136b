"""The reliability of a network of rapid charge points over a year (SI 2023/1168, reg 7), as its statement says it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.clock import Millis

THRESHOLD = Decimal(99)
"""Percent, on average over a calendar year; reached at 99.0 exactly."""
RAPID_KW = 50


@dataclass(frozen=True, slots=True)
class Reading:
    """By one reading of what UNKNOWN and BLOCKED are; which of them is meant is not settled."""

    name: str
    """`UNKNOWN and BLOCKED are reliable`."""
    hours: Decimal
    """Of all points together, when they could be reached: what the percentage is of."""
    not_reliable: Decimal
    """Of these: INOPERATIVE, OUTOFORDER."""
    unobserved: Decimal = Decimal(0)
    """Of these: nobody knows."""

    @property
    def lowest(self) -> Decimal | None:
        """Percent, unrounded, where nothing unobserved was reliable; None: there were no hours."""
        return self._percent(self.not_reliable + self.unobserved)

    @property
    def highest(self) -> Decimal | None:
        """Where all of it was."""
        return self._percent(self.not_reliable)

    def _percent(self, lost: Decimal) -> Decimal | None:
        return (self.hours - lost) * 100 / self.hours if self.hours else None


@dataclass(frozen=True, slots=True)
class Excluded:
    """Hours that are no part of the figure."""

    why: str
    hours: Decimal


@dataclass(frozen=True, slots=True)
class NetworkReliability:
    party: str
    """`GB*ABC`."""
    year: int
    since: Millis
    until: Millis
    """Before the end of the year where it is not over."""
    points: int
    """Rapid ones: 50 kW and above."""
    readings: tuple[Reading, ...]
    """The one by the wording of the law first."""
    excluded: tuple[Excluded, ...] = ()
    notes: tuple[str, ...] = ()
    """What the figures are affected by, in sentences."""

    @property
    def passed(self) -> bool | None:
        """Whether 99 % is reached; None: the readings, or what nobody observed, decide."""
        lows = [one.lowest for one in self.readings]
        highs = [one.highest for one in self.readings]
        if not lows or None in lows:
            return None
        if all(low is not None and low >= THRESHOLD for low in lows):
            return True
        return False if all(high is not None and high < THRESHOLD for high in highs) else None
