"""The way to the backend and back: every frame untouched, each side's end the other's."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.connection import Connection
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.http11 import Response
from websockets.typing import Subprotocol

from app.sources.ocpp.gate import Refusal
from app.sources.ocpp.settings import OcppSettings

NO_CODE, ABNORMAL, TLS_FAILED = 1005, 1006, 1015
PASSED_ON = ("Authorization", "User-Agent")
CONNECT_WITHIN = 10.0

COMPRESSION = ClientPerMessageDeflateFactory(
    server_no_context_takeover=True, client_no_context_takeover=True, compress_settings={"memLevel": 4}
)
"""As towards charge points: no memory per connection."""

Note = Callable[[str | bytes], None]


class Upstream:
    """The backend that charge points are meant for."""

    def __init__(self, settings: OcppSettings, context: ssl.SSLContext | None) -> None:
        assert settings.upstream is not None
        self._url = settings.upstream.rstrip("/")
        self._settings = settings
        self._context = context

    async def connect(self, id: str, headers: Headers) -> ClientConnection | Refusal:
        """As the charge point did: same identity, password and subprotocols."""
        offered = [name.strip() for value in headers.get_all("Sec-WebSocket-Protocol") for name in value.split(",")]
        passed = {name: headers[name] for name in PASSED_ON if name in headers}
        try:
            return await connect(
                f"{self._url}/{quote(id, safe='')}",
                subprotocols=[Subprotocol(name) for name in offered] or None,
                additional_headers={name: value for name, value in passed.items() if name != "User-Agent"},
                user_agent_header=passed.get("User-Agent"),
                ssl=self._context,
                proxy=None,
                compression=None,
                extensions=[COMPRESSION],
                max_queue=4,
                open_timeout=CONNECT_WITHIN,
                ping_interval=self._settings.ping_every,
                ping_timeout=self._settings.ping_every,
                max_size=self._settings.max_frame,
            )
        except InvalidStatus as error:
            return _as_refused(error.response)
        except (OSError, TimeoutError, InvalidHandshake) as error:
            return Refusal(HTTPStatus.BAD_GATEWAY, f"backend not reached: {type(error).__name__}: {error}", {})


def _as_refused(response: Response) -> Refusal:
    kept: Mapping[str, str] = {
        name: response.headers[name] for name in ("WWW-Authenticate", "Retry-After") if name in response.headers
    }
    try:
        status = HTTPStatus(response.status_code)
    except ValueError:
        status = HTTPStatus.BAD_GATEWAY
    if status < HTTPStatus.BAD_REQUEST:  # a redirect, or an answer that is no handshake
        status = HTTPStatus.BAD_GATEWAY
    return Refusal(status, f"backend answers {response.status_code}", kept)


async def relay(charge_point: Connection, backend: Connection, came: Note, went: Note) -> None:
    """Until either side ends; then the other ends the same way. `came` is told of each frame from the charge point before it is
    passed on, `went` of each to it; neither may raise."""
    pumps = {
        asyncio.create_task(_pump(charge_point, backend, came)): (charge_point, backend),
        asyncio.create_task(_pump(backend, charge_point, went)): (backend, charge_point),
    }
    try:
        done, _ = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        ended, other = pumps[next(iter(done))]
        await _end_as(ended, other)
    finally:
        for pump in pumps:
            pump.cancel()
        for side in (charge_point, backend):
            side.transport.close()
        await asyncio.gather(*pumps, return_exceptions=True)


async def _pump(source: Connection, target: Connection, note: Note) -> None:
    with suppress(ConnectionClosed):
        async for message in source:
            note(message)
            await target.send(message)


async def _end_as(ended: Connection, other: Connection) -> None:
    """Codes that stand for no frame cannot be sent: without a code it ends without one, broken off it is broken off."""
    if ended.close_code is None:  # it was passing on to `other` that failed
        ended, other = other, ended
    code = ended.close_code
    if code in (None, ABNORMAL, TLS_FAILED):
        other.transport.abort()
    elif code == NO_CODE:
        await other.close()
    else:
        await other.close(code or NO_CODE, ended.close_reason or "")
