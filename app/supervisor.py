"""Several processes as one, for `chargefeed run`: started, watched and stopped together.

1. Each child leads a session of its own, so that Ctrl-C reaches it only through here, and is told when this process dies.
2. A child that ends is started again: at once after a long life, else after 1, 2, 4 … BACK_OFF_MOST seconds. One that ends with
   EXIT_CONFIG would end so again: then all are stopped.
3. SIGTERM and SIGINT are passed on as SIGTERM; what is left after GRACE seconds is killed.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import FrameType

import structlog

from app.errors import ConfigError
from app.settings import PLAIN_HOSTS

EXIT_CONFIG = 2
GRACE = 12.0
LONG_LIFE = 60.0
BACK_OFF_MOST = 30.0
LOOK_EVERY = 0.1
PR_SET_PDEATHSIG = 1

Address = tuple[str, int]

log = structlog.get_logger()


class Child:
    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.name = name
        self._command = command
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._back_off = 0.0
        self._due = 0.0

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
        self._started = time.monotonic()

    def look(self) -> int | None:
        """Starts it again where it has ended and its time has come. Its exit code when it has just ended, else None."""
        if self._process is None:
            if time.monotonic() >= self._due:
                self.start()
            return None
        code = self._process.poll()
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
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.error("process killed, it did not stop", child=self.name, after=GRACE)
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            return False
        return True


def supervise(
    commands: Mapping[str, Sequence[str]],
    addresses: Sequence[Address],
    environment: Mapping[str, str],
    announce: Callable[[], None],
) -> int:
    """Runs `commands` (by name) until told to stop; calls `announce` once all `addresses` answer. Returns the exit code.

    Raises ConfigError where another process listens on one of them. They count together in PROMETHEUS_MULTIPROC_DIR.
    """
    for address in addresses:
        _must_be_free(address)
    stopped = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        stopped.set()

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        with tempfile.TemporaryDirectory(prefix="chargefeed-") as counters:
            shared = {**environment, "PROMETHEUS_MULTIPROC_DIR": counters}
            children = [Child(name, command, shared) for name, command in commands.items()]
            return _watch(children, addresses, stopped, announce)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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


def _die_with_parent() -> None:
    # Linux only; elsewhere a killed supervisor leaves its children running.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
