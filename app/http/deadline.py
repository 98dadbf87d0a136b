"""A time limit on a whole HTTP request. The time-outs of `requests` start anew with every byte, so a backend that sends one
byte a second would hold a worker for days."""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import suppress
from contextvars import ContextVar
from heapq import heappop, heappush
from itertools import count
from types import TracebackType
from typing import Any, Self

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import BaseHTTPResponse

_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


class Deadline:
    """Shuts the sockets used within its block once the time is over; `passed` tells why the read then failed or ended."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.passed = False
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._over = False

    def __enter__(self) -> Self:
        self._token = _current.set(self)
        _clock.add(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _current.reset(self._token)
        with self._lock:
            self._over = True
            self._sockets.clear()

    def watch(self, sock: socket.socket) -> None:
        with self._lock:
            self._sockets.append(sock)
            if self.passed:
                _shut(sock)

    def cut(self) -> None:
        """The time is over; nothing happens where the block has ended."""
        with self._lock:
            if self._over:
                return
            self.passed = True
            for sock in self._sockets:
                _shut(sock)


class _Clock:
    """One thread for all deadlines: one for each would cost more than the request. A process that was forked begins anew."""

    def __init__(self) -> None:
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._changed = threading.Condition()
        self._numbers = count()
        self._due: list[tuple[float, int, Deadline]] = []
        self._running = False

    def add(self, deadline: Deadline) -> None:
        entry = (time.monotonic() + deadline.seconds, next(self._numbers), deadline)
        with self._changed:
            heappush(self._due, entry)
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, name="deadlines", daemon=True).start()
            elif self._due[0] is entry:
                self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._due or self._due[0][0] > time.monotonic():
                    self._changed.wait(self._due[0][0] - time.monotonic() if self._due else None)
                _, _, deadline = heappop(self._due)
            deadline.cut()


_clock = _Clock()


def _shut(sock: socket.socket) -> None:
    with suppress(OSError):  # it may be closed already
        # Past SSLSocket.shutdown, which would take the TLS state from under the reading thread.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _watch(sock: Any) -> None:
    deadline = _current.get()
    if deadline is not None and isinstance(sock, socket.socket):
        deadline.watch(sock)


class Plain(HTTPConnection):
    def getresponse(self) -> BaseHTTPResponse:  # type: ignore[override]
        _watch(self.sock)
        return super().getresponse()


class Secure(HTTPSConnection):
    def getresponse(self) -> BaseHTTPResponse:  # type: ignore[override]
        _watch(self.sock)
        return super().getresponse()


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = Secure


class DeadlineAdapter(HTTPAdapter):
    """Puts the sockets of a `requests` session under the deadline whose block it is used in."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
        return manager
