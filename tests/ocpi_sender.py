"""An OCPI Sender to pull from: a real HTTP server that can also misbehave in the ways backends do.

    python tests/ocpi_sender.py FOLDER [--port 8090] [--versions 2.2.1,2.1.1] [--limit 50] [--token T] [--form base64]
        [--link good|none|broken|itself|growing] [--total right|none|page|high] [--defect NAME[@PART][#TIMES]] …

FOLDER holds `locations.json` and `tariffs.json`: lists, or whole answers whose `data` is served. Prints the URL of its
versions endpoint. A defect hits requests whose path and query contain PART (`@offset=2`; default: the lists), TIMES times
(default: always). In tests use it as a context manager; what it holds may change between requests.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.misbehaving import Defect, Misbehaving

MEGABYTE = bytes(1 << 20)


@dataclass
class Script:
    """How it behaves all the time."""

    versions: tuple[str, ...] = ("2.2.1",)
    limit: int = 50
    """Largest page."""
    token: str | None = None
    form: str = "base64"
    """How the token has to be sent: base64 or raw."""
    link: str = "good"
    """`Link`: good, none, broken (another host), itself (leads back), growing (offset is ignored, so it never ends)."""
    total: str = "right"
    """`X-Total-Count`: right, none, page (just this page's), high (ten too many)."""
    ahead: float = 0
    """Seconds its clock is ahead."""
    timestamp: bool = True
    """Whether the envelope has one."""
    slash: bool = False
    """Whether lists are redirected to the same URL with a slash at the end."""
    ignores_offset: bool = False
    versions_body: str = ""
    """Answered by the versions endpoint in place of the list."""
    elsewhere: str = ""
    """Where lists are redirected to (scheme and host), if anywhere."""


@dataclass
class Sender(Misbehaving):
    """Serves until it is closed."""

    locations: list[Any] = field(default_factory=list)
    tariffs: list[Any] = field(default_factory=list)
    script: Script = field(default_factory=Script)
    defects: list[Defect] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Path with query, and headers, of each request so far."""
    port: int = 0
    sessions: list[Any] | None = None
    """None, as of `cdrs`: it has no such module."""
    cdrs: list[Any] | None = None

    @classmethod
    def of(cls, folder: Path, **script: Any) -> Sender:
        return cls(read(folder / "locations.json"), read(folder / "tariffs.json"), Script(**script))

    def __post_init__(self) -> None:
        sender = self

        class Handler(_Handler):
            pass

        Handler.sender = sender
        self.serve(Handler, self.port)
        self.url = f"{self.base}/versions"

    @property
    def modules(self) -> dict[str, list[Any]]:
        lists = {name: getattr(self, name) for name in ("locations", "tariffs", "sessions", "cdrs")}
        return {name: found for name, found in lists.items() if found is not None}

    def paths(self) -> list[str]:
        return [path for path, _ in self.requests]


def read(file: Path) -> list[Any]:
    found = json.loads(file.read_text("utf-8")) if file.exists() else []
    return found["data"] if isinstance(found, dict) else found


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    sender: Sender

    def do_GET(self) -> None:
        self.sender.requests.append((self.path, dict(self.headers)))
        if not self._allowed():
            return self._json(401, {"status_code": 2000, "status_message": "unknown token", "timestamp": self._now()})
        target = urlsplit(self.path)
        name = target.path.strip("/").rpartition("/")[2]
        if name == "versions" and self.sender.script.versions_body:
            return self.answer(200, self.sender.script.versions_body.encode())
        if name == "versions":
            versions = [{"version": v, "url": f"{self.sender.base}/{v}"} for v in self.sender.script.versions]
            return self._data(versions)
        if name in self.sender.script.versions:
            return self._data({"version": name, "endpoints": [self._endpoint(name, m) for m in self.sender.modules]})
        if name in self.sender.modules:
            return self._list(name, target.path, parse_qs(target.query))
        return self._json(404, {"status_code": 2003, "status_message": "no such path", "timestamp": self._now()})

    def _endpoint(self, version: str, module: str) -> dict[str, str]:
        endpoint = {"identifier": module, "url": f"{self.sender.base}/{version}/{module}"}
        return endpoint if version.startswith("2.1") else {**endpoint, "role": "SENDER"}

    def _allowed(self) -> bool:
        token = self.sender.script.token
        if token is None:
            return True
        sent = base64.b64encode(token.encode()).decode() if self.sender.script.form == "base64" else token
        return self.headers.get("Authorization") == f"Token {sent}"

    def _list(self, name: str, path: str, query: dict[str, list[str]]) -> None:
        script = self.sender.script
        defect = next((d for d in self.sender.defects if d.hits(self.path)), None)
        if defect is not None:
            return DEFECTS[defect.name](self)
        if script.slash and not path.endswith("/"):
            return self._redirect(self.path.replace(path, f"{path}/"))
        if script.elsewhere:
            return self._redirect(f"{script.elsewhere}{self.path}")
        found = self.sender.modules[name]
        date_from = query.get("date_from", [""])[0]
        if date_from:
            found = [item for item in found if item["last_updated"] >= date_from]
        ignored = script.ignores_offset or script.link == "growing"
        offset = 0 if ignored else int(query.get("offset", ["0"])[0])
        limit = min(script.limit, int(query.get("limit", [str(script.limit)])[0]))
        page = found[offset : offset + limit]
        return self._data(page, self._paging(path, query, offset, limit, page, len(found)))

    def _paging(
        self, path: str, query: dict[str, list[str]], offset: int, limit: int, page: list[Any], total: int
    ) -> dict[str, str]:
        script = self.sender.script
        headers = {"X-Limit": str(script.limit)}
        counts = {"right": total, "page": len(page), "high": total + 10}
        if script.total in counts:
            headers["X-Total-Count"] = str(counts[script.total])
        else:
            del headers["X-Limit"]
        offset += limit
        if script.link == "growing":
            offset = int(query.get("offset", ["0"])[0]) + limit
        if script.link == "itself" or script.link == "growing" or (script.link != "none" and offset < total):
            offset = offset - limit if script.link == "itself" else offset
            kept = {key: values[0] for key, values in query.items() if key != "offset"}
            host = "http://internal.invalid" if script.link == "broken" else self.sender.base
            headers["Link"] = f'<{host}{path}?{urlencode({**kept, "offset": offset})}>; rel="next"'
        return headers

    def _redirect(self, url: str) -> None:
        self.send_response(307)
        self.send_header("Location", url)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _now(self) -> str:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + self.sender.script.ahead))

    def _envelope(self, data: Any) -> dict[str, Any]:
        answer = {"data": data, "status_code": 1000, "status_message": "Success"}
        return {**answer, "timestamp": self._now()} if self.sender.script.timestamp else answer

    def _data(self, data: Any, headers: dict[str, str] | None = None) -> None:
        self._json(200, self._envelope(data), headers)

    def _json(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        self.answer(status, json.dumps(body).encode(), headers)

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def first_page(self) -> bytes:
        return json.dumps(self._envelope(self.sender.locations[: self.sender.script.limit])).encode()

    def drip(self, content: bytes) -> None:
        """One byte a second, until the other side has had enough."""
        self.wfile.flush()
        for byte in content:
            try:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
            except OSError:
                break
            if self.sender.closing.wait(1):
                break
        self.close_connection = True

    def huge(self, headers: dict[str, str], chunk: bytes, times: int) -> None:
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.close_connection = True
        try:
            for _ in range(times):
                self.wfile.write(chunk)
        except OSError:
            pass  # it was refused, as it should be


def _bomb(handler: _Handler) -> None:
    """Two megabytes that unpack to 2 GB."""
    member = gzip.compress(MEGABYTE * 16, 9)
    handler.huge({"Content-Type": "application/json", "Content-Encoding": "gzip"}, member, 128)


def _broken_off(handler: _Handler) -> None:
    body = handler.first_page()
    handler.close_connection = True
    handler.answer(200, body[: len(body) // 2], {"Content-Length": str(len(body))})


def _drip_body(handler: _Handler) -> None:
    body = handler.first_page()
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.drip(body)


_JSON = {"Content-Type": "application/json"}
_LOG_IN = b"<!DOCTYPE html><html><head><title>Log in</title></head><body><form>Password</form></body></html>"
_FAILED = (
    b'{"status_code": 3001, "status_message": "cannot use the client\'s API", "timestamp": "2026-11-01T00:00:00Z"}'
)

DEFECTS: dict[str, Callable[[_Handler], None]] = {
    "500": lambda handler: handler.answer(500, b"Internal Server Error", {"Content-Type": "text/plain"}),
    "404": lambda handler: handler.answer(404, b"{}"),
    "busy": lambda handler: handler.answer(429, b"", {"Retry-After": "0"}),
    "busy-for-an-hour": lambda handler: handler.answer(429, b"", {"Retry-After": "3600"}),
    "truncated": lambda handler: handler.answer(200, handler.first_page()[:-200]),
    "broken-off": _broken_off,
    "html": lambda handler: handler.answer(200, _LOG_IN, {"Content-Type": "text/html; charset=utf-8"}),
    "3001": lambda handler: handler.answer(200, _FAILED),
    "nul": lambda handler: handler.answer(200, b'{"status_code": 2000, "status_message": "no \\u0000name"}'),
    "no-envelope": lambda handler: handler.answer(200, b'{"error": "try later"}'),
    "data-is-an-object": lambda handler: handler.answer(200, b'{"status_code": 1000, "data": {"id": "LOC1"}}'),
    "no-data": lambda handler: handler.answer(200, b'{"status_code": 1000}'),
    "empty": lambda handler: handler.answer(200, b""),
    "nothing": lambda handler: handler.answer(200, b'{"status_code": 1000, "data": []}', {"X-Total-Count": "0"}),
    "two-gigabytes": lambda handler: handler.huge({**_JSON, "Content-Length": str(2 << 30)}, MEGABYTE, 2048),
    "two-gigabytes-unannounced": lambda handler: handler.huge(_JSON, MEGABYTE, 2048),
    "bomb": _bomb,
    "drip": _drip_body,
    "drip-headers": lambda handler: handler.drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 1000),
    "hang": lambda handler: (handler.sender.closing.wait(60), None)[1],
    "not-gzip": lambda handler: handler.answer(200, b'{"data": []}', {"Content-Encoding": "gzip"}),
    "round-and-round": lambda handler: handler._redirect(handler.path),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--versions", default="2.2.1")
    parser.add_argument("--limit", type=int, default=50)
    parser.add_argument("--token")
    parser.add_argument("--form", choices=("base64", "raw"), default="base64")
    parser.add_argument("--link", choices=("good", "none", "broken", "itself", "growing"), default="good")
    parser.add_argument("--total", choices=("right", "none", "page", "high"), default="right")
    parser.add_argument("--ahead", type=float, default=0)
    parser.add_argument("--defect", action="append", default=[])
    given = parser.parse_args()
    script = Script(
        tuple(given.versions.split(",")), given.limit, given.token, given.form, given.link, given.total, given.ahead
    )
    locations, tariffs = read(given.folder / "locations.json"), read(given.folder / "tariffs.json")
    with Sender(locations, tariffs, script, [Defect.read(text) for text in given.defect], port=given.port) as sender:
        print(sender.url, flush=True)  # noqa: T201
        threading.Event().wait()


if __name__ == "__main__":
    main()
