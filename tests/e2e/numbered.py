"""A backend whose every status change has a number: change `n` became so `n` milliseconds after BEGAN.

Half of its points are asked for (`GET /statuses`), those of the other half are posted, one after another, each until it is taken.
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests

from tests.shared import ROOT

DATA = ROOT / "tests" / "data" / "e2e"
WORDS = ("AVAILABLE", "CHARGING", "OUTOFORDER", "BLOCKED", "INOPERATIVE")
LAST = "RESERVED"
"""What each point is at the end, and never before."""
TOKEN = "open"


@dataclass(frozen=True, slots=True)
class Change:
    number: int
    evse: str
    status: str


class Numbered:
    def __init__(self, folder: Path, points: int, hook: int) -> None:
        """`points` of each half; `hook`: the port that takes posts."""
        self.began = int(time.time() * 1000) - 12 * 3_600_000
        self.polled = [f"DE*NUM*E{number}" for number in range(points)]
        self.pushed = [f"DE*NUM*E{number}" for number in range(points, 2 * points)]
        self.changes: dict[int, Change] = {}
        self.posted: dict[int, Change] = {}
        """Those that were answered 204."""
        self.latest: dict[str, Change] = {}
        self._hook = f"http://127.0.0.1:{hook}/hooks"
        self._numbers = itertools.count(1)
        self._over, self._abandoned = threading.Event(), threading.Event()
        self._write_inventory(folder / "inventory.json")
        for evse in self.polled:
            self._change(evse, 0)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._serving = threading.Thread(target=self._server.serve_forever)
        self._changing = [threading.Thread(target=self._turn), threading.Thread(target=self._post)]

    @property
    def sources(self) -> list[dict[str, Any]]:
        """Settings."""
        fields = {"evse": "id", "status": "status", "occurred_at": "since"}
        polled = {"statuses": {"path": "/statuses", "fields": fields}, "times": "milliseconds"}
        url = f"http://127.0.0.1:{self._server.server_port}"
        hook = {"token": TOKEN, "path": "/hooks", "port": int(self._hook.split(":")[2].split("/")[0])}
        return [
            {"name": "inventory", "type": "file", "inventory": "inventory.json", "inventory_every": "2s"},
            {"name": "polled", "type": "rest", "url": url, "status_every": "300ms", "describes": polled},
            {"name": "pushed", "type": "webhook", **hook, "describes": {"fields": fields, "times": "milliseconds"}},
        ]

    def start(self) -> None:
        """It answers; nothing changes yet."""
        self._serving.start()

    def change(self) -> None:
        """From now on, many times a second."""
        for thread in self._changing:
            thread.start()

    def finish(self) -> None:
        """One last change of every point; returns when all that is posted was taken."""
        self._end_changes()
        for evse in self.polled:
            self._change(evse, 0, LAST)
        for evse in self.pushed:
            self._hand_in(self._change(evse, 0, LAST))

    def close(self) -> None:
        self._abandoned.set()
        self._end_changes()
        self._server.shutdown()
        self._server.server_close()

    def _end_changes(self) -> None:
        self._over.set()
        for thread in self._changing:
            if thread.is_alive():
                thread.join()

    def _change(self, evse: str, turn: int, word: str | None = None) -> Change:
        change = Change(next(self._numbers), evse, word or WORDS[turn % len(WORDS)])
        self.changes[change.number] = self.latest[evse] = change
        return change

    def _turn(self) -> None:
        for turn, evse in self._round(self.polled):
            if self._over.wait(0.02):
                return
            self._change(evse, turn)

    def _post(self) -> None:
        for turn, evse in self._round(self.pushed):
            if self._over.wait(0.05):
                return
            self._hand_in(self._change(evse, turn))

    @staticmethod
    def _round(evses: list[str]) -> Iterator[tuple[int, str]]:
        return ((turn, evse) for turn in itertools.count(1) for evse in evses)

    def _hand_in(self, change: Change) -> None:
        body, headers = self._said(change), {"Authorization": f"Bearer {TOKEN}"}
        while True:
            with suppress(requests.RequestException):
                if requests.post(self._hook, json=body, headers=headers, timeout=10).status_code == 204:
                    self.posted[change.number] = change
                    return
            if self._abandoned.wait(0.2):
                return

    def _said(self, change: Change) -> dict[str, Any]:
        return {"id": change.evse, "status": change.status, "since": self.began + change.number}

    def _write_inventory(self, path: Path) -> None:
        site, evse = (json.loads((DATA / name).read_text()) for name in ("site.json", "evse.json"))
        names = self.polled + self.pushed
        sites = [
            {**site, "id": f"S{number}", "evses": [{**evse, "uid": name, "evse_id": name} for name in pair]}
            for number, pair in enumerate(zip(names[::2], names[1::2], strict=True))
        ]
        path.write_text(json.dumps(sites))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        backend = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps([backend._said(backend.latest[evse]) for evse in backend.polled]).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        return Handler
