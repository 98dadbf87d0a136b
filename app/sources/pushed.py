"""Statuses of a push source as letters: single events as they come, and from time to time all that holds.

The whole is what a worker starts from after a pause, and what keeps the source from counting as silent while nothing happens.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from itertools import groupby
from typing import Any

import orjson

from app.clock import Millis
from app.errors import SourceAnswerError
from app.model.batch import Batch, Kind, Origin, Parsed, StatusRecord
from app.model.letter import Letter
from app.model.problem import Problem, Severity

_FIELDS = ("evse", "status", "occurred_at", "origin", "backend_at", "queued", "detail", "received_at")


def status_letter(
    records: Sequence[StatusRecord], received_at: Millis, *, events: bool, problems: Sequence[Problem] = ()
) -> Letter:
    """`events`: each record is something that happened; else together they are what holds now."""
    rows = [[getattr(record, name) for name in _FIELDS] for record in records]
    said = {"events": events, "rows": rows, "problems": [asdict(problem) for problem in problems]}
    return Letter(Kind.STATUSES, received_at, orjson.dumps(said))


def opened_statuses(source: str, letter: Letter) -> Batch:
    """Raises SourceAnswerError where `status_letter` has not written it."""
    try:
        said = orjson.loads(letter.payload)
        problems = tuple(Problem(**{**one, "severity": Severity(one["severity"])}) for one in said["problems"])
        rows = [tuple(row) for row in said["rows"]]
        return Batch(source, Kind.STATUSES, letter.received_at, _parsed, rows, events=said["events"], problems=problems)
    except (ValueError, TypeError, KeyError) as error:
        where = f"source {source}, inbox"
        raise SourceAnswerError(f"no letter with statuses: {error}", where=where, remedy="It is left out") from error


def joined(batches: Iterable[Batch]) -> Iterator[Batch]:
    """The same in their order, events that follow each other as one batch: where many wait, many are written by one commit.

    All of one source, from `opened_statuses`; each row keeps the time it came in.
    """
    for events, run in groupby(batches, key=lambda batch: batch.events):
        together = list(run)
        if not events or len(together) == 1:
            yield from together
            continue
        rows = [(*row[:-1], row[-1] or batch.received_at) for batch in together for row in batch.records]
        problems = [problem for batch in together for problem in batch.problems]
        yield replace(together[-1], records=rows, problems=problems)


def _parsed(row: tuple[Any, ...]) -> Parsed:
    values = dict(zip(_FIELDS, row, strict=True))
    values["origin"] = Origin(values["origin"])
    return Parsed(StatusRecord(**values))
