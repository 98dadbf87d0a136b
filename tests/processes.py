"""For tests that start processes of their own."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def free_port() -> int:
    """One whose next is free too: `chargefeed run` gives that to the stream."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = int(server.getsockname()[1])
            with suppress(OSError, OverflowError), socket.create_server(("127.0.0.1", port + 1)):
                return port


def wait_for(condition: Callable[[], bool], seconds: float = 20.0, every: float = 0.05) -> None:
    """Fails where the condition is not met in time; what is waited for is the caller's docstring."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not met within {seconds} s"
        time.sleep(every)


def is_alive(pid: int) -> bool:
    """False for one that has ended, though nobody has asked for its exit code yet."""
    try:
        os.kill(pid, 0)
        return _stat(pid)[1] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def children_of(parent: int) -> dict[int, str]:
    """Process id → name of the processes that this one has started and that live."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            name, state, started_by = _stat(int(entry.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(started_by) == parent and state != "Z":
            found[int(entry.name)] = name
    return found


def kill(pid: int, patience_s: float = 30.0) -> None:
    """And waits until it is gone with all that it had started, which ends by itself."""
    ending = [pid, *children_of(pid)]
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not any(map(is_alive, ending)), patience_s)


def _stat(pid: int) -> tuple[str, str, str]:
    """(name, state, parent's process id)"""
    before, _, after = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    state, parent, *_ = after.split()
    return before.partition("(")[2], state, parent
