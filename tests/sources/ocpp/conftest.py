"""An endpoint that listens, in the test's own process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.clock import SystemClock
from app.model.letter import Letter
from app.model.session import SessionRecord
from app.sources.ocpp import OcppSettings, OcppSource
from tests.certificates import Authority
from tests.processes import free_port


class Listening:
    """What a listening source has handed in."""

    def __init__(self, settings: OcppSettings) -> None:
        self.settings = settings
        self.letters: list[Letter] = []
        self.sessions: list[SessionRecord] = []

    def url(self, id: str) -> str:
        scheme = "wss" if self.settings.certificate else "ws"
        return f"{scheme}://127.0.0.1:{self.settings.port}{self.settings.path}/{id}"

    @property
    def events(self) -> list[tuple[str, str]]:
        """EVSE and status of each change."""
        said = [orjson.loads(letter.payload) for letter in self.letters]
        return [(row[0], row[1]) for one in said if one["events"] for row in one["rows"]]

    @property
    def holds(self) -> dict[str, str]:
        """What the last letter with all that holds says; nothing before there is one."""
        said = [orjson.loads(letter.payload) for letter in self.letters]
        whole = [one["rows"] for one in said if not one["events"]]
        return {row[0]: row[1] for rows in whole[-1:] for row in rows}

    def frames(self) -> list[dict[str, Any]]:
        files = sorted((self.settings.frames / self.settings.name).glob("*.jsonl"))
        return [orjson.loads(line) for file in files for line in file.read_bytes().splitlines()]

    async def until(self, condition: Callable[[], bool], seconds: float = 10.0) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.02)


Listen = Callable[..., AbstractAsyncContextManager[Listening]]


@pytest.fixture
def listen(tmp_path: Path) -> Listen:
    @asynccontextmanager
    async def begin(**given: Any) -> AsyncIterator[Listening]:
        given = {"name": "hardware", "port": free_port(), "security_profile": 0, "frames": tmp_path, **given}
        given.setdefault("charge_points", {"CP1": {"evses": {1: "E1", 2: "E2"}}})
        settings = OcppSettings.model_validate(given)
        listening = Listening(settings)

        def keep(sessions: Sequence[SessionRecord]) -> None:
            listening.sessions.extend(sessions)

        source = OcppSource(settings, SystemClock())
        source.sessions = keep
        task = asyncio.create_task(source.listen(listening.letters.extend))
        await listening.until(lambda: bool(listening.letters) or task.done())
        if task.done():
            task.result()
        try:
            yield listening
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    return begin


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates of a server, of charge point CP1, and of one that another authority issued."""
    folder = tmp_path_factory.mktemp("papers")
    ours, theirs = Authority("ours"), Authority("theirs")
    (folder / "ca.pem").write_bytes(ours.pem())
    ours.issue("server").write(folder / "server.pem")
    ours.issue("SN-CP1-2026").write(folder / "cp1.pem")
    theirs.issue("SN-CP1-2026").write(folder / "forged.pem")
    return folder
