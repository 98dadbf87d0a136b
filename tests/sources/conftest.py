"""A Sender to pull from and sources that pull it; folders of files, on the disk and on the web."""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from app.clock import ManualClock, SystemClock
from app.sources.file import FileSettings, FileSource
from app.sources.ocpi import OcpiSettings, OcpiSource
from tests.ocpi_sender import Sender

DATA = Path(__file__).parent.parent / "data"

MakeSource = Callable[..., OcpiSource]


@pytest.fixture
def sender() -> Iterator[Sender]:
    """Seven locations `DE*TST` and two tariffs, OCPI 2.2.1, three to a page."""
    with Sender.of(DATA / "ocpi" / "2.2.1", limit=3) as sender:
        yield sender


@pytest.fixture
def source(sender: Sender) -> MakeSource:
    """A source that pulls the sender; settings by name."""

    def make(**settings: Any) -> OcpiSource:
        given = {"name": "backend", "url": sender.url, "retry_wait": 0, "timeout": 5, **settings}
        return OcpiSource(OcpiSettings.model_validate(given), SystemClock())

    return make


@dataclass
class SecureSender:
    sender: Sender
    url: str
    certificate: Path


@pytest.fixture
def tls_sender(tmp_path: Path) -> Iterator[SecureSender]:
    """The same over TLS, with a certificate that nobody knows."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run([*command.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    sender = Sender.of(DATA / "ocpi" / "2.2.1")
    sender.server.socket = context.wrap_socket(sender.server.socket, server_side=True)
    with sender:
        yield SecureSender(sender, sender.url.replace("http:", "https:"), certificate)


@pytest.fixture
def clock() -> ManualClock:
    """A minute ahead, so that files have settled."""
    return ManualClock(SystemClock().now() + 60_000)


@pytest.fixture
def files(clock: ManualClock) -> Callable[..., FileSource]:
    """A source called `files` of the party DE*TST, to which no file is too old; its clock stands a minute ahead, so that
    files have settled."""

    def make(**settings: Any) -> FileSource:
        given = {"name": "files", "country_code": "DE", "party_id": "TST", "ttl": "36500d", **settings}
        return FileSource(FileSettings.model_validate(given), clock)

    return make


@pytest.fixture
def token() -> str | None:
    """What the web asks for as `Authorization: Bearer`; None: nothing."""
    return None


class _Served(SimpleHTTPRequestHandler):
    def __init__(self, *arguments: Any, token: str | None, **options: Any) -> None:
        self._expected = None if token is None else f"Bearer {token}"
        super().__init__(*arguments, **options)

    def do_GET(self) -> None:
        if self._expected in (None, self.headers["Authorization"]):
            super().do_GET()
        else:
            self.send_error(401)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def web(folder: Path, token: str | None) -> Iterator[str]:
    """The address of the `folder` that the tests of a source have."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Served, token=token, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(params=["disk", "web"])
def place(request: pytest.FixtureRequest, folder: Path) -> str:
    """Where the files are, with a slash at the end."""
    return f"{request.getfixturevalue('web') if request.param == 'web' else folder}/"
