"""What the tests' OCPI servers have in common: they run, and misbehave when told to."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass
class Defect:
    """Written NAME[@PART][#TIMES]: it hits requests in which PART occurs (default: what the server says), TIMES times (default:
    always)."""

    name: str
    part: str = ""
    times: int = -1

    @classmethod
    def read(cls, text: str) -> Defect:
        text, _, times = text.partition("#")
        name, _, part = text.partition("@")
        return cls(name, part, int(times or -1))

    def hits(self, target: str) -> bool:
        if self.times == 0 or (self.part or "?") not in target:
            return False
        self.times -= 1
        return True


class Misbehaving:
    """Serves from its context manager's beginning to its end; then connections that are still open are cut."""

    defects: list[Defect]

    def serve(self, handler: type[BaseHTTPRequestHandler], port: int) -> None:
        connections = self.connections = list[socket.socket]()

        class Noting(handler):  # type: ignore[valid-type, misc]
            def setup(self) -> None:
                super().setup()
                connections.append(self.connection)

            def log_message(self, *_: Any) -> None:
                """The test says what is to be said."""

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Noting)
        self.server.daemon_threads = True
        self.closing = threading.Event()
        self.port = self.server.server_port
        self.base = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def misbehave(self, *defects: str) -> None:
        """From now on just these."""
        self.defects[:] = map(Defect.read, defects)
