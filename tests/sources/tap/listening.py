"""A tap that listens in the test's own process, and the registry behind it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import orjson

from app.clock import SystemClock
from app.errors import RegistryError
from app.model.letter import Letter
from app.sources.base import make_source, source_class
from app.sources.tap.source import TapSource
from tests.processes import wait_for


def tap_of(type_: str, **given: Any) -> TapSource:
    given = {"name": "events", **given}
    source = make_source(source_class(type_).Settings.model_validate(given), SystemClock())
    assert isinstance(source, TapSource)
    return source


class Listening:
    """What a tap has handed in. `away`: the inbox cannot be written."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.away = False
        self.tries = 0

    def put(self, letters: Sequence[Letter]) -> None:
        self.tries += 1
        if self.away:
            raise RegistryError("gone")
        self.letters += letters

    @property
    def told(self) -> list[tuple[str, str]]:
        """EVSE and status of each change; `=E1` where it is what held."""
        said = [orjson.loads(letter.payload) for letter in self.letters]
        return [(("" if one["events"] else "=") + row[0], row[1]) for one in said for row in one["rows"]]

    @property
    def problems(self) -> list[dict[str, Any]]:
        return [problem for letter in self.letters for problem in orjson.loads(letter.payload)["problems"]]

    def until(self, *told: tuple[str, str], seconds: float = 10.0) -> None:
        """Just these were told so far."""
        try:
            wait_for(lambda: len(self.told) >= len(told), seconds)
        finally:
            assert self.told == list(told)


@contextmanager
def listening(source: TapSource, to: Listening | None = None) -> Iterator[Listening]:
    """Until the block ends, as if it were told to stop."""
    to = to or Listening()
    loop = asyncio.new_event_loop()
    task = loop.create_task(source.listen(to.put))
    thread = threading.Thread(target=_run, args=(loop, task))
    thread.start()
    try:
        yield to
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(20)
        assert not thread.is_alive()


def _run(loop: asyncio.AbstractEventLoop, task: asyncio.Task[None]) -> None:
    try:
        loop.run_until_complete(task)
    except asyncio.CancelledError:
        pass
    finally:
        loop.close()
