"""Statuses go before whatever else waits to be written."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

from app.registry.precedence import Precedence
from tests.processes import wait_for


def test_statuses_that_came_last_are_written_first() -> None:
    turn, written, begun = Precedence(), list[str](), threading.Semaphore(0)

    def write(how: AbstractContextManager[None], what: str) -> None:
        begun.release()
        with how:
            written.append(what)

    with ThreadPoolExecutor(6) as pool:
        with turn.then():
            jobs = [pool.submit(write, turn.then(), f"inventory {number}") for number in range(3)]
            jobs += [pool.submit(write, turn.first(), f"statuses {number}") for number in range(3)]
            for _ in jobs:
                begun.acquire()
            wait_for(lambda: turn._first == 3)
            assert written == []
        for job in jobs:
            job.result(5)
    assert [what.split()[0] for what in written] == ["statuses"] * 3 + ["inventory"] * 3
