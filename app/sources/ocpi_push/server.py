"""The Receiver interface over HTTP: bodies of a length that is known and allowed, connections kept open, the envelope."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler

import orjson
import structlog

from app.clock import format_time
from app.sources.ocpi_push.interface import Asked, Interface, Reply
from app.sources.ocpi_push.objects import CLIENT_ERROR
from app.sources.served import Handler, Server

IDLE_S = 75.0
LOOK_EVERY_S = 0.2
_ECHOED = ("X-Request-ID", "X-Correlation-ID")

log = structlog.get_logger()


def serve(interface: Interface, stop: threading.Event) -> None:
    """Until `stop`. Raises ConfigError, SourceUnreachable."""
    with _Server(interface) as server:
        log.info("receiving", source=interface.settings.name, at=interface.settings.base)
        while not stop.is_set():
            server.handle_request()


class _Server(Server):
    timeout = LOOK_EVERY_S

    def __init__(self, interface: Interface) -> None:
        self.interface = interface
        super().__init__(interface.settings, _Handler)


class _Handler(Handler, BaseHTTPRequestHandler):
    server: _Server
    wbufsize = -1

    def do_GET(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_PATCH(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        interface, said = self.server.interface, {name.lower(): value for name, value in self.headers.items()}
        length = self.length()
        if not interface.knows(said):
            self.refuse(401, "a token is needed here: `Authorization: Token …`, as it was agreed")
        elif length is None:
            self.refuse(411, "say how long the body is, once: `Content-Length`")
        elif length > interface.settings.max_body:
            self.refuse(413, f"more than {interface.settings.max_body} bytes")
        else:
            self.patience = IDLE_S
            self._answer(interface.reply(Asked(self.command, self.path, said, self.body(length))))

    def refuse(self, code: int, message: str) -> None:
        self.close_connection = True
        self._answer(Reply(None, code, CLIENT_ERROR, message, {"Connection": "close"}))

    def _answer(self, reply: Reply) -> None:
        stamp = format_time(self.server.interface.clock.now())
        envelope = {} if reply.data is None else {"data": reply.data}
        envelope |= {"status_code": reply.status_code, "timestamp": stamp}
        envelope |= {"status_message": reply.message} if reply.message else {}
        body = orjson.dumps(envelope)
        echoed = {name: said for name in _ECHOED if _is_id(said := getattr(self, "headers", {}).get(name, ""))}
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **echoed, **reply.headers}
        self.send_response(reply.http)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _is_id(said: str) -> bool:
    return 0 < len(said) < 256 and said.isprintable()
