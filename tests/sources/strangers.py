"""Requests of strangers to whatever listens for a source, and that nothing is told to them."""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from structlog.testing import capture_logs

SECRET = "canary-of-twenty-letters"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "\x16\x03\x01")
PATHS = (
    "/",
    "/../../etc/passwd",
    "/%00%FF%2e%2e",
    "/ocpi/receiver/versions",
    "/ocpi/receiver/2.2.1/locations/DE/TST/LOC1",
)
PATHS += ("/ocpp/CP1", "/ocpp/none", "/hooks/status", "/hooks/status?token=1", "//[", f"/{'9' * 2000}")
HEADERS = (
    "Authorization: Token ***",
    "Authorization: Basic Q1AxOng=",
    "Authorization: Bearer null\r\nX-Forwarded-For: 127.0.0.1\r\nX-HTTP-Method-Override: PUT",
    "X-Request-ID: a\r\n Set-Cookie: b\r\nRange: bytes=0-9\r\nContent-Encoding: gzip",
    "Content-Length: 2\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue",
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x",
)
BODIES = (b"", b"{}", b"[" * 5000, b"\xff\xfe\x00", b"0\r\n\r\nGET /ocpi/receiver/versions HTTP/1.1\r\n\r\n")
HEADS = (
    b"GET / HTTP/9.9\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
    f"GET /{'x' * 100_000} HTTP/1.1\r\n\r\n".encode(),
    f"GET / HTTP/1.1\r\nX: {'x' * 1_000_000}\r\n\r\n".encode(),
    b"GET / HTTP/1.1\r\n" + b"X: x\r\n" * 5000 + b"\r\n",
    b"PUT / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
)
STATUS = re.compile(rb"HTTP/1\.1 (?:100|4\d\d|501|505) ")


def sent() -> Iterator[bytes]:
    yield from HEADS
    for number, method in enumerate(METHODS):
        for turn, path in enumerate(PATHS):
            header, body = HEADERS[(number + turn) % len(HEADERS)], BODIES[(number * 3 + turn) % len(BODIES)]
            length = "" if "Content-Length" in header or number + turn == 1 else f"Content-Length: {len(body)}\r\n"
            yield f"{method} {path} HTTP/1.1\r\nHost: x\r\n{length}{header}\r\n\r\n".encode("latin-1") + body


def asked(port: int, data: bytes) -> bytes:
    """All that is answered, until the listener ends the connection."""
    said = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(1 << 16):
                said += part
        except OSError:
            pass  # it was cut off while it still sent
    return said


def walk(port: int, *, silent: bool = False) -> None:
    """`silent`: what is no HTTP is not answered."""
    for data in sent():
        said = asked(port, data)
        assert STATUS.match(said) or (not said and (silent or len(data) > 20_000)), (data[:200], said[:200])
        assert SECRET.encode() not in said.lower(), data[:200]
        assert b"html" not in said.lower(), data[:200]
        assert b"Set-Cookie" not in said, data[:200]


@contextmanager
def nothing_told(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No defect, and nothing of what is secret, in any log."""
    with caplog.at_level(logging.INFO), capture_logs() as lines:
        yield
    told = repr(lines) + caplog.text
    assert SECRET not in told.lower()
    assert "exc_info" not in told
