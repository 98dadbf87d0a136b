"""The source `ocpi-push`: listens, and reads what was pushed."""

from __future__ import annotations

import asyncio
import threading

from app.errors import ConfigError
from app.model.batch import Batch, Kind
from app.model.letter import Letter, Sink
from app.sources.base import Capabilities, PushSource
from app.sources.ocpi_push.charged import ChargedObjects
from app.sources.ocpi_push.interface import Interface
from app.sources.ocpi_push.kept import KeptObjects
from app.sources.ocpi_push.letters import opened_letter
from app.sources.ocpi_push.server import serve
from app.sources.ocpi_push.settings import OcpiPushSettings


class OcpiPushSource(PushSource):
    type = "ocpi-push"
    Settings = OcpiPushSettings
    capabilities = Capabilities(frozenset({Kind.LOCATIONS, Kind.TARIFFS}), statuses_in_locations=True)
    settings: OcpiPushSettings

    def check(self) -> str:
        self.settings.tls()
        return f"listens at {self.settings.origin}, as {self.settings.base}/versions"

    async def listen(self, sink: Sink) -> None:
        stop = threading.Event()
        work = asyncio.get_running_loop().run_in_executor(None, serve, self.interface(), stop)
        try:
            await asyncio.shield(work)
        finally:
            stop.set()
            await asyncio.wait([work])

    def interface(self) -> Interface:
        """Raises ConfigError where there is nowhere to keep what is pushed."""
        if self.holdings is None:
            raise ConfigError("there is nowhere to keep what is pushed", where=f"source {self.name}")
        objects = KeptObjects(self.settings, self.clock, self.holdings)
        charged = ChargedObjects(self.name, self.sessions) if self.sessions is not None else None
        return Interface(self.settings, self.clock, self.kinds, objects, charged)

    def opened(self, letter: Letter) -> Batch:
        return opened_letter(letter, self.settings, rules=self.rules(self.settings.status_time))
