"""A TCP relay on this machine that tests can cut: what stands behind it is away, for whoever goes through it."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from enum import Enum

from tests.processes import free_port


class Line(Enum):
    PASSES = "passes"
    REFUSES = "refuses"
    """Connections end, and new ones are ended at once."""
    SWALLOWS = "swallows"
    """Connections stay, and nothing comes through them; what was sent meanwhile comes when it passes again."""


class Relays:
    """Relays to one port, in a thread of their own."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._loop = asyncio.new_event_loop()
        self._made: list[Relay] = []
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def open(self) -> Relay:
        relay = Relay(self._to, self._loop)
        self._made.append(relay)
        asyncio.run_coroutine_threadsafe(relay.listen(), self._loop).result(10)
        return relay

    def close(self) -> None:
        async def end() -> None:
            for relay in self._made:
                relay.close()
            while len(asyncio.all_tasks()) > 1:
                await asyncio.sleep(0.01)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Relay:
    def __init__(self, to: int, loop: asyncio.AbstractEventLoop) -> None:
        self.port = free_port()
        self._to = to
        self._loop = loop
        self._line = Line.PASSES
        self._passing = asyncio.Event()
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    def set(self, line: Line) -> None:
        asyncio.run_coroutine_threadsafe(self._set(line), self._loop).result(10)

    async def listen(self) -> None:
        self._passing.set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    def close(self) -> None:
        """In the thread of the relays."""
        if self._server is not None:
            self._server.close()
        self._passing.set()
        for writer in self._open:
            writer.transport.abort()

    async def _set(self, line: Line) -> None:
        self._line = line
        if line is Line.SWALLOWS:
            self._passing.clear()
        else:
            self._passing.set()
        if line is Line.REFUSES:
            for writer in self._open:
                writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if self._line is Line.REFUSES:
                return
            behind, there = await asyncio.open_connection("127.0.0.1", self._to)
            self._open.add(there)
            try:
                pumps = [asyncio.create_task(self._pump(*pair)) for pair in ((reader, there), (behind, writer))]
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
                for pump in pumps:
                    pump.cancel()
            finally:
                self._open.discard(there)
                there.transport.abort()
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(1 << 16):
                await self._passing.wait()
                writer.write(data)
                await writer.drain()
