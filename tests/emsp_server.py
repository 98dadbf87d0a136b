"""An eMSP whose drivers charge at our points: the partner of `ocpi_partner`, with tokens to ask about, and a place for sessions,
CDRs and results of commands. It misbehaves as that one, and by `lost`: it does what is asked, and breaks off before it answers.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.ocpi_partner import OWN_DEFECTS, Partner, _PartnerHandler
from tests.ocpi_receiver import Request, _Handler

RELAYED = ("tokens", "sessions", "cdrs", "results")
PAGE = 2


@dataclass
class Emsp(Partner):
    endpoints: tuple[str, ...] = ("credentials", "tokens", "sessions", "cdrs")
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What it answers about them, by uid: AuthorizationInfo."""
    listed: list[dict[str, Any]] = field(default_factory=list)
    """Tokens that it has to be pulled."""
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    cdrs: dict[str, dict[str, Any]] = field(default_factory=dict)
    results: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.details = _with_roles

    def handler_class(self) -> type[_Handler]:
        return _EmspHandler

    def asked(self, part: str) -> list[Request]:
        return [request for request in self.requests if part in request.path]


def _with_roles(details: dict[str, Any]) -> dict[str, Any]:
    for entry in details["endpoints"]:
        entry["role"] = "SENDER" if entry["identifier"] == "tokens" else "RECEIVER"
    return details


class _EmspHandler(_PartnerHandler):
    receiver: Emsp

    def do_POST(self) -> None:
        self._relayed() if self._module() in RELAYED else super().do_POST()

    def do_PUT(self) -> None:
        self._relayed() if self._module() in RELAYED else super().do_PUT()

    def do_GET(self) -> None:
        self._relayed() if self._module() in RELAYED else super().do_GET()

    def _module(self) -> str:
        return urlsplit(self.path).path.strip("/").split("/")[0]

    def _relayed(self) -> None:
        emsp = self.receiver
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.loads(raw) if raw else None
        emsp.requests.append(Request(self.command, self.path, dict(self.headers), body, time.monotonic()))
        if not self._knows(emsp.token):
            return self._say(401, 2000, "unknown token")
        defect = next((each for each in emsp.defects if each.hits(f"{self.command} {self.path}?")), None)
        if defect is not None and defect.name != "lost":
            return OWN_DEFECTS[defect.name](self)
        answer = getattr(self, f"_{self._module()}")([unquote(part) for part in self._steps()], body)
        return self._cut() if defect is not None else self._answered(*answer)

    def _steps(self) -> list[str]:
        return urlsplit(self.path).path.strip("/").split("/")[1:]

    def _answered(self, status: int, code: int, data: Any, headers: dict[str, str]) -> None:
        envelope = {"status_code": code, "timestamp": "2026-01-01T00:00:00Z"} | ({} if data is None else {"data": data})
        self.answer(status, json.dumps(envelope).encode(), headers)

    def _tokens(self, steps: list[str], body: Any) -> tuple[int, int, Any, dict[str, str]]:
        if self.command == "GET":
            return self._list()
        info = self.receiver.tokens.get(steps[0])
        return (200, 2004, None, {}) if info is None else (200, 1000, info, {})

    def _list(self) -> tuple[int, int, Any, dict[str, str]]:
        """Pages of two."""
        query = parse_qs(urlsplit(self.path).query)
        start, since = int(query.get("offset", ["0"])[0]), query.get("date_from", [""])[0]
        found = [token for token in self.receiver.listed if token["last_updated"] >= since]
        more = (
            {"Link": f'<{self.receiver.base}/tokens?offset={start + PAGE}>; rel="next"'}
            if start + PAGE < len(found)
            else {}
        )
        return 200, 1000, found[start : start + PAGE], more

    def _sessions(self, steps: list[str], body: Any) -> tuple[int, int, Any, dict[str, str]]:
        self.receiver.sessions["/".join(steps)] = body
        return 200, 1000, None, {}

    def _cdrs(self, steps: list[str], body: Any) -> tuple[int, int, Any, dict[str, str]]:
        known = self.receiver.cdrs.setdefault(body["id"], body)
        assert known == body
        return 201, 1000, None, {"Location": f"{self.receiver.base}/cdrs/{body['id']}"}

    def _results(self, steps: list[str], body: Any) -> tuple[int, int, Any, dict[str, str]]:
        self.receiver.results.append((steps[0], body))
        return 200, 1000, None, {}
