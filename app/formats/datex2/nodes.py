"""DATEX II documents as they come: JSON, or XML in the shape of JSON, read tolerantly and with the place of every defect.

Where one thing is expected a list of one is taken too, and the other way round; codes may be bare or in `{"value": …}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from app.formats.datex2.periods import Texts
from app.model.problem import Problem, Severity

RULE = "DATEX II"
_YEARS = range(1900, 9000)
_LARGEST = 10**9
_MOMENT = "Send one as 2026-01-31T12:00:00+01:00"
T = TypeVar("T", bound=str)


class Unreadable(ValueError):
    """Without this value the object would mean something else. The problem is reported already."""


@dataclass(frozen=True, slots=True)
class Node:
    value: Any
    path: str
    problems: list[Problem] = field(compare=False)

    def one(self, name: str) -> Node | None:
        """None: it is not there."""
        return next(self.many(name), None)

    def many(self, name: str) -> Iterator[Node]:
        found = self.value.get(name) if isinstance(self.value, dict) else None
        items = found if isinstance(found, list) else [found]
        for index, item in enumerate(items):
            if item is not None:
                place = f"{self.path}.{name}" if self.path else name
                yield Node(item, f"{place}[{index}]" if len(items) > 1 else place, self.problems)

    def needed(self, name: str) -> Node:
        """Raises Unreadable where it is not there."""
        found = self.one(name)
        if found is None:
            raise self.refused(f"{name} is missing", "Send it")
        return found

    def text(self) -> str:
        """A text or a code, on one line; what cannot be printed is a space."""
        value = self.value.get("value") if isinstance(self.value, dict) else self.value
        return " ".join("".join(sign if sign.isprintable() else " " for sign in str(value)).split())

    def code(self, known: Sequence[T]) -> T | None:
        """The code that is meant, whatever its case; None: none of the known."""
        given = self.text()
        found = next((one for one in known if one.lower() == given.lower()), None)
        if found is not None and found != given:
            self.note(f"not written {found}", "Write codes as the schema does")
        return found

    def number(self) -> Decimal:
        """Raises Unreadable."""
        try:
            number = Decimal(self.text())
        except InvalidOperation:
            raise self.refused("no number", "Send a number such as 0.49") from None
        if not number.is_finite() or abs(number) > _LARGEST:
            raise self.refused("no number", "Send a number such as 0.49")
        return number

    def flag(self) -> bool:
        """Raises Unreadable."""
        given = self.text().lower()
        if given not in ("true", "false", "1", "0"):
            raise self.refused("neither true nor false", "Send true or false")
        return given in ("true", "1")

    def edge(self) -> datetime | None:
        """When something begins or ends; None, with a note: a year such as 0001 or 9999 that stands for an open end.

        Raises Unreadable, also for a time without offset: it could be any.
        """
        moment = self._instant()
        if moment is None:
            raise self.refused("no time with offset", _MOMENT)
        if moment.year not in _YEARS:
            self.note("a year that stands for an open end", "Leave it out")
            return None
        return moment

    def stamp(self) -> datetime | None:
        """When something was changed; None, with a note, where it cannot be told."""
        moment = self._instant()
        if moment is None or moment.year not in _YEARS:
            self.note("no time with offset, left out", _MOMENT)
            return None
        return moment

    def texts(self) -> Texts:
        """A multilingual text, or a bare one, whose language is not known (`und`)."""
        if not isinstance(self.value, dict):
            return (("und", self.text()),) if self.text() else ()
        found = ((one.one("lang"), one.text()) for one in self.many("values"))
        return tuple((language.text() if language else "und", text) for language, text in found if text)

    def note(self, what: str, remedy: str = "") -> None:
        self.problems.append(self._problem(what, Severity.NOTE, remedy))

    def refused(self, what: str, remedy: str) -> Unreadable:
        """To be raised."""
        self.problems.append(self._problem(what, Severity.REFUSED, remedy))
        return Unreadable(what)

    def _instant(self) -> datetime | None:
        try:
            moment = datetime.fromisoformat(self.text())
        except ValueError:
            return None
        return moment if moment.tzinfo else None

    def _problem(self, what: str, severity: Severity, remedy: str) -> Problem:
        value = "" if isinstance(self.value, list) else self.text()[:80]
        shown = "" if isinstance(self.value, dict) and "value" not in self.value else value
        return Problem(what, severity, path=self.path, rule=RULE, value=shown, remedy=remedy)
