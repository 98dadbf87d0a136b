"""A stand-in for E-Control's register: a real HTTP server that takes stations under a key that it was registered with."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple, Self

KEY, REFERER = "k3y", "https://abc.example"
_LOGIN = "<html><body>Zugriff verweigert</body></html>"


class Reply(NamedTuple):
    status: int
    body: str = ""
    headers: dict[str, str] = {}


@dataclass
class Register:
    """Serves until it is closed; `replies` are given one by one in place of the true answer."""

    stations: dict[str, bytes] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)

    def __enter__(self) -> Self:
        class Handler(_Handler):
            pass

        Handler.register = self
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, method: str, path: str, login: tuple[str | None, str | None], body: bytes) -> Reply:
        if login != (KEY, REFERER):
            return Reply(401, _LOGIN)
        if self.replies:
            return self.replies.pop(0)
        if method == "PUT":
            self.stations[path] = body
        elif path not in self.stations:
            return Reply(404)
        elif method == "DELETE":
            del self.stations[path]
        return Reply(200)


class _Handler(BaseHTTPRequestHandler):
    register: Register

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        login = self.headers.get("Apikey"), self.headers.get("Referer")
        reply = self.register.answer(self.command, self.path, login, body)
        self.register.lines.append(f"{self.command} {self.path} {reply.status}")
        self.send_response(reply.status)
        for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body.encode())

    def do_GET(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: object) -> None: ...
