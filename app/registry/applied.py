"""What became of a batch."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from app.clock import Millis
from app.model.batch import Batch, Kind
from app.model.problem import Problem
from app.registry.commit import Commit


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a batch."""

    source: str
    kind: Kind
    records: int
    """How many it had, unchanged ones included."""
    changes: int = 0
    """Journal entries written; 0 where nothing changed."""
    seq: int | None = None
    """Sequence of the last of them."""
    published_at: Millis | None = None
    """Their stamp."""
    problems: tuple[Problem, ...] = ()
    """Those of records parsed in this batch; those of unchanged records are kept (`Registry.problems`)."""
    held: int | None = None
    """Number under which a loss is held; None if nothing is."""
    times: tuple[tuple[Millis | None, Millis], ...] = ()
    """(occurred_at, received_at) of each status published."""


class Result:
    """Adds up the commits of one batch."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.problems: list[Problem] = []
        self.of_pull: list[Problem] = []
        """Those that belong to the pull and no record: kept with the source's state."""
        self._changes = 0
        self._last: Commit | None = None
        self._held: int | None = None
        self._times: list[tuple[Millis | None, Millis]] = []

    def add(self, commit: Commit | None, problems: Collection[Problem] = (), held: int | None = None) -> None:
        self.problems += problems
        self._held = held if held is not None else self._held
        if commit is not None and commit.seq > commit.before:
            self._changes += commit.seq - commit.before
            self._last = commit
            self._times += commit.status_times

    def tell(self, problems: Collection[Problem]) -> None:
        """What belongs to the pull and no record."""
        self.problems += problems
        self.of_pull += problems

    def applied(self) -> Applied:
        last = self._last
        return Applied(
            self.batch.source,
            self.batch.kind,
            len(self.batch.records) + len(self.batch.unchanged),
            self._changes,
            None if last is None else last.seq,
            None if last is None else last.stamp,
            (*self.batch.problems, *self.problems),
            self._held,
            tuple(self._times),
        )
