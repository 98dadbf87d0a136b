"""What is wrong with a line of a file."""

from __future__ import annotations

from dataclasses import dataclass

from app.model.problem import Problem, Severity


@dataclass(frozen=True, slots=True)
class Defect:
    line: int
    """From 1, the header's."""
    column: str
    """Empty: the line as a whole."""
    what: str
    severity: Severity
    """What it means for reading: NOTE where the value was read all the same."""
    official: bool = False
    """The schema refuses it, so that a portal refuses the file."""
    rule: str = ""
    value: str = ""
    remedy: str = ""
    record: str = ""
    """Id of the charge point."""

    @property
    def shown(self) -> str:
        """The value in one line of up to 80 characters."""
        return " ".join(self.value.split())[:80]

    def problem(self, file: str) -> Problem:
        """As a source reports it."""
        where = f"{file}:{self.line} column {self.column}" if self.column else f"{file}:{self.line}"
        return Problem(
            self.what,
            self.severity,
            record=self.record[:80],
            where=where,
            rule=self.rule,
            value=self.shown,
            remedy=self.remedy,
        )
