"""The rows of the checklist, the checks that are written for them, and what comes of a run."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import islice

from app.checklist.subject import NotApplicable, Subject
from app.errors import PartnerError
from app.shipped import shipped

Check = Callable[[Subject], Iterable[str]]
"""What is wrong, with an example for each; nothing where the row is kept. Raises NotApplicable."""

CHECKS: dict[int, Check] = {}
EXAMPLES = 3


class Outcome(StrEnum):
    PASS = "pass"
    FAIL = "fail"
    NOT_APPLICABLE = "n/a"


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    level: str
    """M: must, S: should, P: practice."""
    versions: frozenset[str]
    check: str
    section: str
    """Of the specification."""


@dataclass(frozen=True, slots=True)
class Result:
    row: Row
    version: str
    outcome: Outcome
    examples: tuple[str, ...] = ()
    """Of what is wrong; or why it does not apply."""


def row(*numbers: int) -> Callable[[Check], Check]:
    """Registers a check for these rows."""

    def register(check: Check) -> Check:
        CHECKS.update(dict.fromkeys(numbers, check))
        return check

    return register


@cache
def rows() -> dict[int, Row]:
    text = (shipped("config") / "ocpi-checklist.csv").read_text("utf-8")
    return {
        int(line["row"]): Row(
            int(line["row"]), line["level"], frozenset(line["versions"].split()), line["check"], line["section"]
        )
        for line in csv.DictReader(text.splitlines())
    }


def run(subject: Subject) -> Iterator[Result]:
    """Every row of the subject's version, in order."""
    for each in rows().values():
        if subject.version in each.versions:
            yield result(each, subject)


def result(of: Row, subject: Subject) -> Result:
    check = CHECKS.get(of.number)
    if check is None:
        return Result(of, subject.version, Outcome.NOT_APPLICABLE, ("cannot be seen by reading",))
    try:
        wrong = tuple(islice(check(subject), EXAMPLES))
    except NotApplicable as reason:
        return Result(of, subject.version, Outcome.NOT_APPLICABLE, (str(reason),))
    except PartnerError as error:
        return Result(of, subject.version, Outcome.FAIL, (str(error),))
    return Result(of, subject.version, Outcome.FAIL if wrong else Outcome.PASS, wrong)
