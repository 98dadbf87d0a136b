"""What came of the rules at one location, and the words for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

from app.clock import Millis


class Counts(NamedTuple):
    """A rule over many objects."""

    present: int = 0
    missing: int = 0
    implausible: int = 0
    undecided: int = 0

    @property
    def share(self) -> float | None:
        """What is present, of what should be; None where nothing is decided."""
        due = self.present + self.missing + self.implausible
        return self.present / due if due else None

    @property
    def failed(self) -> int:
        return self.missing + self.implausible

    def plus(self, other: Sequence[int], sign: int = 1) -> Self:
        return type(self)(*(own + sign * more for own, more in zip(self, other, strict=True)))


NOTHING = Counts()


@dataclass(frozen=True, slots=True)
class Gap:
    """A rule that a location breaks, at one object or several."""

    rule: str
    grade: str
    objects: int
    places: str
    """The first of them: `evses[E1], evses[E2]`; empty: the location itself."""
    what: str
    remedy: str
    weight: int
    """The worst of a rule have most."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A location, held to the rules; or a network."""

    ordinal: int
    version: int
    key: str
    """`DE*ABC/L1`; of a network `DE*ABC`."""
    party: str
    country: str
    """Alpha-2 of the site."""
    counts: Mapping[str, Counts]
    """By rule; none where no rule holds."""
    gaps: Sequence[Gap]
    unasked: frozenset[str] = frozenset()
    """Rules that it was not held to anew: what came of them before still holds."""


def network(party: str, country: str) -> int:
    """Stands for all that a party (`DE*ABC`) has in a country (alpha-2), where else the ordinal of a location stands."""
    return -int.from_bytes(f"{party}{country}".encode("ascii"))


@dataclass(frozen=True, slots=True)
class Measured:
    """A dimension of the quality of a party's data in a country on a day: `good` of `due`."""

    day: Millis
    party: str
    country: str
    dimension: str
    good: int
    due: int


@dataclass(frozen=True, slots=True)
class Which:
    """The part of the network that is asked about; None: no limit."""

    party: str | None = None
    """`DE*ABC`."""
    country: str | None = None
    """Alpha-2 of the sites."""
    location: int | None = None
    """Ordinal."""


@dataclass(frozen=True, slots=True)
class Life:
    """A finding from when it was first seen until it was fixed."""

    rule: str
    key: str
    country: str
    grade: str
    objects: int
    places: str
    what: str
    remedy: str
    first_seen: Millis
    last_seen: Millis
    fixed_at: Millis | None
    """None: it is open."""
