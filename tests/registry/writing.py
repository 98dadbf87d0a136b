"""A writer as a process of its own: one source whose EVSEs change status again and again, with a clock that steps back.

python -m tests.registry.writing URL NAME COMMITS
"""

from __future__ import annotations

import random
import sys

from app.clock import Millis, SystemClock
from app.registry.apply import Registry
from app.registry.policy import SourcePolicy
from tests.registry.backend import Backend, evse, location

EVSES = 4


class SteppingClock(SystemClock):
    """Ahead or behind by up to five seconds, otherwise at every look."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def now(self) -> Millis:
        return super().now() + self._random.randint(-5000, 5000)


def main(url: str, name: str, commits: int) -> None:
    clock = SteppingClock(name)
    backend = Backend(Registry.open(url, clock=clock, policies={name: SourcePolicy()}), clock, name)
    uids = [f"E{name}{number}" for number in range(EVSES)]
    backend.locations(location(f"L{name}", *(evse(uid) for uid in uids)))
    chance = random.Random(name)
    for _ in range(commits):
        backend.statuses(*((uid, chance.choice(("AVAILABLE", "CHARGING", "OUTOFORDER"))) for uid in uids))
    print("done", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
