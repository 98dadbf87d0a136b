"""A webhook receiver and an SMTP server, on 127.0.0.1, as others run them: real sockets, real TLS."""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@contextmanager
def served(server: Any) -> Iterator[Any]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Receiver(ThreadingHTTPServer):
    """Keeps what is posted; `answers` are given first, then 204."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.posted: list[tuple[dict[str, str], bytes]] = []
        super().__init__(("127.0.0.1", 0), _Post)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"


class _Post(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append((dict(self.headers), body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@dataclass
class Mailbox:
    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)
    """Recipients."""


@contextmanager
def smtp(context: ssl.SSLContext | None = None) -> Iterator[Mailbox]:
    """RFC 5321 as far as a client needs it, with STARTTLS where a context is given."""
    box = Mailbox()

    class Session(socketserver.StreamRequestHandler):
        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

        def handle(self) -> None:
            encrypted = False
            self.say("220 mail.test ESMTP")
            while line := self.rfile.readline():
                verb, _, rest = line.decode().strip().partition(" ")
                match verb.upper():
                    case "EHLO":
                        self.say("250-mail.test\r\n250 STARTTLS" if context and not encrypted else "250 mail.test")
                    case "STARTTLS":
                        self.say("220 go ahead")
                        assert context is not None
                        self.request = context.wrap_socket(self.request, server_side=True)
                        self.setup()
                        encrypted = True
                    case "RCPT":
                        self.say("550 no such user" if any(one in rest for one in box.refuses) else "250 ok")
                    case "DATA":
                        self.say("354 end with a dot")
                        lines = iter(self.rfile.readline, b".\r\n")
                        body = b"".join(one.removeprefix(b".") if one.startswith(b"..") else one for one in lines)
                        box.messages.append(message_from_bytes(body, policy=policy.default))
                        box.encrypted.append(encrypted)
                        self.say("250 queued")
                    case "QUIT":
                        self.say("221 bye")
                        return
                    case _:
                        self.say("250 ok")

    with served(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)) as server:
        box.port = server.server_address[1]
        yield box
