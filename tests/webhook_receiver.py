"""Somebody who takes webhooks: a real HTTP server that checks each signature (Standard Webhooks 1.0.0), and can misbehave.

A defect is written NAME[@PART][#TIMES] (`misbehaving`), PART of the message's type: `500@changes#2`. NAME is a status code,
`lost` (it takes the message, and breaks off before it answers) or `redirect`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, NamedTuple

from tests.misbehaving import Defect, Misbehaving

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


class Message(NamedTuple):
    id: str
    timestamp: int
    body: Any
    answer: int


def signature(secret: str, id: str, timestamp: str, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join((id.encode(), timestamp.encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


@dataclass
class WebhookReceiver(Misbehaving):
    """Serves until it is closed."""

    secret: str = SECRET
    messages: list[Message] = field(default_factory=list)
    """All that came with a good signature, with what was answered."""
    defects: list[Defect] = field(default_factory=list)
    port: int = 0

    def __post_init__(self) -> None:
        receiver = self

        class Handler(_Handler):
            pass

        Handler.receiver = receiver
        self.serve(Handler, self.port)

    @property
    def settings(self) -> dict[str, Any]:
        """Of a destination that posts here."""
        own = {"url": f"{self.base}/hook", "secrets": [self.secret], "allow_private": True, "every": 0}
        return {"name": "hook", "type": "webhook", **own}

    def taken(self, type_: str = "changes") -> list[Any]:
        """Bodies of the messages that were acknowledged."""
        return [one.body for one in self.messages if one.answer == 204 and one.body["type"] == type_]

    def changes(self) -> list[dict[str, Any]]:
        return [change for body in self.taken() for change in body["data"]]


class _Handler(BaseHTTPRequestHandler):
    receiver: WebhookReceiver
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        receiver, given = self.receiver, self.headers
        body = self.rfile.read(int(given["Content-Length"]))
        id, timestamp = given["webhook-id"], given["webhook-timestamp"]
        if signature(receiver.secret, id, timestamp, body) not in given["webhook-signature"].split(" "):
            return self._answer(401)
        read = json.loads(body)
        defect = next((each.name for each in receiver.defects if each.hits(read["type"] + "?")), "204")
        status = {"lost": 0, "redirect": 302}.get(defect) if not defect.isdigit() else int(defect)
        receiver.messages.append(Message(id, int(timestamp), read, status or 0))
        if not status:
            self.close_connection = True
            return None
        return self._answer(status)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://elsewhere.example/hook")
        self.send_header("Content-Length", "0")
        self.end_headers()
