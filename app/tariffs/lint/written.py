"""OCPI: how a tariff is written. What reading found is said again as findings; what it passes over is looked for in the JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.model.finding import Grade, Strength
from app.model.problem import Problem, Severity
from app.model.pruning import Path, path_text
from app.tariffs.lint.rule import Fault, Rulebook


@dataclass(frozen=True, slots=True)
class Written:
    body: Any
    """JSON of any version."""
    problems: Sequence[Problem] = ()
    """What reading it found (`formats.ocpi.parse.read_tariff`)."""


WRITTEN: Rulebook[Written] = Rulebook("OCPI as written")


@WRITTEN.rule(
    "ocpi-schema",
    "A tariff has the fields, types and ranges of its version",
    "OCPI 2.1.1, 2.2.1, 2.3.0 Tariffs",
    Strength.STANDARD,
    "Write what the version asks for",
)
def _schema(written: Written) -> Iterator[Fault]:
    return (_read(problem) for problem in written.problems if problem.severity is not Severity.NOTE)


@WRITTEN.rule(
    "ocpi-schema-note",
    "A tariff is written as its version asks",
    "OCPI 2.1.1, 2.2.1, 2.3.0 Tariffs",
    Strength.STANDARD,
    "Write it as the version asks",
    grade=Grade.WARNING,
)
def _noted(written: Written) -> Iterator[Fault]:
    return (_read(problem) for problem in written.problems if problem.severity is Severity.NOTE)


def _read(problem: Problem) -> Fault:
    value = f" ({problem.value})" if problem.value else ""
    rule = f" [{problem.rule}]" if problem.rule else ""
    return Fault(f"{problem.what}{value}{rule}", problem.path, problem.remedy)


@WRITTEN.rule(
    "ocpi-null",
    "What is not said is left out",
    "OCPI 2.3.0 Tariff",
    Strength.READING,
    "Leave the field out",
    grade=Grade.WARNING,
)
def _null(written: Written) -> Iterator[Fault]:
    for path, value in _walked(written.body, ()):
        if value is None:
            yield Fault("null says nothing", path_text(path))


@WRITTEN.rule(
    "ocpi-empty",
    "Lists and objects have something in them",
    "OCPI 2.3.0 Tariff",
    Strength.READING,
    "Leave the field out",
    grade=Grade.WARNING,
)
def _empty(written: Written) -> Iterator[Fault]:
    for path, value in _walked(written.body, ()):
        if path and isinstance(value, list | dict) and not value:
            yield Fault(f"an empty {'list' if isinstance(value, list) else 'object'} says nothing", path_text(path))


def _walked(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        yield from _walked(item, (*path, step))
