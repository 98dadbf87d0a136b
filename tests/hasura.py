"""A stand-in for Hasura: answers a query for one table out of a JSON file, page by page, if the secret is right."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

SECRET = "hasura-secret"


class Hasura:
    """`with Hasura(folder) as hasura`: `ChargingStations.json` and so on; `errors`, where set, come in place of data."""

    def __init__(self, folder: Path) -> None:
        self.tables = {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")}
        self.errors: list[dict[str, Any]] = []
        self.asked: list[dict[str, Any]] = []
        hasura = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                content = json.dumps(hasura.answer(question, self.headers.get("x-hasura-admin-secret"))).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1/graphql"

    def answer(self, question: dict[str, Any], secret: str | None) -> dict[str, Any]:
        self.asked.append(question)
        if secret != SECRET:
            return {"errors": [{"message": "invalid x-hasura-admin-secret/x-hasura-access-key"}]}
        if self.errors:
            return {"errors": self.errors}
        table = question["query"].partition("{")[2].partition("(")[0].strip()
        start, limit = question["variables"]["offset"], question["variables"]["limit"]
        return {"data": {table: self.tables[table][start : start + limit]}}

    def __enter__(self) -> Hasura:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
