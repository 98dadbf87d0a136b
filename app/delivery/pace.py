"""Keeping to how often a destination may be called."""

from __future__ import annotations

import threading
import time


class Pace:
    """A shortest time between the beginnings of two calls. Threads share it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._turn = threading.Lock()
        self._next = float("-inf")

    def wait(self) -> None:
        """Until it is one's turn."""
        if not self._seconds:
            return
        with self._turn:
            now = time.monotonic()
            begins = max(now, self._next)
            self._next = begins + self._seconds
        time.sleep(begins - now)
