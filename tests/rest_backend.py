"""JSON backends to pull from: a real HTTP server that pages and asks for credentials as each of them is documented to.

It can misbehave. It serves the files of `tests/data/backends/NAME`; what it holds may change between requests.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.misbehaving import Defect, Misbehaving
from tests.shared import ROOT

DATA = ROOT / "tests" / "data" / "backends"
Query = dict[str, str]
PER_PAGE = 2
"""Largest page."""


@dataclass
class RestBackend(Misbehaving):
    """`pages`: how a list is answered; `secret`: what the header `header` has to be; `log_in`: the path where tokens are."""

    name: str
    pages: Callable[[RestBackend, str, list[Any], Query], tuple[Any, dict[str, str]]]
    header: str = ""
    secret: str = ""
    log_in: str = ""
    lists: dict[str, Any] = field(default_factory=dict)
    """Last part of a path → what is there."""
    defects: list[Defect] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    sent: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    """Headers and bodies of what was posted."""
    tokens: int = 0
    """Given out so far."""
    lifetime: str = "2099-01-01T00:00:00Z"
    port: int = 0

    def __post_init__(self) -> None:
        backend = self

        class Handler(_Handler):
            pass

        Handler.backend = backend
        self.serve(Handler, self.port)
        self.lists = {file.stem: json.loads(file.read_text()) for file in sorted((DATA / self.name).glob("*.json"))}

    def expire(self) -> None:
        """What was given out so far is not taken any more."""
        self.secret = "Bearer nobody's"


def whole(backend: RestBackend, path: str, items: list[Any], query: Query) -> tuple[Any, dict[str, str]]:
    return items, {}


def monta(backend: RestBackend, path: str, items: list[Any], query: Query) -> tuple[Any, dict[str, str]]:
    """Pages from 0, `perPage`, `meta` with the count."""
    page, size = int(query.get("page", 0)), min(PER_PAGE, int(query.get("perPage", 10)))
    data = items[page * size : (page + 1) * size]
    return {"data": data, "meta": {"itemCount": len(data), "currentPage": page, "totalItemCount": len(items)}}, {}


def chargecloud(backend: RestBackend, path: str, items: list[Any], query: Query) -> tuple[Any, dict[str, str]]:
    """An opaque cursor in the answer; null at the end."""
    at = int(query.get("cursor", "c0")[1:])
    following = f"c{at + 1}" if at + 1 < len(items) else None
    return {"next": following, "items": items[at : at + 1]}, {}


def ampeco(backend: RestBackend, path: str, items: list[Any], query: Query) -> tuple[Any, dict[str, str]]:
    """The next page's address in the answer, with all parameters."""
    at = int(query.get("cursor", "0"))
    following = f"{backend.base}{path}?{urlencode({**query, 'cursor': at + PER_PAGE})}"
    more = at + PER_PAGE < len(items)
    return {"data": items[at : at + PER_PAGE], "links": {"next": following if more else None}, "meta": {}}, {}


def linked(backend: RestBackend, path: str, items: list[Any], query: Query) -> tuple[Any, dict[str, str]]:
    """`Link`, as RFC 8288 has it."""
    at = int(query.get("from", "0"))
    more = at + PER_PAGE < len(items)
    link = f'<{path}?{urlencode({**query, "from": at + PER_PAGE})}>; rel="next"'
    return {"result": items[at : at + PER_PAGE]}, {"Link": link} if more else {}


def offset(backend: RestBackend, path: str, items: list[Any], query: Query) -> tuple[Any, dict[str, str]]:
    at = int(query.get("offset", "0"))
    return {"result": items[at : at + PER_PAGE], "count": len(items)}, {}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    backend: RestBackend

    def do_POST(self) -> None:
        backend = self.backend
        body = self.rfile.read(int(self.headers["Content-Length"]))
        backend.sent.append((dict(self.headers), body))
        if self.path != backend.log_in:
            return self._json(404, {"message": "no such path"})
        if b"wr0ng" in body:
            return self._json(401, {"error": "invalid_client", "error_description": "unknown client"})
        backend.tokens += 1
        token = f"bought-{backend.tokens}"
        backend.secret = f"Bearer {token}"
        ours = {"accessToken": token, "refreshToken": "r", "accessTokenExpirationDate": backend.lifetime}
        return self._json(200, {**ours, "access_token": token, "token_type": "Bearer", "expires_in": 3600})

    def do_GET(self) -> None:
        backend = self.backend
        backend.requests.append(self.path)
        target = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(target.query).items()}
        sent = self.headers.get(backend.header) if backend.header else query.get("api_key", "")
        if sent != backend.secret:
            return self._json(401, {"message": "Unauthenticated."})
        name = (
            Path(target.path).parent.name if target.path.rpartition("/")[2].startswith("v") else Path(target.path).name
        )
        if name.lower() not in backend.lists:
            return self._json(404, {"message": "no such path"})
        said, headers = backend.pages(backend, target.path, backend.lists[name.lower()], query)
        defect = next((defect for defect in backend.defects if defect.hits(self.path)), None)
        if defect is not None:
            return DEFECTS[defect.name](self, json.dumps(said).encode())
        return self._json(200, said, headers)

    def _json(self, status: int, said: Any, headers: dict[str, str] | None = None) -> None:
        self.answer(status, json.dumps(said).encode(), headers or {})

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


DEFECTS: dict[str, Callable[[_Handler, bytes], None]] = {
    "busy": lambda handler, body: handler.answer(429, b"", {"Retry-After": "0"}),
    "busy-for-an-hour": lambda handler, body: handler.answer(429, b"", {"Retry-After": "3600"}),
    "error-in-200": lambda handler, body: handler.answer(200, b'{"error": {"message": "tenant suspended"}}', {}),
    "cut-off": lambda handler, body: handler.answer(200, body[: len(body) // 2], {}),
    "html": lambda handler, body: handler.answer(
        200, b"<html><title>Log in</title></html>", {"Content-Type": "text/html"}
    ),
    "elsewhere": lambda handler, body: handler.answer(200, body.replace(b"127.0.0.1", b"127.0.0.2"), {}),
}
