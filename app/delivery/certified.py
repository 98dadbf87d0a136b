"""Calling a destination that knows its callers by their certificates."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from requests.exceptions import Timeout

from app.clock import Clock, from_millis
from app.delivery.client import Client
from app.delivery.settings import CertifiedSettings
from app.errors import DeliveryError, DestinationRefused, DestinationUnreachable
from app.http.certificate import Certificate, expired_server, refusal_of
from app.http.exchange import Answer


@dataclass(frozen=True, slots=True)
class Remedies:
    """What a person can do about certificates there."""

    renew: str
    """Ours has expired."""
    theirs: str
    """Theirs has."""
    ours: str
    """They do not take ours."""


class CertifiedClient(Client):
    def __init__(self, settings: CertifiedSettings, clock: Clock, remedies: Remedies) -> None:
        """Raises ConfigError for a certificate that cannot be read."""
        self._remedies = remedies
        self.certificate = Certificate(settings.certificate, settings.key, settings.password)
        super().__init__(settings, clock, self.certificate.files)

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | Iterable[bytes] | None = None,
        judged: Collection[int] = (),
    ) -> Answer:
        """As `Client.send`; where certificates are to blame, the error says so."""
        self._hold_ours(self.where(method, url))
        try:
            return super().send(method, url, headers, body, judged)
        except DestinationUnreachable as error:
            raise self._explained(error, url, error.where) from error
        except DestinationRefused as error:
            remedy = f"{self._remedies.ours}; ours is {self.certificate}"
            raise DestinationRefused(error.what, where=error.where, remedy=remedy) from error

    def _hold_ours(self, where: str) -> None:
        if self.certificate.is_expired(from_millis(self._clock.now())):
            what = f"our certificate has expired: {self.certificate}"
            raise DestinationRefused(what, where=where, remedy=self._remedies.renew)

    def _explained(self, error: DestinationUnreachable, url: str, where: str) -> DeliveryError:
        """What the two sides' certificates have to do with it."""
        if isinstance(error.__cause__, Timeout):
            return error
        parts = urlsplit(url)
        server = (parts.hostname or "", parts.port or 443)
        expired = expired_server(*server, self.certificate, from_millis(self._clock.now()))
        if expired is not None:
            return DestinationUnreachable(expired, where=where, remedy=self._remedies.theirs)
        refusal = refusal_of(*server, self.certificate)
        if refusal is None:
            return error
        what = f"it refuses our certificate ({refusal}): {self.certificate}"
        return DestinationRefused(what, where=where, remedy=self._remedies.ours)
