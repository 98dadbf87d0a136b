"""Of each rule the locations that break it at most objects: memory grows with the rules, not with the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from app.compliance.judging import Judged
from app.compliance.rule import Answer

SHOWN = 3
NAMED = 3
"""Objects of a location that are named."""


@dataclass(frozen=True, slots=True)
class Example:
    key: str
    """`DE*ABC/L1`."""
    name: str
    objects: int
    places: str
    """The first of them: `evses[E1]`; empty: the location itself."""
    what: str

    def __str__(self) -> str:
        return f"{self.key}{f' ({self.places})' if self.places else ''}: {self.what}"


class Examples:
    def __init__(self) -> None:
        self._heaps: dict[str, list[tuple[int, int, Example]]] = {}
        self._number = 0

    def add(self, judged: Judged) -> None:
        broken: dict[str, list[Answer]] = {}
        for answer in judged.gaps:
            broken.setdefault(answer.rule.code, []).append(answer)
        self._number += 1
        for code, answers in broken.items():
            heap = self._heaps.setdefault(code, [])
            if len(heap) < SHOWN or len(answers) > heap[0][0]:
                heappush(heap, (len(answers), -self._number, _example(judged, answers)))
                if len(heap) > SHOWN:
                    heappop(heap)

    def give(self, code: str, examples: Sequence[Example]) -> None:
        """Of a rule that no location answers, the worst first."""
        self._heaps[code] = [(-number, 0, one) for number, one in enumerate(examples)]

    def of(self, code: str) -> Sequence[Example]:
        """The worst first; earlier locations before later ones."""
        return [example for *_, example in sorted(self._heaps.get(code, ()), reverse=True)]


def _example(judged: Judged, answers: Sequence[Answer]) -> Example:
    site, seen = judged.site, answers[0].seen
    places = named_places(answers)
    key = f"{site.party}/{site.body['id']}"
    return Example(key, site.body.get("name") or "", len(answers), places, seen.what or seen.state.value)


def named_places(answers: Sequence[Answer]) -> str:
    """The first objects of a location that break a rule, and that there are more."""
    named = ", ".join(filter(None, (answer.subject.path for answer in answers[:NAMED])))
    return f"{named} …" if len(answers) > NAMED else named
