"""What a rule says, and what comes of it at one object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from enum import StrEnum
from typing import Self

from app.compliance.site import Subject
from app.registry.delays import What
from app.wording import Worded, worded


class Level(StrEnum):
    """What a rule is about, in the words of AFIR (Regulation (EU) 2023/1804, Art. 2)."""

    NETWORK = "network"
    """All that an operator has in a country (SI 2023/1168)."""
    OPERATOR = "operator"
    """Said at each of its locations."""
    POOL = "pool"
    """A location."""
    STATION = "station"
    POINT = "point"
    """An EVSE."""
    CONNECTOR = "connector"

    @property
    def named(self) -> Worded:
        return _LEVELS[self]


_LEVELS = {
    Level.NETWORK: worded("network"),
    Level.OPERATOR: worded("operator"),
    Level.POOL: worded("pool"),
    Level.STATION: worded("station"),
    Level.POINT: worded("point"),
    Level.CONNECTOR: worded("connector"),
}


class State(StrEnum):
    PRESENT = "present"
    MISSING = "missing"
    IMPLAUSIBLE = "implausible"
    """Something is said that cannot be."""
    UNDECIDED = "not decided"
    """Nothing is said, and law or model leave open whether anything must be."""


class OriginKind(StrEnum):
    BACKEND = "backend"
    OVERLAY = "overlay"
    DERIVED = "derived"


@dataclass(frozen=True, slots=True)
class Cell:
    """A place in the overlay that can say it."""

    level: str
    """What its row names: party, location, station, evse, connector."""
    field: str
    """`payment.card_reader`."""
    hint: str = ""
    """How it is written, where that is more than the field says."""

    @classmethod
    def of(cls, path: str, hint: str = "") -> Self:
        """Of `station.payment.card_reader`."""
        level, _, name = path.partition(".")
        return cls(level, name, hint)

    def __str__(self) -> str:
        return f"{self.level} {self.field}"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a rule found at one object."""

    state: State
    path: str = ""
    """Where it is said: `stations[S1].help_phone`; empty where nothing is."""
    what: str = ""
    """Why it is implausible, missing in part, or not decided; from what it is derived."""
    derived: bool = False
    source: str = ""
    """Who said it, where that is not the source of the location."""
    lacking: tuple[Cell, ...] | None = None
    """The cells that would say it; None: those of the rule."""


NOT_SAID = Seen(State.MISSING)
UNSAID = worded("not said")
"""What is told of what is missing, where nothing says more."""
CORRECT = "correct it at its source, or override it in the overlay"
"""What to do with what cannot be."""

Look = Callable[[Subject], Seen | None]
"""What is said at a subject; None where the rule is not about it."""


@dataclass(frozen=True, slots=True)
class Rule:
    code: str
    """`afir-a4`."""
    title: str
    law: str
    """Article or annex that asks for it."""
    level: Level
    within_s: float | None
    """Seconds from a change until it must be public; None: no limit is set."""
    where: str
    """Where it lives in the canonical model."""
    look: Look = attribute(repr=False)
    cells: tuple[Cell, ...] = ()
    """Of the overlay; none where only a backend can know."""
    remedy: str = ""
    """What to do where no cell can say it."""
    binding: bool = True
    """False: whether it is asked for is not verified."""
    means: str = ""
    """What a person gains by it, in one sentence; empty: nobody wrote it down."""
    link: str = ""
    """Where the paragraph can be read."""
    regime: str = ""
    """Key in the catalogue of what it is reported under."""
    kind: What = What.STATIC
    """What of a location moves its answer."""

    @property
    def advice(self) -> str:
        """What to do where it is missing."""
        if not self.cells:
            return self.remedy
        names = ", ".join(f"`{cell.field}`" for cell in self.cells)
        return worded("fill %(names)s in the overlay, by %(level)s", names=names, level=self.cells[0].level)


@dataclass(frozen=True, slots=True)
class Answer:
    """A rule at one object."""

    rule: Rule
    subject: Subject
    seen: Seen

    @property
    def origin(self) -> str:
        """Who says it: a source, file:line of the overlay, what it is derived from; empty where nobody does."""
        seen, sourced = self.seen, self.subject.site.sourced
        if seen.derived:
            return seen.what
        return (overlaid(sourced.overlaid, seen.path) or seen.source or sourced.source) if seen.path else ""

    @property
    def origin_kind(self) -> OriginKind:
        """Of what is said."""
        if self.seen.derived:
            return OriginKind.DERIVED
        overlay = overlaid(self.subject.site.sourced.overlaid, self.seen.path)
        return OriginKind.OVERLAY if overlay else OriginKind.BACKEND

    @property
    def is_gap(self) -> bool:
        return self.seen.state in (State.MISSING, State.IMPLAUSIBLE)

    @property
    def is_breach(self) -> bool:
        """It is missing, and it is verified that it is asked for; what is implausible is a warning."""
        return self.seen.state is State.MISSING and self.rule.binding

    @property
    def lacking(self) -> tuple[Cell, ...]:
        """The cells of the overlay to fill; none unless it is missing."""
        if self.seen.state is not State.MISSING:
            return ()
        return self.rule.cells if self.seen.lacking is None else self.seen.lacking

    @property
    def remedy(self) -> str:
        if self.seen.state is State.IMPLAUSIBLE and not self.rule.remedy:
            return CORRECT
        return replace(self.rule, cells=self.lacking).advice


def overlaid(provenance: Mapping[str, str], path: str) -> str:
    """file:line of the fact that says it, or an object or list around it; empty where none does."""
    while path and provenance:
        if path in provenance:
            return provenance[path]
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return ""
