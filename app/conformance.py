"""`chargefeed validate URL`: the checklist run against an OCPI endpoint, anyone's or our own."""

from __future__ import annotations

from collections import Counter

from app.checklist.rows import Outcome, Result, run
from app.checklist.subject import Asker, subjects
from app.errors import PartnerError
from app.terminal import BAD, OK, say, table

_WORDS = {Outcome.PASS: OK, Outcome.FAIL: BAD, Outcome.NOT_APPLICABLE: "n/a"}


def show_conformance(url: str, token: str | None) -> bool:
    """Prints the report; False where a row of level M fails. Raises PartnerError where the URL is no versions endpoint."""
    found = [result for subject in subjects(Asker(token), url) for result in run(subject)]
    if not found:
        remedy = "Give the URL of a versions endpoint, and --token where it asks for one"
        raise PartnerError("offers no version of OCPI that is known here", where=url, remedy=remedy)
    columns = ("row", "level", "version", "result", "check", "section", "example")
    table(columns, [_cells(result) for result in found])
    counts = Counter((result.version, result.outcome) for result in found)
    for version in sorted({result.version for result in found}):
        say(f"OCPI {version}: " + ", ".join(f"{counts[version, outcome]} {outcome.value}" for outcome in Outcome))
    return not any(result.outcome is Outcome.FAIL and result.row.level == "M" for result in found)


def _cells(result: Result) -> tuple[str, ...]:
    row = result.row
    said = (str(row.number), row.level, result.version, _WORDS[result.outcome], row.check, row.section)
    return (*said, "; ".join(result.examples))
