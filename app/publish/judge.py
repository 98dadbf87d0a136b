"""Whether an object is valid in a format, by the official schema, before anybody gets it.

An object is judged alone, in the envelope of its publication, and once for each of its versions: what that costs is in proportion
to what changed, as rendering is, and who is at fault is known. What only a whole document could violate (two objects with one id)
cannot occur: ids hold the party's and the location's.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import NamedTuple

from app.formats.base import NOBODY, Envelope, Format, Publisher, formats
from app.formats.official import Examine, Official
from app.formats.report import Finding
from app.formats.specimen import CONTEXT, LOCATION
from app.model.problem import Problem, Severity

Flaws = tuple[Problem, ...]
"""What is not valid in one object; `record` is the object's key, `path` begins with the id of the part that it is about."""
_TOLD = 3
"""Of one object."""


class Judge:
    """For any number of threads."""

    def __init__(self, official: Official, publisher: Publisher = NOBODY) -> None:
        self._official = official
        self._envelope = Envelope(0, publisher)
        self._known: dict[str, _Enclosed] = {}
        self._lock = threading.Lock()

    def flaws(self, form: Format, body: bytes, record: str, around: tuple[bytes, bytes] | None = None) -> Flaws:
        """Of an object in a format. `around`: what its document starts and ends with, if not as the format says."""
        if not form.standard:
            return ()
        with self._lock:
            own = self._of(form)
            prefix, suffix = around or own.around
            found = own.examine(prefix + body + suffix) if own.examine else []
        return tuple(_flaw(finding, form, record) for finding in found[:_TOLD])

    def unjudged(self) -> list[str]:
        """Formats that have a standard, of which no schema is at hand."""
        with self._lock:
            return [form.name for form in formats().values() if form.standard and self._of(form).examine is None]

    def _of(self, form: Format) -> _Enclosed:
        known = self._known.get(form.name)
        if known is None:
            prefix, suffix = form.prefix(self._envelope), form.suffix(self._envelope)
            specimen = prefix + (form.location(LOCATION, CONTEXT).body or b"") + suffix
            examine = self._official.examiner(form.standard, specimen)
            known = self._known[form.name] = _Enclosed((prefix, suffix), examine)
        return known


class _Enclosed(NamedTuple):
    """What there is to know of a format."""

    around: tuple[bytes, bytes]
    examine: Examine | None


def _flaw(finding: Finding, form: Format, record: str) -> Problem:
    problem = finding.problem
    place = " ".join(filter(None, (problem.record, problem.path)))
    return replace(problem, severity=Severity.REFUSED, record=record, path=place, where=form.name)
