"""The result of a rule of a regime (AFIR, NEVI …) about one object."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    BREACH = "breach"
    """The rule is broken."""
    WARNING = "warning"
    """The rule may be broken, or will be."""


@dataclass(frozen=True, slots=True)
class Finding:
    rule: str
    """Code of the rule, with the number of the law in its text: `afir-5-4-1`."""
    grade: Grade
    key: str
    """Object key, or EVSE key, that it is about."""
    what: str
    remedy: str = ""
