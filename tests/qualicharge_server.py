"""A stand-in for QualiCharge: its tokens, its batches that are taken or refused whole, its points that come and go.

A static row is at fault where its `repere` says so: `named` is found by validation (422, with its place), `hidden` by a rule
(400, without).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qs

BASE = "/api/v1"
Row = dict[str, Any]


class Answer(NamedTuple):
    status: int
    body: Any = None
    headers: dict[str, str] = {}
    after: bool = False
    """It stands in place of the true answer after the request was carried out."""


@dataclass
class Registry:
    """Serves until it is closed; `replies` are given one by one in place of an answer, None standing for the true one."""

    batch_size: int = 10
    password: str = "s3cret"
    tokens: list[str] = field(default_factory=list)
    valid: str = ""
    points: dict[str, Row] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    statuses: list[Row] = field(default_factory=list)
    sessions: list[Row] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    replies: list[Answer | None] = field(default_factory=list)

    def __enter__(self) -> Self:
        class Handler(_Handler):
            pass

        Handler.registry = self
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}{BASE}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def latest(self) -> dict[str, str]:
        return {row["id_pdc_itinerance"]: row["occupation_pdc"] for row in self.statuses}

    def answer(self, method: str, path: str, token: str, body: bytes) -> Answer:
        if path == "/auth/token":
            return self._token({name: values[0] for name, values in parse_qs(body.decode()).items()})
        if not self.valid or token != f"Bearer {self.valid}":
            return Answer(401, {"detail": "Could not validate credentials"})
        reply = self.replies.pop(0) if self.replies else None
        if reply is not None and not reply.after:
            return reply
        carried_out = self._carry_out(method, path, body)
        return reply or carried_out

    def _carry_out(self, method: str, path: str, body: bytes) -> Answer:
        if path == "/auth/whoami":
            return Answer(200, {"username": "abc"})
        if path.endswith("/bulk"):
            take = {"statique": self._static, "status": self._status, "session": self._session}
            return self._bulk(take[path.split("/")[-2]], json.loads(body))
        point = path.split("/")[2]
        if point not in self.points:
            return Answer(404, {"detail": "Point of charge does not exist"})
        (self.gone.add if method == "DELETE" else self.gone.discard)(point)
        return Answer(204 if method == "DELETE" else 200)

    def _token(self, form: dict[str, str]) -> Answer:
        if form.get("password") != self.password:
            return Answer(401, {"detail": "Wrong login or password"})
        self.valid = f"token-{len(self.tokens)}"
        self.tokens.append(self.valid)
        return Answer(200, {"access_token": self.valid, "token_type": "bearer"})

    def _bulk(self, take: Callable[[list[Row]], Answer], rows: list[Row]) -> Answer:
        if len(rows) > self.batch_size:
            return Answer(422, {"detail": [{"type": "too_long", "loc": ["body"], "msg": "too long"}]})
        return take(rows)

    def _static(self, rows: list[Row]) -> Answer:
        named = [at for at, row in enumerate(rows) if row.get("repere") == "named"]
        if named:
            faults = [{"loc": ["body", at, "puissance_nominale"], "msg": "too small"} for at in named]
            return Answer(422, {"detail": faults})
        if any(row.get("repere") == "hidden" for row in rows) or any(
            row["id_pdc_itinerance"] in self.gone for row in rows
        ):
            return Answer(400, {"detail": "Inconsistent stations"})
        self.points |= {row["id_pdc_itinerance"]: row for row in rows}
        return Answer(201, {"size": len(rows)})

    def _status(self, rows: list[Row]) -> Answer:
        if any(row["id_pdc_itinerance"] not in self.points.keys() - self.gone for row in rows):
            return Answer(404, {"detail": "Attached point of charge does not exist"})
        if any(row in self.statuses for row in rows):
            return Answer(409, {"detail": "Status exists"})
        self.statuses += rows
        return Answer(201, {"size": len(rows)})

    def _session(self, rows: list[Row]) -> Answer:
        if any(row["id_pdc_itinerance"] not in self.points.keys() - self.gone for row in rows):
            return Answer(404, {"detail": "Attached point of charge does not exist"})
        for at, row in enumerate(rows):
            start, end = (datetime.fromisoformat(row[name]) for name in ("start", "end"))
            if start.tzinfo is None or end <= start:
                return Answer(422, {"detail": [{"loc": ["body", at, "end"], "msg": "must be after start"}]})
            if row in self.sessions:
                return Answer(409, {"detail": "Session exists"})
        self.sessions += rows
        return Answer(201, {"size": len(rows)})


class _Handler(BaseHTTPRequestHandler):
    registry: Registry

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.removeprefix(BASE)
        self.registry.agents.add(self.headers.get("User-Agent", ""))
        answer = self.registry.answer(self.command, path, self.headers.get("Authorization", ""), body)
        size = f" {len(json.loads(body))}" if path.endswith("/bulk") else ""
        self.registry.lines.append(f"{self.command} {path}{size} {answer.status}")
        said = b"" if answer.body is None else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in {"Content-Length": str(len(said)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said)

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: object) -> None: ...
