"""A witness (C2SP tlog-witness) that keeps the rules, on 127.0.0.1."""

from __future__ import annotations

import threading
from base64 import b64decode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from app.clock import SystemClock
from app.errors import ProofFailed
from app.ledger.checkpoint import Checkpoint, open_checkpoint
from app.ledger.note import Signer, Verifier
from app.ledger.tree import EMPTY_ROOT, verify_consistency


class WitnessServer:
    def __init__(self, key: Signer, log: Verifier) -> None:
        self.key = key
        self.log = log
        self.seen = Checkpoint(log.name, 0, EMPTY_ROOT)
        self.answers: list[int] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/witness"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, body: bytes) -> tuple[int, str]:
        head, _, note = body.partition(b"\n\n")
        old, *proof = head.decode().split("\n")
        if path != "/witness/add-checkpoint" or not old.startswith("old "):
            return 400, ""
        try:
            checkpoint, opened = open_checkpoint(note, [self.log])
        except ProofFailed:
            return 403, ""
        if int(old[4:]) != self.seen.size:
            return 409, f"{self.seen.size}\n"
        try:
            sizes, roots = (self.seen.size, checkpoint.size), (self.seen.root, checkpoint.root)
            verify_consistency(*sizes, *roots, [b64decode(line) for line in proof])
        except ProofFailed:
            return 422, ""
        self.seen = checkpoint
        return 200, self.key.line(opened.text, SystemClock().now())


def _handler(server: WitnessServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, text = server.answer(self.path, body)
            server.answers.append(status)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the tests say what went wrong."""

    return Handler
