"""The result of a rule of a regime (AFIR, NEVI …) or of a standard about one object."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Grade(StrEnum):
    BREACH = "breach"
    """The rule is broken."""
    WARNING = "warning"
    """The rule may be broken, or will be."""
    CANNOT_TELL = "cannot tell"
    """Whether the rule holds there depends on a fact that nobody has said; were it to hold, it would be broken."""


class Strength(StrEnum):
    """What stands behind a rule."""

    LAW = "law"
    STANDARD = "standard"
    """A text that parties agree on: OCPI."""
    GUIDANCE = "guidance"
    """What an authority, or those who keep the standard, say of it."""
    READING = "reading"
    """How practitioners read it; no ruling, and not everyone may agree."""


@dataclass(frozen=True, slots=True)
class Finding:
    rule: str
    """Code of the rule, with the number of the law in its text: `afir-5-4-1`."""
    grade: Grade
    key: str
    """Object key, or EVSE key, that it is about."""
    what: str
    """A sentence without a full stop."""
    remedy: str = ""
    path: str = ""
    """JSON path inside the object: `elements[2].restrictions`; empty: the object as such."""
    missing: tuple[str, ...] = ()
    """Fields that would say the facts that are missing, where it cannot be told: `EVSE.commissioned_on`."""
    connectors: tuple[str, ...] = ()
    """Where it is so, as `party/location/EVSE uid/connector id`; empty: wherever the object is used."""

    def as_dict(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value}
