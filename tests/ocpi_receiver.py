"""An OCPI receiver (eMSP, access point) to push to: a real HTTP server that keeps what it is given, notes what a sender must not
do, and can misbehave in the ways receivers do.

What it holds stands in `objects`, what it was asked in `requests`, what a sender got wrong in `violations`. A defect is written
NAME[@PART][#TIMES]: it hits requests whose method and path (`PUT /locations/…`) contain PART, TIMES times (default: always).
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, NamedTuple
from urllib.parse import unquote

from app.formats.ocpi.token import presented
from tests.misbehaving import Defect, Misbehaving

Body = dict[str, Any]
Key = tuple[str, str, str, str]
"""(module, country_code, party_id, id)."""

REQUIRED = {
    "locations": {
        "country_code",
        "party_id",
        "id",
        "publish",
        "address",
        "city",
        "country",
        "coordinates",
        "time_zone",
    },
    "tariffs": {"country_code", "party_id", "id", "currency", "elements"},
}
WITHOUT_OWNER = {"country_code", "party_id", "publish", "time_zone"}


class Request(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: Any
    at: float

    @property
    def line(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class Receiver(Misbehaving):
    """Serves until it is closed."""

    token: str = "s3cret"
    version: str = "2.2.1"
    delay: float = 0
    """Seconds before each answer."""
    objects: dict[Key, Body] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    defects: list[Defect] = field(default_factory=list)
    port: int = 0

    def __post_init__(self) -> None:
        self.lock = threading.Lock()
        self.busy: Counter[Key] = Counter()
        self.serve(type("Handler", (self.handler_class(),), {"receiver": self}), self.port)

    def handler_class(self) -> type[_Handler]:
        return _Handler

    @property
    def settings(self) -> dict[str, Any]:
        """Of a destination that pushes here."""
        urls = {"locations_url": f"{self.base}/locations", "tariffs_url": f"{self.base}/tariffs"}
        return {"name": "receiver", "type": "ocpi-push", "token": self.token, "version": self.version, **urls}

    def lines(self) -> list[str]:
        """`PATCH /locations/DE/ABC/L1/E1` of each request so far."""
        return [request.line for request in self.requests]

    def shown(self) -> dict[tuple[str, str], Body]:
        """(module, id) → what it would show to anyone."""
        return {
            (module, id): body for (module, _, _, id), body in self.objects.items() if body.get("publish", True) is True
        }

    def evse(self, location: str, uid: str) -> Body:
        body = self.shown()["locations", location]
        return next(evse for evse in body["evses"] if evse["uid"] == uid)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    receiver: Receiver

    def do_PUT(self) -> None:
        self._serve(_put)

    def do_PATCH(self) -> None:
        self._serve(_patch)

    def do_DELETE(self) -> None:
        self._serve(_delete)

    def do_GET(self) -> None:
        self._serve(_get)

    def _serve(self, act: Callable[[Receiver, Key, list[str], Any], tuple[int, int, Any]]) -> None:
        receiver = self.receiver
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.loads(raw) if raw else None
        receiver.requests.append(Request(self.command, self.path, dict(self.headers), body, time.monotonic()))
        module, country_code, party_id, id, *ids = map(unquote, self.path.strip("/").split("/"))
        key = (module, country_code, party_id, id)
        self._enter(key)
        busy = True
        try:
            if receiver.delay:
                time.sleep(receiver.delay)
            if receiver.token not in presented(self.headers.get("Authorization", "")):
                return self._say(401, 2000, "unknown token")
            defect = next((d for d in receiver.defects if d.hits(f"{self.command} {self.path}?")), None)
            if defect is not None and defect.name != "lost":
                if defect.name == "hang":  # whoever gives it up may ask again
                    busy = self._leave(key)
                return DEFECTS[defect.name](self)
            with receiver.lock:
                status, code, data = act(receiver, key, ids, body)
            if defect is not None:
                return self._cut()
            return self._say(status, code, data)
        finally:
            if busy:
                self._leave(key)

    def _enter(self, key: Key) -> None:
        with self.receiver.lock:
            self.receiver.busy[key] += 1
            if self.receiver.busy[key] > 1:
                self.receiver.violations.append(f"two at once about {key}")

    def _leave(self, key: Key) -> bool:
        with self.receiver.lock:
            self.receiver.busy[key] -= 1
        return False

    def _say(self, status: int, code: int, said: Any = None) -> None:
        told = {"data": said} if isinstance(said, dict) else {"status_message": said or "Success"}
        envelope = {**told, "status_code": code, "timestamp": "2026-01-01T00:00:00Z"}
        self.answer(status, json.dumps(envelope).encode())

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _cut(self) -> None:
        """Breaks off in the middle of the answer."""
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b'{"status_code": 10')


def _put(receiver: Receiver, key: Key, ids: list[str], body: Any) -> tuple[int, int, Any]:
    module, country_code, party_id, id = key
    known = receiver.objects.get(key)
    if ids:
        if known is None:
            return 404, 2003, "unknown location"
        return _put_part(receiver, known, ids, body)
    owned = receiver.version != "2.1.1"
    required = REQUIRED[module] - (set() if owned else WITHOUT_OWNER)
    if missing := required - body.keys() or {"last_updated"} - body.keys():
        receiver.violations.append(f"{key} without {missing}")
        return 200, 2001, f"{missing} missing"
    if body["id"] != id or (owned and (body["country_code"], body["party_id"]) != (country_code, party_id)):
        receiver.violations.append(f"{key} is {body['id']} in its body")
        return 200, 2001, "the ids differ"
    _check(receiver, key, known, body)
    receiver.objects[key] = body
    return (201 if known is None else 200), 1000, None


def _put_part(receiver: Receiver, location: Body, ids: list[str], body: Body) -> tuple[int, int, Any]:
    items, name = location.setdefault("evses", []), "uid"
    evse = next((evse for evse in items if evse["uid"] == ids[0]), None)
    if len(ids) == 2:
        if evse is None:
            return 404, 2003, "unknown EVSE"
        items, name = evse["connectors"], "id"
        evse["last_updated"] = max(evse["last_updated"], body["last_updated"])
    if body[name] != ids[-1]:
        receiver.violations.append(f"{ids} is {body[name]} in its body")
    old = next((index for index, item in enumerate(items) if item[name] == ids[-1]), None)
    if old is None:
        items.append(body)
    else:
        items[old] = body
    location["last_updated"] = max(location["last_updated"], body["last_updated"])
    return 200, 1000, None


def _patch(receiver: Receiver, key: Key, ids: list[str], body: Body) -> tuple[int, int, Any]:
    location = receiver.objects.get(key)
    if key[0] == "tariffs":
        receiver.violations.append("PATCH of a tariff")
    if "last_updated" not in body:
        receiver.violations.append(f"PATCH of {key} without last_updated")
        return 200, 2001, "last_updated missing"
    found = location
    if location is not None and ids:
        found = next((evse for evse in location.get("evses", []) if evse["uid"] == ids[0]), None)
    if location is None or found is None:
        return 404, 2003, "unknown location or EVSE"
    if body["last_updated"] < found["last_updated"]:
        receiver.violations.append(f"{key} {ids}: {body['last_updated']} after {found['last_updated']}")
    found.update(body)
    location["last_updated"] = max(location["last_updated"], body["last_updated"])
    return 200, 1000, None


def _delete(receiver: Receiver, key: Key, ids: list[str], body: Any) -> tuple[int, int, Any]:
    if key[0] == "locations":
        receiver.violations.append(f"DELETE of {key}")
    naming = [
        id
        for (module, id), location in receiver.shown().items()
        if module == "locations" and key[3] in _named(location)
    ]
    if naming:
        receiver.violations.append(f"DELETE of a tariff that {naming} name")
    return (200, 1000, None) if receiver.objects.pop(key, None) else (404, 2000, "unknown tariff")


def _get(receiver: Receiver, key: Key, ids: list[str], body: Any) -> tuple[int, int, Any]:
    found = receiver.objects.get(key)
    return (404, 2003, "unknown") if found is None else (200, 1000, found)


def _check(receiver: Receiver, key: Key, known: Body | None, body: Body) -> None:
    if known is not None and body["last_updated"] < known["last_updated"]:
        receiver.violations.append(f"{key}: {body['last_updated']} after {known['last_updated']}")
    if key[0] == "locations":
        tariffs = {id for module, *_, id in receiver.objects if module == "tariffs"}
        if unknown := _named(body) - tariffs:
            receiver.violations.append(f"{key} names {sorted(unknown)}, which it does not know")


def _named(location: Body) -> set[str]:
    connectors = [connector for evse in location.get("evses", []) for connector in evse["connectors"]]
    return {id for connector in connectors for id in connector.get("tariff_ids", [])}


DEFECTS: dict[str, Callable[[_Handler], None]] = {
    "500": lambda handler: handler._say(500, 3000, "out of order"),
    "503": lambda handler: handler.answer(503, b"", {"Retry-After": "60"}),
    "503-until-one": lambda handler: handler.answer(503, b"", {"Retry-After": "Thu, 01 Jan 2026 01:00:00 GMT"}),
    "429": lambda handler: handler.answer(429, b"", {"Retry-After": "60"}),
    "429-without-word": lambda handler: handler.answer(429, b""),
    "400": lambda handler: handler._say(400, 2001, "no such field"),
    "401": lambda handler: handler._say(401, 2000, "unknown token"),
    "404": lambda handler: handler._say(404, 2003, "unknown"),
    "405": lambda handler: handler.answer(405, b""),
    "2001": lambda handler: handler._say(200, 2001, "invalid or missing parameters"),
    "3000": lambda handler: handler._say(200, 3000, "generic server error"),
    "html": lambda handler: handler.answer(200, b"<html>Log in</html>"),
    "empty": lambda handler: handler.answer(200, b""),
    "no-code": lambda handler: handler.answer(200, b'{"data": null}'),
    "redirect": lambda handler: handler.answer(307, b"", {"Location": f"{handler.receiver.base}/elsewhere"}),
    "reset": lambda handler: handler._cut(),
    "hang": lambda handler: (handler.receiver.closing.wait(60), setattr(handler, "close_connection", True))[1],
}
"""`lost` is one too: it does what it is asked, and breaks off its answer."""
