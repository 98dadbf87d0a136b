"""A source that is pushed to, behind a real server, with the database it writes and the registry that a worker applies it to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from app.clock import SystemClock
from app.formats.ocpi.token import authorization
from app.model.batch import Kind
from app.model.problem import Problem
from app.model.session import SessionRecord
from app.receiving import Received
from app.registry.apply import Registry
from app.registry.received import ReceivedObjects
from app.sources.ocpi_push import OcpiPushSettings, OcpiPushSource
from app.sources.ocpi_push.server import serve
from tests.processes import free_port, wait_for
from tests.shared import ROOT

TOKEN = "the-token-of-the-backend"
DATA = ROOT / "tests" / "data"


def listed(version: str, module: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((DATA / "ocpi" / version / f"{module}.json").read_text())["data"]
    return found


@dataclass
class Backend:
    """Who pushes."""

    source: OcpiPushSource
    registry: Registry
    sessions: list[SessionRecord] = field(default_factory=list)

    def ask(self, method: str, path: str, body: Any = None, token: str = TOKEN, **headers: str) -> requests.Response:
        shown = {"Authorization": authorization(token, "base64")}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        url = f"{self.source.settings.base}/{path}"
        return requests.request(method, url, json=body, headers={**shown, **named}, timeout=10)

    def push(self, method: str, path: str, body: Any = None) -> tuple[int, int]:
        """(HTTP status, OCPI status code)."""
        answer = self.ask(method, path, body)
        return answer.status_code, answer.json()["status_code"]

    def apply(self) -> list[Problem]:
        """What the worker does with what came."""
        received, problems = Received(self.source, self.registry.engine), []
        for kind in (Kind.TARIFFS, Kind.LOCATIONS):
            for batch in received.fetch(kind, None, full=True):
                problems += self.registry.apply(batch).problems
        return problems

    def public(self, kind: Kind = Kind.LOCATIONS) -> dict[str, dict[str, Any]]:
        with self.registry.feed().read() as reader:
            return {found.id: found.body for found in reader.block(kind, 0)}


@contextmanager
def pushed_to(folder: Path, **given: Any) -> Iterator[Backend]:
    settings = {"name": "backend", "port": free_port(), "token": TOKEN, **given}
    source = OcpiPushSource(OcpiPushSettings.model_validate(settings), SystemClock())
    registry = Registry.open(f"sqlite:///{folder / 'feed.db'}")
    backend = Backend(source, registry)
    source.holdings, source.sessions = ReceivedObjects(registry.engine, source.name), backend.sessions.extend
    stop = threading.Event()
    server = threading.Thread(target=serve, args=(source.interface(), stop))
    server.start()
    try:
        wait_for(lambda: _answers(backend))
        yield backend
    finally:
        stop.set()
        server.join(10)
        registry.engine.dispose()


def _answers(backend: Backend) -> bool:
    try:
        return backend.ask("GET", "versions").ok
    except requests.ConnectionError:
        return False
