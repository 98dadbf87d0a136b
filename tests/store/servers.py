"""What the S3 store is tested against: moto as a server in a process of its own, and a proxy in front of it that breaks."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

from tests.processes import free_port

Breakage = Literal["403", "500", "503", "slow", "lose request", "lose answer", "cut headers", "cut answer"]
SLOW_S = 1.5
DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"


class MotoServer:
    def __init__(self, port: int | None = None) -> None:
        self.port = port or free_port()
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"moto's server did not start (exit code {self._process.poll()})")
            time.sleep(0.05)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@dataclass
class Fault:
    """Breaks the requests of a method (`*`: of any) whose path ends so, `times` times, after letting `skip` of them through."""

    method: str
    breakage: Breakage
    ending: str = ""
    skip: int = 0
    times: int = 1_000


@dataclass
class FaultyProxy:
    """Forwards every request to `target` but for those a fault in `faults` hits; `seen` lists (method, path) as they came."""

    target: int
    faults: list[Fault] = field(default_factory=list)
    seen: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def written(self) -> list[str]:
        return [path for method, path in self.seen if method == "PUT"]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def breakage(self, method: str, path: str) -> Breakage | None:
        with self._lock:
            self.seen.append((method, path))
            for fault in self.faults:
                if fault.method in (method, "*") and path.partition("?")[0].endswith(fault.ending):
                    if fault.skip:
                        fault.skip -= 1
                    elif fault.times:
                        fault.times -= 1
                        return fault.breakage
        return None


def _handler(proxy: FaultyProxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            body = self._body()
            breakage = proxy.breakage(self.command, self.path)
            if breakage == "slow":
                time.sleep(SLOW_S)
            if breakage in ("403", "500", "503"):
                said = DENIED if breakage == "403" and self.command != "HEAD" else b""
                self.send_response(int(breakage))
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)
            elif breakage == "lose request":
                self.close_connection = True
            else:
                self._answer(body, breakage)

        do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = forward  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the tests say what went wrong."""

        def _body(self) -> bytes:
            if self.headers.get("Expect", "").lower() == "100-continue":
                self.send_response_only(100)
                self.end_headers()
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))

        def _answer(self, body: bytes, breakage: Breakage | None) -> None:
            upstream = HTTPConnection("127.0.0.1", proxy.target)
            headers = {name: value for name, value in self.headers.items() if name.lower() != "expect"}
            upstream.request(self.command, self.path, body, headers)
            answer = upstream.getresponse()
            content = answer.read()
            upstream.close()
            if breakage == "lose answer":
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if breakage == "cut headers" and name.lower() == "etag":
                    self.close_connection = True
                    break
                if name.lower() not in ("connection", "transfer-encoding", "content-length", "date", "server"):
                    self.send_header(name, value)
            length = answer.getheader("Content-Length") if self.command == "HEAD" else str(len(content))
            self.send_header("Content-Length", length or "0")
            self.end_headers()
            if breakage == "cut answer":
                self.close_connection = True
                content = content[: len(content) // 2]
            self.wfile.write(content)

    return Handler
