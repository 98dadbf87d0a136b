"""Calls to partners about drivers. Paths, reasons and answers may name a token, so none of them stands in an error or a log."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import orjson

from app.clock import Clock
from app.delivery.ocpi_push.receiver import envelope
from app.errors import DeliveryError, DestinationBusy
from app.formats.ocpi.token import authorization
from app.formats.ocpi.versions import V211
from app.http.exchange import Answer
from app.roaming.counterpart import GONE, PartnerClient
from app.roaming.partners import Counterparty, Partners
from app.roaming.settings import PartnerSettings


class DiscreetClient(PartnerClient):
    def where(self, method: str, url: str) -> str:
        return f"partner {self._name}, {method} {urlsplit(url).hostname}"


def _discreet(error: DeliveryError) -> DeliveryError:
    """`no connection`, `HTTP 503`: without what somebody else has written."""
    what = " ".join(error.what.split()[:2]) if error.what.startswith("HTTP") else error.what.partition(" (")[0]
    if isinstance(error, DestinationBusy):
        return DestinationBusy(what, where=error.where, wait=error.wait)
    return type(error)(what, where=error.where, remedy=error.remedy)


@dataclass(frozen=True, slots=True)
class Said:
    data: Any
    answer: Answer


class Line:
    """To one partner, while it is registered. Thread-safe."""

    def __init__(
        self, settings: PartnerSettings, partners: Partners, clock: Clock, timeout: float | None = None
    ) -> None:
        """`timeout`: in place of the partner's own."""
        self.settings = settings
        self._partners = partners
        own = settings if timeout is None else settings.model_copy(update={"timeout": timeout})
        self._client = DiscreetClient(own, clock, lambda: None if self.counterparty() else GONE)

    @property
    def name(self) -> str:
        return self.settings.name

    def counterparty(self) -> Counterparty | None:
        """None: it is not registered, is blocked, or speaks 2.1.1, in which nothing is relayed."""
        found = self._partners.read(self.name)
        if found is None or found.blocked or found.counterparty is None or found.counterparty.version == V211:
            return None
        return found.counterparty

    def call(
        self,
        found: Counterparty,
        method: str,
        url: str,
        body: Any = None,
        *,
        between: tuple[str, str] | None = None,
        judged: Collection[int] = (),
    ) -> Said:
        """`between`: from which of our parties to which of its (routing headers). Raises DeliveryError; an answer with a status
        in `judged` is handed over as it is."""
        headers = {"Authorization": authorization(found.token, found.encoding)}
        headers |= {"X-Request-ID": str(uuid4()), "X-Correlation-ID": str(uuid4())}
        headers |= {} if body is None else {"Content-Type": "application/json"}
        headers |= {} if between is None else _routing(*between)
        try:
            answer = self._client.send(method, url, headers, None if body is None else orjson.dumps(body))
        except DeliveryError as error:
            raise _discreet(error) from None
        if answer.status in judged:
            return Said(None, answer)
        return Said(envelope(answer, partial(self._client.where, method, url), discreet=True).get("data"), answer)


def _routing(sender: str, receiver: str) -> dict[str, str]:
    from_country, _, from_party = sender.partition("*")
    to_country, _, to_party = receiver.partition("*")
    return {
        "OCPI-from-country-code": from_country,
        "OCPI-from-party-id": from_party,
        "OCPI-to-country-code": to_country,
        "OCPI-to-party-id": to_party,
    }
