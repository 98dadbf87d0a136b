"""Files that a person hands to `chargefeed tariff lint`: what is in them, what reading them found, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.formats.json_lines import LineIndex, path_of
from app.formats.ocpi.parse import read_location, read_tariff
from app.model.batch import LocationRecord, Parsed, TariffRecord
from app.model.finding import Finding
from app.model.identifiers import object_key
from app.model.problem import Problem, Severity
from app.session_file import Place, is_plan, placed_documents, version_read
from app.tariffs.flatten.tariffs import flatten
from app.tariffs.lint import lint_written
from app.tariffs.plan.reading import read_plan

_OWNER = ("country_code", "party_id")
NOWHERE = ("AQ", "XXX")
"""The owner of what names none (2.1.1): no law holds there."""


@dataclass(frozen=True, slots=True)
class LintFile:
    path: Path
    bodies: list[dict[str, Any]] = field(default_factory=list)
    """What could be read, as canonical JSON."""
    findings: list[Finding] = field(default_factory=list)
    """About how it is written."""
    names: dict[str, str] = field(default_factory=dict)
    """Object key → as it is written."""
    places: dict[str, Place] = field(default_factory=dict)
    left_out: dict[str, list[Problem]] = field(default_factory=dict)
    """Object key → what was not read of it: places inside are no longer those of the file."""
    lines: LineIndex | None = None
    """None: the file is a price plan, whose tariffs have no lines."""

    def where(self, finding: Finding) -> str | None:
        """`file:line`; None where the file does not hold what the finding is about."""
        if finding.key not in self.names:
            return None
        if self.lines is None:
            return str(self.path)
        inside = () if finding.key in self.left_out else path_of(finding.path)
        return f"{self.path}:{self.lines.line((*self.places[finding.key], *inside))}"


def read_tariffs(path: Path, as_format: str | None) -> LintFile:
    """OCPI tariffs of any version, or those that a price plan becomes. Raises ChargefeedError for a file that is neither."""
    if is_plan(path):
        bodies = [one.tariff for one in flatten(read_plan(path))]
        names = {object_key(one["country_code"], one["party_id"], one["id"]): one["id"] for one in bodies}
        return LintFile(path, bodies, names=names)
    placed = placed_documents(path)
    version = version_read(list(placed.values()), "Tariff", as_format)
    found = LintFile(path, lines=LineIndex(path.read_text("utf-8")))
    for place, body in placed.items():
        parsed = read_tariff(body, version, country_code=NOWHERE[0], party_id=NOWHERE[1])
        key = _add(found, place, body, parsed)
        found.findings.extend(lint_written(body, key, parsed.problems))
    return found


def read_locations(path: Path, as_format: str | None) -> LintFile:
    """OCPI locations of any version; those that cannot be read are left out."""
    placed = placed_documents(path)
    version = version_read(list(placed.values()), "Location", as_format)
    found = LintFile(path, lines=LineIndex(path.read_text("utf-8")))
    for place, body in placed.items():
        parsed = read_location(body, version, country_code=NOWHERE[0], party_id=NOWHERE[1])
        _add(found, place, body, parsed)
    return found


def _add(found: LintFile, place: Place, body: dict[str, Any], parsed: Parsed) -> str:
    """The object's key."""
    record = parsed.record
    if isinstance(record, LocationRecord | TariffRecord):
        key = object_key(record.country_code, record.party_id, record.id)
        found.bodies.append(record.body)
    else:
        owner = [str(body.get(name) or none) for name, none in zip(_OWNER, NOWHERE, strict=True)]
        key = object_key(owner[0], owner[1], str(body.get("id", "")))
    found.names[key] = str(body.get("id", ""))
    if worse := [problem for problem in parsed.problems if problem.severity is not Severity.NOTE]:
        found.left_out[key] = worse
    found.places[key] = place
    return key
