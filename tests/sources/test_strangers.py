"""Whoever shows nothing learns nothing at a listener of a source either, and costs nobody else anything."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from app.formats.ocpi.token import authorization
from tests.processes import wait_for
from tests.sources.ocpi_push.pushing import TOKEN, listed, pushed_to
from tests.sources.strangers import SECRET, nothing_told, walk
from tests.sources.tap.listening import listening
from tests.sources.tap.test_webhook import CHARGING, Hook


def test_an_ocpi_listener_tells_strangers_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with pushed_to(tmp_path) as backend, nothing_told(caplog):
        location = listed("2.2.1", "locations")[0] | {"name": SECRET}
        assert backend.push("PUT", "2.2.1/locations/DE/TST/LOC1", location) == (201, 1000)
        walk(backend.source.settings.port)
        assert backend.ask("GET", "2.2.1/locations/DE/TST/LOC1").json()["data"]["name"] == SECRET


def test_a_webhook_tells_strangers_nothing(caplog: pytest.LogCaptureFixture) -> None:
    hook = Hook(token=SECRET)
    with listening(hook.tap) as heard, nothing_told(caplog):
        hook.is_up()
        walk(hook.port)
        assert hook.post(CHARGING, Authorization=f"Bearer {SECRET}") == 204
        heard.until(("DE*ABC*E1", "CHARGING"))


@pytest.mark.parametrize("begun", [b"", b"POST /hooks/status HTTP/1.1\r\nX: "], ids=["silent", "a byte at a time"])
def test_who_is_slow_and_unknown_loses_its_place(begun: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each byte began the ten seconds anew, and an OCPI listener waited for 75."""
    monkeypatch.setattr("app.sources.served.SLOWEST", 0.5)
    hook = Hook()
    with pushed_to(tmp_path) as backend, listening(hook.tap):
        hook.is_up()
        for port in (backend.source.settings.port, hook.port):
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(begun)
                wait_for(lambda connection=connection: ended(connection, begun[:1]), 5)


def ended(connection: socket.socket, byte: bytes) -> bool:
    connection.settimeout(0.05)
    try:
        connection.sendall(byte)
        return not connection.recv(1)
    except TimeoutError:
        return False
    except ConnectionError:
        return True


def test_a_backend_that_is_known_may_pause_between_two_messages(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("app.sources.served.SLOWEST", 0.3)
    with pushed_to(tmp_path) as backend:
        settings = backend.source.settings
        head = (
            f"GET {settings.path}/versions HTTP/1.1\r\nAuthorization: {authorization(TOKEN, 'base64')}\r\n\r\n".encode()
        )
        with socket.create_connection(("127.0.0.1", settings.port), timeout=5) as connection:
            for _ in range(2):
                connection.sendall(head)
                assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200 ")
                time.sleep(0.6)
