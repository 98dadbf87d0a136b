"""One thread keeps all deadlines: each is cut in its own time, and one whose block has ended is let be."""

from __future__ import annotations

import multiprocessing
import socket
import threading
from contextlib import ExitStack

from app.http.deadline import Deadline
from tests.processes import wait_for


def cut_in_time() -> None:
    with ExitStack() as stack:
        late, soon, later = (stack.enter_context(Deadline(seconds)) for seconds in (60, 0.05, 0.1))
        ours, theirs = socket.socketpair()
        soon.watch(ours)
        theirs.settimeout(10)
        assert theirs.recv(1) == b""
        wait_for(lambda: later.passed, 10)
        assert (soon.passed, late.passed) == (True, False)


def test_each_is_cut_in_its_own_time_by_the_same_thread() -> None:
    cut_in_time()
    cut_in_time()
    assert sum(thread.name == "deadlines" for thread in threading.enumerate()) == 1


def test_one_whose_block_has_ended_is_let_be() -> None:
    ours, theirs = socket.socketpair()
    with Deadline(0.05) as ended:
        ended.watch(ours)
    with Deadline(0.1) as other:
        wait_for(lambda: other.passed, 10)
    assert not ended.passed
    theirs.sendall(b"x")
    assert ours.recv(1) == b"x"


def test_a_forked_process_has_a_thread_of_its_own() -> None:
    cut_in_time()
    child = multiprocessing.get_context("fork").Process(target=cut_in_time)
    child.start()
    child.join(20)
    assert child.exitcode == 0
