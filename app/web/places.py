"""How many requests one process works on at once. More of them would only make each slower, until none is answered in time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE_S = 2.0
"""So long a request waits for a place; its client is told to come back then."""
RETRY_AFTER_S = 2
MOST_WAITING = 64
SPARE = 4
"""Threads for what needs no place: answers that are kept, `/healthz`, and to send away who is too many."""


def waiting(places: int) -> int:
    """How many may wait for one of so many places."""
    return min(4 * places, MOST_WAITING)


def threads(places: int) -> int:
    """What a server needs so that each that works or waits has one, and some are left."""
    return places + waiting(places) + SPARE


class Places:
    def __init__(self, places: int, patience_s: float = PATIENCE_S) -> None:
        self._free = threading.Semaphore(places)
        self._waiting = threading.Semaphore(waiting(places))
        self._patience_s = patience_s

    @contextmanager
    def taken(self) -> Iterator[bool]:
        """Whether there is a place, for as long as the block lasts."""
        got = self._free.acquire(blocking=False) or self._waited()
        try:
            yield got
        finally:
            if got:
                self._free.release()

    def _waited(self) -> bool:
        if not self._waiting.acquire(blocking=False):
            return False
        try:
            return self._free.acquire(timeout=self._patience_s)
        finally:
            self._waiting.release()
