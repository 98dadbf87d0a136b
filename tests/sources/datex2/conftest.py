"""A folder with the two publications, on the disk and on the web, and sources that read them."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from app.clock import ManualClock, SystemClock
from app.sources.datex2 import Datex2Settings, Datex2Source
from tests.shared import ROOT


@pytest.fixture
def clock() -> ManualClock:
    """A minute ahead, so that files have settled."""
    return ManualClock(SystemClock().now() + 60_000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("table.xml", "status.json"):
        shutil.copyfile(ROOT / "tests" / "data" / "datex2" / name, tmp_path / name)
    return tmp_path


class _Guarded(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.headers["Authorization"] == "Bearer open":
            super().do_GET()
        else:
            self.send_error(401)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def web(folder: Path) -> Iterator[str]:
    """The folder's address; its token is `open`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Guarded, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(params=["disk", "web"])
def place(request: pytest.FixtureRequest, folder: Path) -> str:
    """Where the files are, with a slash at the end."""
    return f"{request.getfixturevalue('web') if request.param == 'web' else folder}/"


@pytest.fixture
def source(clock: ManualClock) -> Callable[..., Datex2Source]:
    def make(**settings: Any) -> Datex2Source:
        known = {"name": "nap", "retries": 0, "token": "open", **settings}
        return Datex2Source(Datex2Settings.model_validate(known), clock)

    return make
