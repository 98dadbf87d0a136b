"""Several processes as one, for `chargefeed run`: started, watched and stopped together.

1. Children are forked, so that what they share is loaded once: a start costs half of what three interpreters would. Nothing here
   may start a thread or open a connection before.
2. Each child leads a session of its own, so that Ctrl-C reaches it only through here, and is told when this process dies.
3. A child that ends is started again: at once after a long life, else after 1, 2, 4 … BACK_OFF_MOST seconds. One that ends with
   EXIT_CONFIG would end so again: then all are stopped.
4. SIGTERM and SIGINT are passed on as SIGTERM; what is left after GRACE seconds is killed.
5. SIGHUP: the settings are read anew. Bad ones are refused, and all goes on as it was; else the children are replaced one after
   the other. One that serves (`gentle`) replaces itself, so that somebody answers at every moment.
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
from collections.abc import Callable, Collection, Mapping, Sequence
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
Reload = Callable[[], Mapping[str, Work]]
"""The children by the settings as they are now. Raises ConfigError where those are no good."""

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

    def renew(self) -> None:
        """It replaces what it runs by itself."""
        if self._process and self._process.pid and self._process.is_alive():
            os.kill(self._process.pid, signal.SIGHUP)

    def replace(self) -> None:
        self.ask_to_stop()
        self.stop(time.monotonic() + GRACE)
        self.start()

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
    for number in (*SIGNALS, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    end_with_parent()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_NAME, f"cf-{name}".encode())  # what ps and top show
    work()


def supervise(
    children: Mapping[str, Work],
    addresses: Sequence[Address],
    announce: Callable[[], None],
    reload: Reload | None = None,
    gentle: Collection[str] = (),
) -> int:
    """Runs `children` (by name) until told to stop; calls `announce` once all `addresses` answer. Returns the exit code.

    Raises ConfigError where another process listens on one of them. They count together in PROMETHEUS_MULTIPROC_DIR.
    """
    for address in addresses:
        _must_be_free(address)
    stopped, asked = threading.Event(), threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        (asked if number == signal.SIGHUP else stopped).set()

    for number in (*SIGNALS, signal.SIGHUP):
        signal.signal(number, on_signal)
    with tempfile.TemporaryDirectory(prefix="chargefeed-") as counters:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = counters
        watch = Watch(children, reload or (lambda: children), gentle)
        return watch.run(addresses, stopped, asked, announce)


class Watch:
    def __init__(self, children: Mapping[str, Work], reload: Reload, gentle: Collection[str]) -> None:
        self._children = {name: Child(name, work) for name, work in children.items()}
        self._reload = reload
        self._gentle = gentle
        self._refused = False
        """The settings on the disk are no good: a child that ends with EXIT_CONFIG waits until they are mended."""

    def run(
        self,
        addresses: Sequence[Address],
        stopped: threading.Event,
        asked: threading.Event,
        announce: Callable[[], None],
    ) -> int:
        code = 0
        announced = False
        try:
            for child in self._children.values():
                child.start()
            while not stopped.wait(LOOK_EVERY):
                ended = [child.look() for child in self._children.values()]
                if EXIT_CONFIG in ended and not self._refused:
                    code = EXIT_CONFIG
                    break
                if not announced and all(_answers(address) for address in addresses):
                    announced = True
                    announce()
                if announced and asked.is_set():
                    asked.clear()
                    self._renew()
        finally:
            clean = self._stop(self._children.values())
        return code if clean else code or 1

    def _renew(self) -> None:
        try:
            wanted = self._reload()
        except ConfigError as error:
            self._refused = True
            said = [str(error), *getattr(error, "__notes__", ())]
            log.error("settings refused, the old ones go on", error="; ".join(said))
            return
        self._refused = False
        self._stop([self._children.pop(name) for name in self._children.keys() - wanted.keys()])
        for name, work in wanted.items():
            if name not in self._children:
                self._children[name] = Child(name, work)
                self._children[name].start()
            elif name in self._gentle:
                self._children[name].renew()
            else:
                self._children[name].replace()
        log.info("settings read anew", children=sorted(self._children))

    @staticmethod
    def _stop(children: Collection[Child]) -> bool:
        """False where one had to be killed."""
        for child in children:
            child.ask_to_stop()
        deadline = time.monotonic() + GRACE
        clean = [child.stop(deadline) for child in children]
        return all(clean)


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
