"""By libcurl: an answer is what it is with `Exchange`, and so is whatever keeps it from coming."""

from __future__ import annotations

import gzip
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pycurl
import pytest

from app.http.curl import CurlExchange
from app.http.exchange import ERROR_BODY, Exchange, NoAnswer, Trouble
from tests.processes import free_port

LARGEST = 1000
BIG = b"x" * 2 * ERROR_BODY


class Handler(BaseHTTPRequestHandler):
    """Answers by the path; `/echo` says what it was asked."""

    protocol_version = "HTTP/1.1"

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline()
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        self.server.connections.add(self.client_address)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        getattr(self, f"_{self.path.strip('/').replace('http://partner.example/', '')}")(body)

    def _echo(self, body: bytes) -> None:
        told = [self.command, *sorted(f"{name}: {value}" for name, value in self.headers.items() if name != "Host")]
        self._say(200, "\n".join([*told, body.decode()]).encode())

    def _gzip(self, _: bytes) -> None:
        self._say(200, gzip.compress(b"plain"), ("Content-Encoding", "gzip"))

    def _notgzip(self, _: bytes) -> None:
        self._say(200, b"plain", ("Content-Encoding", "gzip"))

    def _bomb(self, _: bytes) -> None:
        self._say(200, gzip.compress(b"x" * 100 * LARGEST), ("Content-Encoding", "gzip"))

    def _error(self, _: bytes) -> None:
        self._say(503, BIG, ("Retry-After", "7"))

    def _away(self, _: bytes) -> None:
        self._say(307, b"elsewhere", ("Location", "/echo"))

    def _cut(self, _: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"half")
        self.close_connection = True

    def _drip(self, _: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        for _ in range(20):
            self.wfile.write(b".")
            time.sleep(0.1)

    def _say(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silent."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Those who hang up are meant to."""


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(context: ssl.SSLContext | None = None) -> Server:
        server = Server(("127.0.0.1", 0), Handler)
        server.connections = set()
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        servers.append(server)
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def server(serve: Callable[..., Server]) -> Server:
    return serve()


def asked(server: Server, path: str, method: str = "GET", body: bytes | None = None, **settings: object):
    exchange = CurlExchange(**{"timeout": 5, "largest": LARGEST, **settings})
    return exchange.send(method, f"http://127.0.0.1:{server.server_port}/{path}", {"X-A": "1"}, body)


@pytest.mark.parametrize(("method", "body"), [("GET", None), ("DELETE", None), ("PUT", b"{}"), ("PATCH", b"{}")])
def test_it_asks_as_requests_does(server, method, body):
    both = [
        kind(timeout=5, largest=LARGEST).send(
            method, f"http://127.0.0.1:{server.server_port}/echo", {"Content-Type": "a/b", "X-Empty": ""}, body
        )
        for kind in (CurlExchange, Exchange)
    ]
    said = [{line for line in answer.body.decode().split("\n") if line != "Connection: keep-alive"} for answer in both]
    if method == "DELETE":
        said[1].discard("Content-Length: 0")
    assert said[0] == said[1]


def test_an_answer_is_decompressed(server):
    answer = asked(server, "gzip")
    assert (answer.status, answer.reason, answer.body) == (200, "OK", b"plain")


def test_of_what_is_no_success_just_the_beginning_is_read(server):
    answer = asked(server, "error", largest=10 * len(BIG))
    assert (answer.said, answer.wait_asked_for(0)) == ("HTTP 503 Service Unavailable", 7)
    assert len(answer.body) == ERROR_BODY
    assert asked(server, "error").status == 503, "also where it is longer than any answer may be"


def test_no_redirect_is_followed(server):
    answer = asked(server, "away")
    assert (answer.status, answer.redirect, answer.body) == (307, f"http://127.0.0.1:{server.server_port}/echo", b"")


@pytest.mark.parametrize(
    ("path", "trouble"),
    [
        ("bomb", Trouble.TOO_LARGE),
        ("notgzip", Trouble.ENCODING),
        ("cut", Trouble.BROKEN),
        ("drip", Trouble.TIMEOUT),
    ],
)
def test_what_is_no_whole_answer_is_told_apart(server, path, trouble):
    began = time.monotonic()
    with pytest.raises(NoAnswer) as raised:
        asked(server, path, timeout=0.5)
    assert raised.value.trouble is trouble
    assert time.monotonic() - began < 1.9, "the time is for the whole of it, however it drips"


def test_a_port_where_nobody_listens_is_no_connection():
    with pytest.raises(NoAnswer, match=r"no connection \(.*connect") as raised:
        CurlExchange(timeout=5, largest=LARGEST).send("GET", f"http://127.0.0.1:{free_port()}/", {})
    assert raised.value.trouble is Trouble.CONNECTION


def test_a_line_break_in_a_header_is_not_sent(server):
    with pytest.raises(NoAnswer, match="the header X-Evil holds a line break"):
        CurlExchange(timeout=5, largest=LARGEST).send(
            "GET", f"http://127.0.0.1:{server.server_port}/echo", {"X-Evil": "a\r\nX-B: c"}
        )
    assert not server.connections


def test_a_connection_is_kept_also_after_an_error(server):
    exchange = CurlExchange(timeout=5, largest=LARGEST)
    for path in ("echo", "away", "gzip", "echo"):
        exchange.send("GET", f"http://127.0.0.1:{server.server_port}/{path}", {})
    assert len(server.connections) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"])
def test_a_server_inside_is_not_called_however_it_is_written(server, host, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{server.server_port}")
    with pytest.raises(NoAnswer, match="not a public address"):
        CurlExchange(timeout=5, largest=LARGEST, public_only=True).send(
            "GET", f"http://{host}:{server.server_port}/echo", {}
        )
    assert not server.connections


def test_a_proxy_of_the_environment_is_used(server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{server.server_port}")
    answer = CurlExchange(timeout=5, largest=LARGEST).send("PUT", "http://partner.example/echo", {}, b"for partner")
    assert answer.body.endswith(b"for partner")


def test_over_tls_both_sides_show_who_they_are(serve, tmp_path):
    key, certificate = own_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.load_verify_locations(certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    url = f"https://127.0.0.1:{serve(context).server_port}/echo"
    known = {"timeout": 5, "largest": LARGEST, "ca_file": certificate}
    assert CurlExchange(**known, certificate=(certificate, key)).send("GET", url, {}).succeeded
    with pytest.raises(NoAnswer) as raised:
        CurlExchange(timeout=5, largest=LARGEST, certificate=(certificate, key)).send("GET", url, {})
    assert raised.value.trouble is Trouble.TLS
    with pytest.raises(NoAnswer):
        CurlExchange(**known).send("GET", url, {})


def test_authorities_that_are_named_stand_in_place_of_the_system_s(serve, tmp_path, monkeypatch):
    key, certificate = own_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    url = f"https://127.0.0.1:{serve(context).server_port}/echo"

    class Found(pycurl.Curl):
        """As pycurl makes one where the system trusts the server."""

        def __init__(self) -> None:
            self.setopt(pycurl.CAINFO, str(certificate))

    monkeypatch.setattr(pycurl, "Curl", Found)
    folder = tmp_path / "authorities"
    folder.mkdir()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(folder))
    with pytest.raises(NoAnswer) as raised:
        CurlExchange(timeout=5, largest=LARGEST).send("GET", url, {})
    assert raised.value.trouble is Trouble.TLS


def own_certificate(folder: Path) -> tuple[Path, Path]:
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    made = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    subprocess.run([*made.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return key, certificate
