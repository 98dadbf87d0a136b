"""An OCPI receiver as its client sees it: a message, its answer, and what that means (transport_and_format, status_codes).

A message has arrived where HTTP says 2xx *and* the envelope says 1xxx. It is refused by HTTP 4xx or 2xxx under HTTP 200; anything
else (5xx, 3xxx, no envelope at all) may pass.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from random import getrandbits
from typing import Any
from urllib.parse import quote
from uuid import UUID

import orjson

from app.delivery.client import Client
from app.delivery.ocpi_push.messages import Message
from app.delivery.ocpi_push.settings import OcpiPushSettings
from app.errors import DeliveryError, ObjectRefused
from app.formats.ocpi.token import authorization
from app.formats.ocpi.versions import V211
from app.http.exchange import Answer, one_line
from app.model.batch import Kind
from app.model.outside import decoded

UNKNOWN_LOCATION = 2003


class Unknown(ObjectRefused):
    """The receiver has no such object."""


class Receiver:
    def __init__(self, settings: OcpiPushSettings, client: Client) -> None:
        self._settings = settings
        self._client = client
        self._authorization = authorization(settings.token.get_secret_value(), settings.encoding)
        self._modules = {Kind.LOCATIONS: settings.locations_url, Kind.TARIFFS: settings.tariffs_url}

    def send(self, kind: Kind, owner: tuple[str, str], message: Message) -> None:
        """Raises DeliveryError; Unknown where it has no such object."""
        self._call(message.method, kind, owner, message.ids, message.body)

    def get(self, kind: Kind, owner: tuple[str, str], *ids: str) -> Any:
        """What it holds; there are receivers that answer with a list of one. Raises as `send`."""
        found = self._call("GET", kind, owner, ids, None).get("data")
        return found[0] if isinstance(found, list) and len(found) == 1 else found

    def probe(self, owner: tuple[str, str]) -> str:
        """Asks for a location or tariff that there is not; returns what to tell. Raises DeliveryError."""
        kind = next(kind for kind, url in self._modules.items() if url)
        try:
            self.get(kind, owner, "chargefeed-check")
        except ObjectRefused as error:
            return f"{self._modules[kind]} takes the token ({error.what})"
        return f"{self._modules[kind]} takes the token"

    def _call(self, method: str, kind: Kind, owner: tuple[str, str], ids: tuple[str, ...], body: Any) -> dict[str, Any]:
        """The envelope."""
        url = "/".join((self._modules[kind] or "", *(quote(part, safe="") for part in (*owner, *ids))))
        said = None if body is None else orjson.dumps(body)
        answer = self._client.send(method, url, self._headers(owner, has_body=body is not None), said)
        return envelope(answer, partial(self._client.where, method, url))

    def _headers(self, owner: tuple[str, str], *, has_body: bool) -> dict[str, str]:
        settings = self._settings
        headers = {"Authorization": self._authorization}
        if has_body:
            headers["Content-Type"] = "application/json"
        if settings.version != V211:
            headers |= {"X-Request-ID": _unique(), "X-Correlation-ID": _unique()}
            headers |= self._routing(owner)
        return headers

    def _routing(self, owner: tuple[str, str]) -> dict[str, str]:
        """OCPI transport, Message Routing: whose object it is, and for whom; an open request leaves that to the hub."""
        settings = self._settings
        own = {"OCPI-from-country-code": owner[0], "OCPI-from-party-id": owner[1]}
        if settings.open_routing:
            return own
        if settings.to_party is None:
            return {}
        country_code, _, party_id = settings.to_party.partition("*")
        return {"OCPI-to-country-code": country_code, "OCPI-to-party-id": party_id, **own}


def _unique() -> str:
    """A random UUID. It is no secret: the system's randomness, which `uuid4` asks for, would cost more than all the headers."""
    return str(UUID(int=getrandbits(128), version=4))


def envelope(answer: Answer, told_where: Callable[[], str], *, discreet: bool = False) -> dict[str, Any]:
    """Raises DeliveryError for whatever is no success; `discreet`: without the receiver's words, which may name a driver."""
    try:
        found = decoded(answer.body)
    except orjson.JSONDecodeError:
        found = None
    envelope = found if isinstance(found, dict) else {}
    code = envelope.get("status_code")
    code = code if isinstance(code, int) else None
    if answer.succeeded and code is not None and 1000 <= code < 2000:
        return envelope
    where = told_where()
    what = _told(answer, code, "" if discreet else envelope.get("status_message"), discreet=discreet)
    if answer.status == 404 or (answer.succeeded and code == UNKNOWN_LOCATION):
        raise Unknown(what, where=where, remedy="Check the URL, and whether the receiver knows the party")
    if _is_refused(answer, code):
        remedy = "The receiver says what it misses; a change of the object is sent again"
        raise ObjectRefused(what, where=where, remedy=remedy)
    raise DeliveryError(what, where=where, remedy="The receiver has to recover; it is tried again")


def _is_refused(answer: Answer, code: int | None) -> bool:
    """By the content of the request; 408 is a time out."""
    if answer.succeeded:
        return code is not None and 2000 <= code < 3000
    return 400 <= answer.status < 500 and answer.status != 408


def _told(answer: Answer, code: int | None, message: object, *, discreet: bool) -> str:
    """`HTTP 200 OK, status_code 2001: Invalid or missing parameters`."""
    said = f"HTTP {answer.status}" if discreet else answer.said
    if code is None:
        return f"{said} without an OCPI envelope" if answer.succeeded else said
    return f"{said}, status_code {code}" + (f": {one_line(message)}" if message else "")
