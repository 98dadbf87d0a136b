"""For tests that start processes of their own."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def wait_for(condition: Callable[[], bool], seconds: float = 20.0, every: float = 0.05) -> None:
    """Fails where the condition is not met in time; what is waited for is the caller's docstring."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not met within {seconds} s"
        time.sleep(every)
