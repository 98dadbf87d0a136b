"""What was found in a file that anyone wrote."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from app.model.loss import Loss
from app.model.problem import Problem, Severity


class Verdict(StrEnum):
    TAKEN = "taken"
    """Valid; there may be notes."""
    PARTLY = "partly"
    """Parts were left out."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Finding:
    line: int
    """From 1; that of the nearest thing around where the field itself is missing."""
    problem: Problem


@dataclass(frozen=True, slots=True)
class Record:
    line: int
    part: str
    """Class: Location, Tariff, EVSE …"""
    id: str
    """With its party where known, `DE*ABC/LOC1`; empty for classes without id."""
    verdict: Verdict
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Report:
    format: str
    """`ocpi-2.2.1`; empty where the file is no such file at all."""
    records: tuple[Record, ...] = ()
    findings: tuple[Finding, ...] = ()
    """Those of the file itself, not of one record."""
    losses: dict[str, dict[Loss, int]] = field(default_factory=dict)
    """Older format → what is lost when the file is published in it → in how many records."""

    @property
    def valid(self) -> bool:
        """Whether everything in the file would be taken, notes aside."""
        refused = any(finding.problem.severity is not Severity.NOTE for finding in self.findings)
        return not refused and all(record.verdict is Verdict.TAKEN for record in self.records)

    def count(self, verdict: Verdict) -> int:
        return sum(record.verdict is verdict for record in self.records)
