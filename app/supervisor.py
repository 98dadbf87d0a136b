"""Several processes as one, for `chargefeed run`: started, watched and stopped together.

1. Children are forked, so that what they share is loaded once: a start costs half of what three interpreters would. Nothing here
   may start a thread or open a connection before.
2. Each child leads a session of its own, so that Ctrl-C reaches it only through here, and is told when this process dies.
3. A child that ends is started again: at once after a long life, else after 1, 2, 4 … BACK_OFF_MOST seconds. One that ends with
   EXIT_CONFIG would end so again: then all are stopped.
4. SIGTERM and SIGINT are passed on as SIGTERM; what is left after GRACE seconds is killed.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import FrameType

import structlog

from app.errors import ConfigError
from app.process import end_with_parent
from app.settings import PLAIN_HOSTS

EXIT_CONFIG = 2
GRACE = 12.0
LONG_LIFE = 60.0
BACK_OFF_MOST = 30.0
LOOK_EVERY = 0.1
PR_SET_NAME = 15
SIGNALS = (signal.SIGTERM, signal.SIGINT)

Address = tuple[str, int]
Work = Callable[[], object]
"""What a child does until it is told to stop; it may end by SystemExit."""

log = structlog.get_logger()
_fork = multiprocessing.get_context("fork")


class Child:
    def __init__(self, name: str, work: Work) -> None:
        self.name = name
        self._work = work
        self._process: multiprocessing.process.BaseProcess | None = None
        self._started = 0.0
        self._back_off = 0.0
        self._due = 0.0

    def start(self) -> None:
        sys.stdout.flush()
        self._process = _fork.Process(target=_begin, args=(self.name, self._work))
        self._process.start()
        self._started = time.monotonic()

    def look(self) -> int | None:
        """Starts it again where it has ended and its time has come. Its exit code when it has just ended, else None."""
        if self._process is None:
            if time.monotonic() >= self._due:
                self.start()
            return None
        code = self._process.exitcode
        if code is None:
            return None
        self._process = None
        now = time.monotonic()
        self._back_off = 0.0 if now - self._started > LONG_LIFE else min(max(1.0, self._back_off * 2), BACK_OFF_MOST)
        self._due = now + self._back_off
        log.error("process ended", child=self.name, code=code, restart_in=self._back_off)
        return code

    def ask_to_stop(self) -> None:
        if self._process:
            self._process.terminate()

    def stop(self, deadline: float) -> bool:
        """False where it had to be killed, with all it started."""
        if self._process is None:
            return True
        self._process.join(max(0.0, deadline - time.monotonic()))
        if self._process.exitcode is not None:
            return True
        log.error("process killed, it did not stop", child=self.name, after=GRACE)
        os.killpg(self._process.pid or 0, signal.SIGKILL)
        self._process.join()
        return False


def _begin(name: str, work: Work) -> None:
    os.setsid()
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    end_with_parent()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_NAME, f"cf-{name}".encode())  # what ps and top show
    work()


def supervise(children: Mapping[str, Work], addresses: Sequence[Address], announce: Callable[[], None]) -> int:
    """Runs `children` (by name) until told to stop; calls `announce` once all `addresses` answer. Returns the exit code.

    Raises ConfigError where another process listens on one of them. They count together in PROMETHEUS_MULTIPROC_DIR.
    """
    for address in addresses:
        _must_be_free(address)
    stopped = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        stopped.set()

    for number in SIGNALS:
        signal.signal(number, on_signal)
    with tempfile.TemporaryDirectory(prefix="chargefeed-") as counters:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = counters
        return _watch([Child(name, work) for name, work in children.items()], addresses, stopped, announce)


def _watch(
    children: Sequence[Child], addresses: Sequence[Address], stopped: threading.Event, announce: Callable[[], None]
) -> int:
    code = 0
    announced = False
    try:
        for child in children:
            child.start()
        while not stopped.wait(LOOK_EVERY):
            ended = [child.look() for child in children]
            if EXIT_CONFIG in ended:
                code = EXIT_CONFIG
                break
            if not announced and all(_answers(address) for address in addresses):
                announced = True
                announce()
    finally:
        for child in children:
            child.ask_to_stop()
        deadline = time.monotonic() + GRACE
        clean = [child.stop(deadline) for child in children]
    return code if all(clean) else code or 1


def _must_be_free(address: Address) -> None:
    host, port = address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            remedy = "Choose another with --port, or `web.port` and `web.stream_port` in the config"
            raise ConfigError(f"cannot listen there: {error.strerror}", where=f"{host}:{port}", remedy=remedy) from None


def _answers(address: Address) -> bool:
    host, port = address
    try:
        with socket.create_connection((PLAIN_HOSTS.get(host, host), port), timeout=0.2):
            return True
    except OSError:
        return False
