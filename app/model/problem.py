"""What was wrong with something that came in."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    REFUSED = "refused"
    """The record was left out whole."""
    PARTLY = "partly"
    """A part of the record (a field, a connector, an EVSE) was left out; the rest was taken."""
    NOTE = "note"
    """Taken as it is, but a person should look at it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One defect of one record: what, where, by which rule, and what to do about it."""

    what: str
    """A sentence without a full stop."""
    severity: Severity = Severity.REFUSED
    source: str = ""
    """Name of the source in the config; empty until a source or the registry fills it in."""
    record: str = ""
    """The record's id as it was written, with its party where known: `DE*ABC/LOC1`."""
    path: str = ""
    """JSON path of the field inside the record: `evses[2].connectors[0].max_voltage`."""
    where: str = ""
    """Where the record stood: `locations.csv:12`, `https://…/locations?offset=100 item 17`."""
    rule: str = ""
    """The rule that was broken: `OCPI 2.3.0 Location.address: string(255)`."""
    value: str = ""
    """The value as it was written, cut to 80 characters."""
    remedy: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value}

    def __str__(self) -> str:
        place = " ".join(part for part in (self.source, self.where, self.record, self.path) if part)
        tail = "".join(
            (
                f" (value {self.value})" if self.value else "",
                f" [{self.rule}]" if self.rule else "",
                f"; {self.remedy}" if self.remedy else "",
            )
        )
        return f"{place}: {self.what}{tail}" if place else f"{self.what}{tail}"
