"""Mobilithek's interface for providers: one document a request, under our certificate."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing

from app.clock import Clock
from app.delivery.certified import CertifiedClient, Remedies
from app.delivery.mobilithek.answers import hold
from app.delivery.mobilithek.settings import MobilithekSettings
from app.publish.compression import Piece, gzip_member
from app.publish.documents import spooled

_PATH = "/mobilithek/api/v1.0/publication/"
_REMEDIES = Remedies(
    renew="Request a new machine certificate from Mobilithek, set it as `certificate`, and restart",
    theirs="Mobilithek has to renew it; it is tried again",
    ours="It has to be the machine certificate of the organisation that the publications belong to",
)


class Broker:
    def __init__(self, settings: MobilithekSettings, clock: Clock) -> None:
        """Raises ConfigError for a certificate that cannot be read."""
        self._settings = settings
        self._client = CertifiedClient(settings, clock, _REMEDIES)

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
            answer = self._client.send("POST", url, headers, spool.file)
        hold(answer, self._client.where("POST", url))

    def greet(self, publication: str) -> str:
        """Asks without telling anything; returns the answer and whom we are known as. Raises DeliveryError."""
        answer = self._client.send("HEAD", self._url(publication), {})
        return f"{answer.said} to our certificate {self._client.certificate}"

    def _url(self, publication: str) -> str:
        return f"{self._settings.url}{_PATH}{publication}"
