"""The turn to write, in one process: statuses go first. They are what must be public within seconds; an inventory can wait."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Precedence:
    """A lock. Whoever takes it by `then` waits for all who want it by `first`."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._taken = False
        self._first = 0

    @contextmanager
    def first(self) -> Iterator[None]:
        with self._changed:
            self._first += 1
            try:
                self._changed.wait_for(lambda: not self._taken)
                self._taken = True
            finally:
                self._first -= 1
        with self._given_back():
            yield

    @contextmanager
    def then(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._taken and not self._first)
            self._taken = True
        with self._given_back():
            yield

    @contextmanager
    def _given_back(self) -> Iterator[None]:
        try:
            yield
        finally:
            with self._changed:
                self._taken = False
                self._changed.notify_all()
