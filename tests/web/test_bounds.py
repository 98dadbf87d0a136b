"""What a stranger sends is bounded: bodies, headers, addresses; and whoever goes beyond costs nobody else anything."""

from __future__ import annotations

import io
import socket

import pytest
from pydantic import SecretStr

from app.web.application import LARGEST, create_app


def test_a_form_that_is_too_large_is_not_read(empty):
    """A file in a form would be kept on disk while it comes."""
    tokens = (SecretStr("a-token-for-the-administration"),)
    client = create_app(empty.settings.model_copy(update={"admin_tokens": tokens})).test_client()
    file = (io.BytesIO(b"x" * 2 * LARGEST), "large.bin")
    for data in ({"file": file}, {"token": "x" * 2 * LARGEST}):
        answer = client.post("/admin/sign-in", data=data, headers={"Accept": "application/json"})
        assert (answer.status_code, answer.json["status_code"]) == (413, 2000)
    assert client.post("/admin/sign-in", data={"token": "x" * 20}).status_code == 401


@pytest.mark.parametrize(
    "head",
    [
        f"GET /open/ocpi/versions HTTP/1.1\r\nHost: x\r\nX-Long: {'x' * 1_000_000}\r\n\r\n",
        "GET /open/ocpi/versions HTTP/1.1\r\nHost: x\r\n" + "X-Many: x\r\n" * 5000 + "\r\n",
        f"GET /{'x' * 1_000_000} HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    ],
    ids=["a long header", "many headers", "a long address", "a negative length"],
)
def test_a_head_that_is_beyond_bounds_is_refused_and_the_server_lives(reader, network, head):
    with socket.create_connection(("127.0.0.1", network.settings.web.port), timeout=10) as connection:
        try:
            connection.sendall(head.encode())
            said = connection.recv(1 << 16)
        except OSError:
            said = b""  # it was cut off
    assert not said or said.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4")), said[:200]
    assert reader.get("/healthz").status_code == 200
