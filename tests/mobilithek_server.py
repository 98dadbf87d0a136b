"""A stand-in for Mobilithek: a real HTTPS server that demands a client certificate of its authority, and takes documents."""

from __future__ import annotations

import gzip
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple, Self

from tests.certificates import Authority, Issued, secure

PATH = "/mobilithek/api/v1.0/publication/"


class Delivered(NamedTuple):
    publication: str
    body: bytes
    headers: dict[str, str]
    at: float
    """`time.monotonic`."""


@dataclass
class Reply:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0
    takes: bool = False
    """The document is taken, whatever the reply says."""


@dataclass
class Broker:
    """Serves until it is closed; `replies` are given one by one, then 200."""

    authority: Authority
    shown: Issued
    folder: Path
    replies: list[Reply] = field(default_factory=list)
    taken: list[Delivered] = field(default_factory=list)
    asked: int = 0
    port: int = 0

    def __enter__(self) -> Self:
        broker = self

        class Handler(_Handler):
            pass

        Handler.broker = broker
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        secure(self.server, self.authority, self.shown, self.folder)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"


class _Handler(BaseHTTPRequestHandler):
    broker: Broker
    protocol_version = "HTTP/1.0"  # a connection a request: an outage cuts them all

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        broker = self.broker
        broker.asked += 1
        reply = broker.replies.pop(0) if broker.replies else Reply()
        if reply.takes or (reply.status == 200 and not reply.body):
            plain = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
            broker.taken.append(Delivered(self.path.removeprefix(PATH), plain, dict(self.headers), time.monotonic()))
        time.sleep(reply.delay)
        self._answer(reply)

    def do_HEAD(self) -> None:
        self._answer(Reply(405))

    def _answer(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None: ...
