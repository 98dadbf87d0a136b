"""What a process asks of the system it runs on, and of the interpreter."""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1


def end_with_parent(by: signal.Signals = signal.SIGTERM) -> None:
    """This process is told to stop when the one that started it dies, however that dies: nobody would look after it.

    If that is dead already, which was too early for the signal, this one ends at once.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, by)
        parent, forked = multiprocessing.parent_process(), multiprocessing.get_start_method() == "fork"
        if forked and parent is not None and parent.pid != os.getppid():
            os.kill(os.getpid(), signal.SIGKILL)


def allow_many_files() -> int:
    """As many as the system lets it ask for; returns how many. Each connection is an open file, and most systems allow 1024
    unless asked."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def spare_collector() -> None:
    """What a worker keeps (rows of polls, blocks), and a report on a year goes through (outages), is much and has no cycles: to
    search it for some costs a fifth of the time."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
