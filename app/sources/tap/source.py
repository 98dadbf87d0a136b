"""A tap: listens for messages in a thread of its own, since clients of brokers are not asynchronous, and never gives up."""

from __future__ import annotations

import asyncio
import threading
import time
from abc import abstractmethod
from concurrent.futures import ThreadPoolExecutor

import structlog

from app.errors import SourceError
from app.model.batch import Batch, Kind
from app.model.letter import Letter, Sink
from app.sources.base import Capabilities, PushSource
from app.sources.pushed import opened_statuses
from app.sources.tap.mail import Mail
from app.sources.tap.settings import MessageSettings

PAUSE, LONGEST_PAUSE = 0.5, 60.0
"""Seconds before a connection is tried again, doubled each time until one has held for long."""
LOOK_EVERY = 0.2

log = structlog.get_logger()


class TapSource(PushSource):
    capabilities = Capabilities(frozenset({Kind.STATUSES}))
    settings: MessageSettings

    @abstractmethod
    def begin(self) -> None:
        """Raises ConfigError where it cannot begin."""

    @abstractmethod
    def check(self) -> str:
        """Tries it once, and takes nothing. Raises SourceError, ConfigError."""

    @abstractmethod
    def tap(self, mail: Mail, stop: threading.Event) -> None:
        """Connects, and puts what comes into `mail` until `stop`. Raises SourceError where the connection is lost or refused."""

    def opened(self, letter: Letter) -> Batch:
        return opened_statuses(self.name, letter)

    async def listen(self, sink: Sink) -> None:
        self.begin()
        stop = threading.Event()
        with ThreadPoolExecutor(1, f"tap-{self.name}") as thread:
            work = asyncio.get_running_loop().run_in_executor(
                thread, self._tap_on, Mail(self.settings, self.clock, sink), stop
            )
            try:
                await asyncio.shield(work)
            finally:
                stop.set()
                await asyncio.wait([work])

    def _tap_on(self, mail: Mail, stop: threading.Event) -> None:
        pause = PAUSE
        while not stop.is_set():
            began = time.monotonic()
            try:
                self.tap(mail, stop)
            except SourceError as error:
                log.error("not connected, tried again", source=self.name, error=str(error))
            except Exception:
                log.exception("listening failed, tried again", source=self.name)
            if time.monotonic() - began > LONGEST_PAUSE:
                pause = PAUSE
            stop.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
