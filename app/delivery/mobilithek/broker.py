"""Mobilithek's interface for providers: one document a request, under our certificate."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from urllib.parse import urlsplit

from requests.exceptions import Timeout

from app.clock import Clock, from_millis
from app.delivery.client import Client
from app.delivery.mobilithek.answers import hold
from app.delivery.mobilithek.settings import MobilithekSettings
from app.errors import DeliveryError, DestinationRefused, DestinationUnreachable
from app.http.certificate import Certificate, expired_server, refusal_of
from app.http.exchange import Answer
from app.publish.compression import Piece, gzip_member
from app.publish.documents import spooled

_PATH = "/mobilithek/api/v1.0/publication/"
_NEW = "Request a new machine certificate from Mobilithek, set it as `certificate`, and restart"
_OURS = "It has to be the machine certificate of the organisation that the publications belong to"


class Broker:
    def __init__(self, settings: MobilithekSettings, clock: Clock) -> None:
        """Raises ConfigError for a certificate that cannot be read."""
        self._settings = settings
        self._clock = clock
        self._certificate = Certificate(settings.certificate, settings.key, settings.password)
        self._client = Client(settings, clock, self._certificate.files)

    def publish(self, publication: str, media_type: str, document: Iterable[Piece]) -> None:
        """Raises DeliveryError."""
        headers = {"Content-Type": media_type}
        if self._settings.gzip:
            headers["Content-Encoding"] = "gzip"
            parts = gzip_member(document)
        else:
            parts = (piece.plain() for piece in document)
        url = self._url(publication)
        with closing(spooled(parts)) as spool:
            spool.file.seek(0)
            answer = self._send("POST", url, headers, spool.file)
        hold(answer, self._client.where("POST", url))

    def greet(self, publication: str) -> str:
        """Asks without telling anything; returns the answer and whom we are known as. Raises DeliveryError."""
        answer = self._send("HEAD", self._url(publication), {})
        return f"{answer.said} to our certificate {self._certificate}"

    def _url(self, publication: str) -> str:
        return f"{self._settings.url}{_PATH}{publication}"

    def _send(self, method: str, url: str, headers: dict[str, str], body: Iterable[bytes] | None = None) -> Answer:
        where = self._client.where(method, url)
        if self._certificate.is_expired(from_millis(self._clock.now())):
            raise DestinationRefused(f"our certificate has expired: {self._certificate}", where=where, remedy=_NEW)
        try:
            return self._client.send(method, url, headers, body)
        except DestinationUnreachable as error:
            raise self._explained(error, url, where) from error
        except DestinationRefused as error:
            remedy = f"{_OURS}; ours is {self._certificate}"
            raise DestinationRefused(error.what, where=where, remedy=remedy) from error

    def _explained(self, error: DestinationUnreachable, url: str, where: str) -> DeliveryError:
        """What the two sides' certificates have to do with it."""
        if isinstance(error.__cause__, Timeout):
            return error
        parts = urlsplit(url)
        server = (parts.hostname or "", parts.port or 443)
        expired = expired_server(*server, self._certificate, from_millis(self._clock.now()))
        if expired is not None:
            return DestinationUnreachable(expired, where=where, remedy="Mobilithek has to renew it; it is tried again")
        refusal = refusal_of(*server, self._certificate)
        if refusal is None:
            return error
        what = f"it refuses our certificate ({refusal}): {self._certificate}"
        return DestinationRefused(what, where=where, remedy=_OURS)
