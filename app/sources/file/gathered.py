"""What the files of one pull give together: each key once, the first one counts.

A tariff file that is not whole (it cannot be read, its plan is defective) still stands for the keys it gave when it last was:
they are seen, and no other file's. Where that is not known, after a restart, nothing counts as missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from app.model.batch import Kind, Raw
from app.model.problem import Problem
from app.sources.file.objects import Contents
from app.sources.records import double


class Gathered:
    def __init__(self, kind: Kind, before: Mapping[Path, frozenset[str]]) -> None:
        """`before`: `gave` of the pull before."""
        self.given: set[str] = set()
        """Keys of the records."""
        self.seen: set[str] = set()
        """Keys of tariffs that their files stand for without giving them."""
        self.gave: dict[Path, frozenset[str]] = {}
        """Tariff file → the keys it stands for."""
        self.complete = True
        self.problems: list[Problem] = []
        self._kind = kind
        self._before = before

    def add(self, path: Path, found: Contents) -> list[Raw]:
        """The file's records, without those that an earlier one has."""
        self.problems += found.problems
        raws: list[Raw] = []
        for raw in found.raws:
            if raw.key in self.given or raw.key in self.seen:
                self.problems.append(double(raw, self._kind))
            else:
                self.given.add(raw.key)
                raws.append(raw)
        if self._kind is Kind.TARIFFS:
            self._remember(path, frozenset(raw.key for raw in raws), whole=found.whole)
        else:
            self.complete &= found.whole
        return raws

    def _remember(self, path: Path, keys: frozenset[str], *, whole: bool) -> None:
        before = frozenset() if whole else self._before.get(path)
        if before is None:
            self.complete = False
            return
        self.gave[path] = keys | before
        self.seen |= before - self.given
