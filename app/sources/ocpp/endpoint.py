"""The WebSocket endpoint: handshakes, one connection per charge point, and what each side's end means for the other.

1. Who connects is judged before the handshake. In front of a backend that one's answer is the charge point's: it refuses, and the
   charge point is refused by the same code; it picks the version.
2. Of two connections with one identity the newer one stays; the older one is told so (1008).
3. Both sides are pinged. One that is silent is closed (1011), and with it the other.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Any, cast

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from app.clock import Clock, Millis
from app.errors import ConfigError
from app.sources.ocpp.answers import Answers, trigger_status
from app.sources.ocpp.counters import CONNECTIONS
from app.sources.ocpp.frames import version_of
from app.sources.ocpp.gate import Gate, Refusal
from app.sources.ocpp.hub import Hub
from app.sources.ocpp.settings import OcppSettings
from app.sources.ocpp.tls import server_context, upstream_context
from app.sources.ocpp.upstream import Upstream, relay

ASK_AFTER = 60.0
"""Seconds in which a charge point should tell its statuses by itself."""
CLOSE_WITHIN = 2.0
REPLACED = 1008

SILENT = logging.getLogger("chargefeed.websockets")
"""What the library would say of each broken handshake; what matters of it is said here."""
SILENT.setLevel(logging.CRITICAL + 1)

# Frames are small and far between: a window kept for each connection would cost 64 KB of memory and save nothing.
COMPRESSION = ServerPerMessageDeflateFactory(
    server_no_context_takeover=True, client_no_context_takeover=True, compress_settings={"memLevel": 4}
)


class Connection(ServerConnection):
    """One charge point's."""

    def __init__(self, clock: Clock, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._clock = clock
        self.charge_point = ""
        self.heard_at: Millis = clock.now()
        self.upstream: ClientConnection | None = None

    def data_received(self, data: bytes) -> None:
        self.heard_at = self._clock.now()  # a pong is a sign of life too
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.upstream is not None:  # also where the handshake broke off after the backend's
            self.upstream.transport.close()


class Endpoint:
    def __init__(self, settings: OcppSettings, clock: Clock, hub: Hub) -> None:
        """Raises ConfigError where a certificate cannot be used."""
        self._settings = settings
        self._clock = clock
        self._hub = hub
        self._gate = Gate(settings)
        self._context = server_context(settings)
        self._upstream = Upstream(settings, upstream_context(settings)) if settings.upstream else None
        self._connections: dict[str, Connection] = {}
        self._away: dict[str, asyncio.TimerHandle] = {}
        self._gauge = CONNECTIONS.labels(settings.name)

    async def open(self) -> Server:
        """Listens from now on. Raises ConfigError where it cannot."""
        settings = self._settings
        for id in self._hub.away():
            self._await_return(id)
        try:
            return await serve(
                self._serve,
                settings.host,
                settings.port,
                ssl=self._context,
                create_connection=cast("type[ServerConnection]", partial(Connection, self._clock)),
                process_request=self._judge,
                select_subprotocol=self._choose,
                extensions=[COMPRESSION],
                compression=None,
                ping_interval=settings.ping_every,
                ping_timeout=settings.ping_every,
                close_timeout=CLOSE_WITHIN,
                max_size=settings.max_frame,
                max_queue=4,
                backlog=2048,
                open_timeout=20,
                logger=SILENT,
                server_header=None,
            )
        except OSError as error:
            where = f"source {settings.name}, {settings.host}:{settings.port}"
            raise ConfigError(
                f"cannot listen: {error.strerror}", where=where, remedy="Choose another `port`"
            ) from error

    # handshake

    async def _judge(self, connection: ServerConnection, request: Request) -> Response | None:
        assert isinstance(connection, Connection)
        id = self._gate.identity(request.path)
        if id is None:
            return connection.respond(
                HTTPStatus.NOT_FOUND, f"charge points connect to {self._settings.path}/identity\n"
            )
        authorization = request.headers.get_all("Authorization")
        refusal = self._gate.refusal(
            id,
            authorization[0] if authorization else None,
            connection.transport.get_extra_info("peercert"),
            len(self._connections),
            self._clock.now(),
        )
        if refusal is None and self._upstream is not None:
            found = await self._upstream.connect(id, request.headers)
            if isinstance(found, Refusal):
                refusal = found
            else:
                connection.upstream = found
        if refusal is None:
            connection.charge_point = id
            return None
        self._hub.fault(id, "connection refused", why=refusal.why, status=refusal.status.value)
        response = connection.respond(refusal.status, f"{refusal.status.phrase}\n")
        response.headers.update(Headers(refusal.headers))
        return response

    def _choose(self, connection: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
        assert isinstance(connection, Connection)
        if connection.upstream is not None:
            return connection.upstream.subprotocol
        found = self._gate.subprotocol(offered)
        return None if found is None else Subprotocol(found)

    # connections

    async def _serve(self, connection: ServerConnection) -> None:
        assert isinstance(connection, Connection)
        id, upstream = connection.charge_point, connection.upstream
        version = self._version(connection)
        if version is None:
            self._hub.fault(id, "connection refused", why="no common version")
            await connection.close(1002, "no common subprotocol")
            return
        self._begin(id, connection, version)
        try:
            if upstream is not None:
                connection.upstream = None
                await relay(connection, upstream, partial(self._came, id), partial(self._went, id))
            else:
                await self._answer(id, connection, version)
        except Exception:  # noqa: BLE001  (one connection's, whatever it is)
            self._hub.fault(id, "connection failed", exc_info=True)
        finally:
            self._end(id, connection)

    def _version(self, connection: Connection) -> str | None:
        """None: it speaks none that is known. A backend that took it anyway has its way."""
        chosen = version_of(connection.subprotocol or "")
        if chosen is None and (connection.upstream is not None or not _offers(connection)):
            return self._settings.assume or ("1.6" if connection.upstream is not None else None)
        return chosen

    def _begin(self, id: str, connection: Connection, version: str) -> None:
        if (timer := self._away.pop(id, None)) is not None:
            timer.cancel()
        older, self._connections[id] = self._connections.get(id), connection
        if older is not None:
            self._hub.fault(id, "connection replaced", why="another one came with the same identity")
            closing = asyncio.create_task(older.close(REPLACED, "another connection has this identity"))
            closing.add_done_callback(lambda _: older.transport.abort())
        else:
            self._gauge.inc()
        self._hub.opened(id, version)

    def _end(self, id: str, connection: Connection) -> None:
        if self._connections.get(id) is connection:
            del self._connections[id]
            self._gauge.dec()
            self._hub.closed(id, connection.heard_at)
            self._await_return(id)

    def _await_return(self, id: str) -> None:
        loop = asyncio.get_running_loop()
        self._away[id] = loop.call_later(self._settings.offline_after, self._missed, id)

    def _missed(self, id: str) -> None:
        self._away.pop(id, None)
        self._hub.missed(id)

    # frames

    def _came(self, id: str, message: str | bytes) -> None:
        if isinstance(message, str):
            self._hub.received(id, message)
        else:
            self._hub.fault(id, "malformed frame", why="is binary")

    def _went(self, id: str, message: str | bytes) -> None:
        if isinstance(message, str):
            self._hub.sent(id, message)

    async def _answer(self, id: str, connection: Connection, version: str) -> None:
        """As its central system."""
        settings = self._settings
        answers = Answers(version, accept=settings.authorize == "accept", heartbeat_s=round(settings.heartbeat_every))
        asking = asyncio.create_task(self._ask(id, connection, version))
        try:
            async for message in connection:
                if isinstance(message, bytes):
                    self._came(id, message)
                    continue
                answer = answers.to(self._hub.received(id, message), self._clock.now())
                if answer is not None:
                    self._hub.sent(id, answer)
                    await connection.send(answer)
        except ConnectionClosed:
            pass
        finally:
            asking.cancel()

    async def _ask(self, id: str, connection: Connection, version: str) -> None:
        """For statuses, where the charge point has told none by itself."""
        await asyncio.sleep(ASK_AFTER)
        if not self._hub.knows_statuses(id):
            call = trigger_status(version, f"chargefeed-{self._clock.now()}")
            self._hub.sent(id, call)
            with suppress(ConnectionClosed):
                await connection.send(call)


def _offers(connection: Connection) -> bool:
    request = connection.request
    return request is not None and bool(request.headers.get_all("Sec-WebSocket-Protocol"))
