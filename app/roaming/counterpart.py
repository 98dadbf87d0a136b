"""Calling a partner: its URLs are its own to name, so none of them is trusted.

Each call goes to a public address alone and over TLS, unless the settings allow more; no redirect is followed but to the same
origin; answers are small and come in time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

import orjson

from app.clock import Clock
from app.delivery.client import Client
from app.delivery.ocpi_push.receiver import envelope
from app.errors import DestinationRefused, DestinationUnreachable
from app.formats.ocpi.token import Encoding, authorization
from app.http.curl import CurlExchange
from app.http.exchange import Answer, Exchange, shown
from app.roaming.settings import PartnerSettings

REDIRECTS = 2
GONE = "it is not registered any more"


class PartnerClient(Client):
    """A session with one partner; `obstacle` is asked before each request why it may not be made, if so."""

    def __init__(
        self,
        settings: PartnerSettings,
        clock: Clock,
        obstacle: Callable[[], str | None] = lambda: None,
        exchange: type[Exchange | CurlExchange] = Exchange,
    ) -> None:
        super().__init__(settings, clock, public_only=not settings.allow_private, exchange=exchange)
        self._name = settings.name
        self._plain = settings.allow_private
        self._obstacle = obstacle

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | Iterable[bytes] | None = None,
        judged: Collection[int] = (),
    ) -> Answer:
        """Raises DestinationUnreachable where the URL is none to call, and DestinationRefused where it may not be called now."""
        if not self._plain and not url.lower().startswith("https://"):
            remedy = "Ask for an https:// URL; `allow_private` allows others, for partners in our own network"
            raise DestinationUnreachable("not an https:// URL", where=self.where(method, url), remedy=remedy)
        obstacle = self._obstacle()
        if obstacle is not None:
            raise DestinationRefused(obstacle, where=self.where(method, url))
        return super().send(method, url, headers, body, judged)

    def where(self, method: str, url: str) -> str:
        return f"partner {self._name}, {method} {shown(url)}"


class Counterpart:
    """The configuration modules of a partner: versions, details, credentials."""

    def __init__(self, client: PartnerClient, token: str, encoding: Encoding | None) -> None:
        """`encoding` None: Base64, and where that is refused the token as it is."""
        self._client = client
        self._token = token
        self._encodings: tuple[Encoding, ...] = ("base64", "raw") if encoding is None else (encoding,)

    @property
    def encoding(self) -> Encoding:
        """How the token was taken last."""
        return self._encodings[0]

    def where(self, method: str, url: str) -> str:
        return self._client.where(method, url)

    def get(self, url: str) -> Any:
        """`data`. Raises DeliveryError."""
        return self.call("GET", url)

    def call(self, method: str, url: str, body: Any = None) -> Any:
        """`data`; None where there is none. Raises DeliveryError."""
        said = None if body is None else orjson.dumps(body)
        for encoding in self._encodings:
            try:
                answer = self._followed(method, url, encoding, said)
            except DestinationRefused:
                if encoding == self._encodings[-1]:
                    raise
                continue
            self._encodings = (encoding,)
            return envelope(answer, partial(self._client.where, method, url)).get("data")
        raise AssertionError("there is at least one encoding")

    def _followed(self, method: str, url: str, encoding: Encoding, body: bytes | None) -> Answer:
        headers = {"Authorization": authorization(self._token, encoding)}
        headers |= {"X-Request-ID": str(uuid4()), "X-Correlation-ID": str(uuid4())}
        headers |= {"Content-Type": "application/json"} if body is not None else {}
        for _ in range(REDIRECTS):
            answer = self._client.send(method, url, headers, body)
            target = urljoin(url, answer.redirect or "")
            if answer.redirect is None or _origin(target) != _origin(url):
                return answer
            url = target
        return self._client.send(method, url, headers, body)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()
