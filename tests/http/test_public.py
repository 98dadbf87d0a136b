"""Servers that strangers name: only public addresses are called, and the one that was looked at."""

from __future__ import annotations

import socket
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from app.http.exchange import Exchange, NoAnswer
from app.http.public import is_public


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
        ),
        *("::1", "fe80::1%eth0", "fc00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:0a00:0001::", "ff02::1"),
        *(
            "::127.0.0.1",
            "::ffff:0:10.0.0.1",
            "64:ff9b:1::a00:1",
            "fec0::1",
            "2001:0:7f00:1::",
            "5f00::1",
            "198.18.0.1",
        ),
    ],
)
def test_addresses_inside_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
)
def test_addresses_outside_are(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://2130706433:{port}/",
        "http://0x7f000001:{port}/",
        "http://0177.0.0.1:{port}/",
        "http://127.1:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
    ],
)
def test_a_server_inside_is_not_called_however_it_is_written(inside, url):
    with pytest.raises(NoAnswer, match="not a public address"):
        Exchange(timeout=2, largest=1000, public_only=True).send("GET", url.format(port=inside.server_port), {})
    assert inside.asked == 0


def test_a_proxy_of_the_environment_does_not_get_around_it(inside, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{inside.server_port}")
    with pytest.raises(NoAnswer, match="not a public address"):
        Exchange(timeout=2, largest=1000, public_only=True).send("GET", "http://localhost/", {})
    assert inside.asked == 0


def test_a_redirect_is_told_and_not_followed(inside):
    """So what a public server sends us on to is never called."""
    answer = Exchange(timeout=2, largest=1000).send("GET", f"http://127.0.0.1:{inside.server_port}/moved", {})
    assert (answer.redirect, inside.asked) == ("http://127.0.0.1/inside", 1)


def test_a_name_that_leads_elsewhere_the_next_moment_gains_nothing(inside, monkeypatch):
    """DNS rebinding: the first answer is public, every later one is not; the connection goes to the first."""
    answers, connected = iter(["93.184.216.34"]), []
    real = socket.getaddrinfo

    def resolve(host, port, *args, **kwargs):
        if host == "rebound.example":
            return real(next(answers, "127.0.0.1"), port, *args, **kwargs)
        return real(host, port, *args, **kwargs)

    def connect(self, address):
        connected.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket.socket, "connect", connect)
    with pytest.raises(NoAnswer):
        Exchange(timeout=2, largest=1000, public_only=True).send("GET", "http://rebound.example/", {})
    assert connected == ["93.184.216.34"]


@pytest.fixture
def inside():
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked += 1
            self.send_response(302 if self.path == "/moved" else 200)
            self.send_header("Location", "http://127.0.0.1/inside")
            self.end_headers()

        def log_message(self, *_):
            """Silent."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        server.asked = 0
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()
