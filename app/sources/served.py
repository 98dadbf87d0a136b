"""What sources have in common to which a backend speaks over HTTP: an address to listen on, TLS, a thread for each connection."""

from __future__ import annotations

import io
import socket
import ssl
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import structlog
from pydantic import Field

from app.errors import ConfigError, SourceUnreachable
from app.http.exchange import whole_number
from app.sources.base import SourceSettings

SLOWEST = 10.0
"""Seconds that a handshake may take, and the head of a request from whoever is not known yet."""
BODY_WITHIN = 60.0
"""Seconds that the whole of a body may take to arrive."""

MOST_AT_ONCE = 64
"""Connections, each with a thread."""
RETRY_AFTER_S = 5
TOO_MANY = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: %d\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    % RETRY_AFTER_S
)

log = structlog.get_logger()


class ServedSettings(SourceSettings):
    """Where it listens."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = Field(9010, ge=1, le=65535)
    """Its port."""
    certificate: Path | None = None
    """The server's certificate chain (PEM). None: without TLS, for a proxy in front."""
    key: Path | None = None
    """Its private key. None: it is in the file of the certificate."""

    @property
    def where(self) -> str:
        return f"source {self.name}, {self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:9010`."""
        return f"{'https' if self.certificate else 'http'}://{self.host}:{self.port}"

    def tls(self) -> ssl.SSLContext | None:
        """Raises ConfigError."""
        if self.certificate is None:
            return None
        try:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(self.certificate, self.key)
        except (OSError, ssl.SSLError) as error:
            remedy = "Give the path of a PEM file that this process may read"
            raise ConfigError(f"`certificate` cannot be used: {error}", where=self.where, remedy=remedy) from error
        return context


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, settings: ServedSettings, handler: type[BaseHTTPRequestHandler]) -> None:
        """Raises ConfigError, SourceUnreachable."""
        self._name = settings.name
        self._tls = settings.tls()
        self._places = threading.Semaphore(MOST_AT_ONCE)
        try:
            super().__init__((settings.host, settings.port), handler)
        except OSError as error:
            remedy = "Choose another `host` or `port`, or end whoever listens there"
            raise SourceUnreachable(f"cannot listen: {error}", where=settings.where, remedy=remedy) from error

    def process_request(self, request: Any, client_address: Any) -> None:
        """The one too many is told so before anything of it is read."""
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
            return
        if self._tls is None:
            with suppress(OSError):
                request.sendall(TOO_MANY)
        self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """In the thread of the request: nobody waits for another one's handshake."""
        request.settimeout(SLOWEST)
        if self._tls is not None:
            request = self._tls.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):  # a client that breaks off is none of ours
            log.exception("a request cannot be answered", source=self._name)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    patience = 0.0
    """Seconds for the next request of a connection; 0: SLOWEST."""

    def setup(self) -> None:
        super().setup()
        self._arriving = _Arriving(self.connection)
        self.rfile = io.BufferedReader(self._arriving)

    def handle_one_request(self) -> None:
        self._arriving.within(self.patience or SLOWEST)
        super().handle_one_request()

    def length(self) -> int | None:
        """Of the body; None where the head does not say it, or says it twice, so that a proxy may read another one."""
        said = self.headers.get_all("Content-Length", [])
        if len(said) > 1 or "Transfer-Encoding" in self.headers:
            return None
        return whole_number(said[0] if said else "" if self.command in ("PUT", "PATCH", "POST") else "0")

    def body(self, length: int) -> bytes:
        """Raises TimeoutError, which ends the connection."""
        self._arriving.within(BODY_WITHIN)
        return self.rfile.read(length)

    def refuse(self, code: int, message: str) -> None:
        """In the shape that the source's answers have; nothing more is read of the connection."""
        raise NotImplementedError

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the library refuses by itself: a head that cannot be read, a method that nobody has."""
        self.request_version = self.protocol_version  # else a head that cannot be read is answered without one
        self.refuse(code, message or self.responses[code][0])

    def version_string(self) -> str:
        return "chargefeed"

    def log_message(self, *args: Any) -> None:
        """What is told of requests is told by the source."""


class _Arriving(io.RawIOBase):
    """What a client sends, within a time for all of it: one that sends a byte now and then would hold its place for ever."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.within(SLOWEST)

    def within(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(max(self._until - time.monotonic(), 0.001))
        try:
            return self._connection.recv_into(buffer)
        finally:
            self._connection.settimeout(SLOWEST)
