"""Reads what can be read of a defective object.

Rules, in order, for each error of validation:
1. a value whose meaning is certain is repaired (a note);
2. an unknown value of a closed enum that has a fallback is read as that;
3. else the smallest enclosing part that may be left out is left out: an optional field, an item of a list; never below
   a field marked `Whole`, whose meaning its parts share, and never a field marked `Binding`;
4. where nothing around it may be left out, the object is refused.
Then the rest is validated again, since what was left out may be missed elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.model.faults import REPAIRED
from app.model.problem import Problem, Severity
from app.model.pruning import LEFT_OUT, Path, Pruning, origin, path_text
from app.model.repair import NO_REPAIR, describe, repair
from app.model.shape import Field, fields
from app.model.types import Model


@dataclass(frozen=True, slots=True)
class Salvaged:
    model: Any
    """An object of the class asked for; None where it was refused."""
    problems: tuple[Problem, ...] = ()
    left_out: tuple[Path, ...] = ()
    """What was left out, by its place in the object as it came."""
    indexes: Mapping[Path, list[int]] = field(default_factory=dict)
    """For each list that may be shorter now, by its place in `model`: where each item stood before."""

    def origin(self, path: Path) -> Path:
        """A place in `model` as a place in the object as it came."""
        return origin(self.indexes, path)


Names = Mapping[str, Mapping[str, str]]
"""Class → name of a field → how the source writes it, where it writes it otherwise."""


def salvage(model: type[Model], value: Any, rules: str = "OCPI 2.3.0", names: Names = MappingProxyType({})) -> Salvaged:
    """`rules` names the rule book in the problems. Never raises."""
    problems: list[Problem] = []
    pruning = Pruning(value)
    book = _Book(rules, names)
    while True:
        try:
            found = model.model_validate(pruning.pruned)
        except ValidationError as error:
            decisions = list(_decisions(model, error, pruning, book))
            problems += [decision.problem for decision in decisions]
            if any(not decision.path for decision in decisions):
                return Salvaged(None, tuple(problems), pruning.left_out())
            pruning.change({decision.path: decision.replacement for decision in decisions})
        else:
            return Salvaged(found, tuple(problems), pruning.left_out(), pruning.indexes)


@dataclass(frozen=True, slots=True)
class _Book:
    rules: str
    names: Names

    def written(self, path: Path, known: list[Field | None]) -> Path:
        return tuple(
            self._name(at) if at and isinstance(step, str) else step for step, at in zip(path, known, strict=True)
        )

    def rule(self, at: Field | None, known: list[Field | None]) -> str:
        book = "chargefeed" if any(found and found.extension for found in known) else self.rules
        return f"{book} {at.owner}.{self._name(at)}: {at.rule}" if at else book

    def _name(self, at: Field) -> str:
        return self.names.get(at.owner, {}).get(at.name, at.name)


@dataclass(frozen=True, slots=True)
class _Decision:
    path: Path
    """Of the part that is changed; empty: the whole object is refused."""
    replacement: Any
    problem: Problem


def _decisions(model: type[Model], error: ValidationError, pruning: Pruning, book: _Book) -> Iterator[_Decision]:
    for details in error.errors(include_url=False):
        path = origin(pruning.indexes, details["loc"])
        yield _decide(model, path, details, pruning, book)


def _decide(model: type[Model], path: Path, details: ErrorDetails, pruning: Pruning, book: _Book) -> _Decision:
    known = _fields_along(model, path)
    own = known[-1] if known and known[-1] and isinstance(path[-1], str) else None
    around = pruning.replaced_around(path)
    if around is None:
        replacement = repair(details, own)
        if replacement is not NO_REPAIR:
            consequence = "" if REPAIRED in details.get("ctx", {}) else f"read as {value_text(replacement)}"
            problem = _problem(path, known, details, book, Severity.NOTE, consequence)
            return _Decision(path, LEFT_OUT if replacement is None else replacement, problem)
        if own and own.otherwise and details["type"] != "missing":
            consequence = f"read as {own.otherwise}"
            return _Decision(path, own.otherwise, _problem(path, known, details, book, Severity.PARTLY, consequence))
    cut = _cut_point(known, path if around is None else around)
    severity = Severity.PARTLY if cut else Severity.REFUSED
    if details["type"] == "string_too_short" and cut == path:
        severity = Severity.NOTE
    return _Decision(cut, LEFT_OUT, _problem(path, known, details, book, severity, _consequence(cut, known)))


def _fields_along(model: type[Model], path: Path) -> list[Field | None]:
    """For each step of the path the field it goes into (for an index, the field of its list); None where unknown."""
    known: list[Field | None] = []
    current: type[Model] | None = model
    for step in path:
        if isinstance(step, int):
            known.append(known[-1] if known else None)
            continue
        found = fields(current).get(step) if current else None
        known.append(found)
        current = found.child if found else None
    return known


def _cut_point(known: list[Field | None], path: Path) -> Path:
    """The smallest part around `path` that may be left out; empty where that is the whole object."""
    cut = 0
    for depth, step in enumerate(path, start=1):
        at = known[depth - 1]
        if isinstance(step, int) or at is None or not (at.required or at.binding):
            cut = depth
        if at is None or (at.whole and isinstance(step, str)):
            break
    return path[:cut]


def _consequence(cut: Path, known: list[Field | None]) -> str:
    if not cut:
        return "refused"
    at = known[len(cut) - 1]
    if isinstance(cut[-1], int):
        return f"{at.child.__name__ if at and at.child else 'entry'} left out"
    return f"{cut[-1]} left out"


def _problem(
    path: Path,
    known: list[Field | None],
    details: ErrorDetails,
    book: _Book,
    severity: Severity,
    consequence: str,
) -> Problem:
    at = next((found for found in reversed(known) if found), None)
    written = book.written(path, known)
    what, remedy = describe(details, at, str(written[-1]) if written else "")
    missing = details["type"] == "missing"
    return Problem(
        what=f"{what}: {consequence}" if consequence else what,
        severity=severity,
        path=path_text(written),
        rule=book.rule(at, known),
        value="" if missing else value_text(details["input"]),
        remedy=remedy,
    )


def value_text(value: Any) -> str:
    """A value as an error shows it, cut to 80 characters; empty for whole objects and lists of them."""
    if isinstance(value, list):
        return ", ".join(filter(None, map(value_text, value)))[:80]
    return "" if value is None or isinstance(value, Model | dict) else str(value)[:80]
