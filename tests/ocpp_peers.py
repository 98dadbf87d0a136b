"""Charge points and a backend as others would write them: with the `ocpp` library, over real WebSockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import ocpp.v16
import ocpp.v21
import ocpp.v201
from ocpp.routing import on
from ocpp.v16 import call as call16
from ocpp.v16 import call_result as result16
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

CHARGE_POINTS = {"ocpp1.6": ocpp.v16.ChargePoint, "ocpp2.0.1": ocpp.v201.ChargePoint, "ocpp2.1": ocpp.v21.ChargePoint}


@asynccontextmanager
async def charger(url: str, *versions: str, **options: Any) -> AsyncIterator[Any]:
    """A charge point of the library, of whichever version the server picks. Its last part of `url` is its identity."""
    async with connect(url, subprotocols=versions or None, proxy=None, **options) as connection:
        point = CHARGE_POINTS[connection.subprotocol](url.rpartition("/")[2], connection, response_timeout=10)
        reading = asyncio.create_task(point.start())
        try:
            yield point
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError, ConnectionClosed):
                await reading


def status16(connector: int, status: str, error: str = "NoError", **more: Any) -> call16.StatusNotification:
    return call16.StatusNotification(connector_id=connector, error_code=error, status=status, **more)


class _Backend16(ocpp.v16.ChargePoint):
    @on("BootNotification")
    def boot(self, **call: Any) -> result16.BootNotification:
        return result16.BootNotification(datetime.now(UTC).isoformat(), 60, "Accepted")

    @on("StatusNotification")
    def status(self, **call: Any) -> result16.StatusNotification:
        self.statuses.append((call["connector_id"], call["status"]))
        return result16.StatusNotification()

    @on("StartTransaction")
    def begin(self, **call: Any) -> result16.StartTransaction:
        self.tags.append(call["id_tag"])
        return result16.StartTransaction(4711, {"status": "Accepted"})

    @on("StopTransaction")
    def end(self, **call: Any) -> result16.StopTransaction:
        return result16.StopTransaction()


class Backend:
    """A small central system for OCPP 1.6."""

    def __init__(self) -> None:
        self.statuses: list[tuple[int, str]] = []
        self.tags: list[str] = []
        self.paths: list[str] = []
        self.authorizations: list[str | None] = []
        self.connections: list[Any] = []
        self.refuse_with: int | None = None

    @asynccontextmanager
    async def listening(self, port: int = 0) -> AsyncIterator[int]:
        """The port it listens on."""
        server = await serve(
            self._serve, "127.0.0.1", port, subprotocols=["ocpp1.6"], process_request=self._judge, close_timeout=1
        )
        async with server:
            yield server.sockets[0].getsockname()[1]

    def _judge(self, connection: Any, request: Any) -> Any:
        self.paths.append(request.path)
        self.authorizations.append(request.headers.get("Authorization"))
        return connection.respond(self.refuse_with, "no\n") if self.refuse_with else None

    async def _serve(self, connection: Any) -> None:
        self.connections.append(connection)
        point = _Backend16(connection.request.path.rpartition("/")[2], connection)
        point.statuses, point.tags = self.statuses, self.tags
        with suppress(ConnectionClosed):
            await point.start()
