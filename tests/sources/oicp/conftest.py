"""A folder with the two files, on the disk and on the web, and sources that read them."""

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
from app.sources.oicp import OicpSettings, OicpSource
from tests.shared import ROOT

FILES = ROOT / "tests" / "data" / "oicp"


@pytest.fixture
def clock() -> ManualClock:
    """A minute ahead, so that files have settled."""
    return ManualClock(SystemClock().now() + 60_000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("evse-data.json", "evse-status.json"):
        shutil.copyfile(FILES / name, tmp_path / name)
    return tmp_path


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def web(folder: Path) -> Iterator[str]:
    """The folder's address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(params=["disk", "web"])
def place(request: pytest.FixtureRequest, folder: Path) -> str:
    """Where the files are, with a slash at the end."""
    return f"{request.getfixturevalue('web') if request.param == 'web' else folder}/"


@pytest.fixture
def source(clock: ManualClock) -> Callable[..., OicpSource]:
    def make(**settings: Any) -> OicpSource:
        return OicpSource(OicpSettings.model_validate({"name": "hub", "retries": 0, **settings}), clock)

    return make
