"""Listening for posts: each is answered 204 once the inbox holds what it says; a backend that tries again loses nothing.

503 with `Retry-After` where the database is away, the inbox is full, or MOST_AT_ONCE are being taken.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from http.server import BaseHTTPRequestHandler

from app.sources.served import RETRY_AFTER_S, Handler, Server
from app.sources.tap.mail import Mail
from app.sources.tap.reading import Message
from app.sources.tap.source import LOOK_EVERY, TapSource
from app.sources.webhook.settings import WebhookSettings


class WebhookSource(TapSource):
    type = "webhook"
    Settings = WebhookSettings
    settings: WebhookSettings

    def begin(self) -> None:
        self.settings.tls()

    def check(self) -> str:
        self.settings.tls()
        return f"listens at {self.settings.origin}"

    def tap(self, mail: Mail, stop: threading.Event) -> None:
        with _Server(self, mail) as server:
            while not stop.is_set():
                server.handle_request()
                server.hand_in()


class _Server(Server):
    timeout = LOOK_EVERY

    def __init__(self, source: WebhookSource, mail: Mail) -> None:
        self.settings, self._clock = source.settings, source.clock
        self._mail, self._lock = mail, threading.Lock()
        super().__init__(self.settings, _Post)

    def take(self, body: bytes, headers: dict[str, str]) -> bool:
        """Whether it is safe."""
        message = Message(f"post to {self.settings.host}:{self.settings.port}", (), body, self._clock.now(), headers)
        with self._lock:
            self._mail.add(message)
            return self._mail.hand_in()

    def hand_in(self) -> None:
        with self._lock:
            self._mail.hand_in()

    def knows(self, headers: dict[str, str], body: bytes) -> bool:
        """Whether whoever posts knows the secrets there are."""
        token, key = self.settings.token, self.settings.signing_key
        if token is not None and not _same(headers.get("authorization", ""), f"Bearer {token.get_secret_value()}"):
            return False
        if key is None:
            return True
        signed = headers.get(self.settings.signature_header.lower(), "").rpartition("=")[2].lower()
        return _same(signed, hmac.new(key.get_secret_value().encode(), body, hashlib.sha256).hexdigest())


class _Post(Handler, BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        length = self.length()
        if not _same(self.path, self.server.settings.path):
            self._answer(404)
        elif length is None:
            self._answer(411)
        elif length > self.server.settings.max_body:
            self._answer(413)
        else:
            body = self.body(length)
            known = self.server.knows(headers, body)
            self._answer((204 if self.server.take(body, headers) else 503) if known else 401)

    def refuse(self, code: int, message: str) -> None:
        self._answer(code)

    def _answer(self, code: int) -> None:
        self.send_response(code)
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        if code == 503:
            self.send_header("Retry-After", str(RETRY_AFTER_S))
        self.end_headers()
        self.close_connection = True


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())
