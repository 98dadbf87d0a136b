"""What a person has to know before filing: counted by what is wrong, with the first few that are concerned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

EXAMPLES = 5


@dataclass(slots=True)
class Doubt:
    what: str
    remedy: str
    kept: bool
    """Whether it is in the file all the same."""
    count: int = 0
    examples: list[str] = field(default_factory=list)
    """Station, port and session or row."""

    def as_dict(self) -> dict[str, Any]:
        said = {"what": self.what, "count": self.count, "examples": self.examples, "remedy": self.remedy}
        return {**said, "in the file": self.kept}


class Doubts:
    def __init__(self) -> None:
        self._found: dict[str, Doubt] = {}

    def add(self, what: str, example: str, remedy: str, *, kept: bool = False) -> None:
        doubt = self._found.setdefault(what, Doubt(what, remedy, kept))
        doubt.count += 1
        if len(doubt.examples) < EXAMPLES:
            doubt.examples.append(example)

    def __iter__(self) -> Iterator[Doubt]:
        return iter(self._found.values())

    def __len__(self) -> int:
        return len(self._found)
