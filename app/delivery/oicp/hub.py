"""Hubject's interface for operators: one operation of one operator at a time, no more often than it allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

import orjson

from app.clock import Clock
from app.delivery.apart import Verdict
from app.delivery.certified import CertifiedClient, Remedies
from app.delivery.oicp.answers import judge
from app.delivery.oicp.settings import OicpSettings
from app.delivery.pace import Pace
from app.formats.oicp.conversion import Record
from app.formats.oicp.evse_pricing import pricing_product_data
from app.formats.oicp.messages import (
    Action,
    Sender,
    push_evse_data,
    push_evse_pricing,
    push_evse_status,
    push_products,
)

_REMEDIES = Remedies(
    renew="Have Hubject sign a new certificate, set it as `certificate`, and restart",
    theirs="Hubject has to renew it; it is tried again",
    ours="It has to be the one that Hubject signed for this environment (`url`)",
)
_JUDGED = (401, 403)
"""Their answers say more than their status."""


@dataclass(frozen=True, slots=True)
class Operation:
    word: str
    path: str
    names: str
    """The field that names a record."""

    def id_of(self, record: Record) -> str:
        return str(record[self.names])


DATA = Operation("EVSE data", "evsepush/v23/operators/{}/data-records", "EvseID")
STATUS = Operation("status", "evsepush/v21/operators/{}/status-records", "EvseID")
PRODUCTS = Operation("product", "dynamicpricing/v10/operators/{}/pricing-products", "ProductID")
PRICES = Operation("price", "dynamicpricing/v10/operators/{}/evse-pricing", "EvseID")


class Hub:
    def __init__(self, settings: OicpSettings, clock: Clock) -> None:
        """Raises ConfigError for a certificate that cannot be read."""
        self._settings = settings
        self._client = CertifiedClient(settings, clock, _REMEDIES)
        limits = settings.limits
        calls = {DATA: limits.evse_data, STATUS: limits.evse_status, PRODUCTS: limits.pricing, PRICES: limits.pricing}
        self._paces = {operation: Pace(60 / most) for operation, most in calls.items()}

    def greet(self) -> str:
        """A request that is none of its operations; returns whom we are known as. Raises DeliveryError."""
        answer = self._client.send("HEAD", self._settings.url, {})
        return f"{answer.said} to our certificate {self._client.certificate}"

    def push(self, operation: Operation, action: Action, sender: Sender, records: Sequence[Record]) -> Verdict:
        """Raises DeliveryError for what no record is to blame for."""
        # `*` is legal in a path, and the operator's id is compared as text.
        url = f"{self._settings.url}/{operation.path.format(quote(sender.id, safe='*+'))}"
        body = orjson.dumps(self._message(operation, action, sender, records))
        self._paces[operation].wait()
        answer = self._client.send("POST", url, {"Content-Type": "application/json"}, body, _JUDGED)
        return judge(answer, self._client.where("POST", url), [operation.id_of(record) for record in records])

    def _message(self, operation: Operation, action: Action, sender: Sender, records: Sequence[Record]) -> Record:
        if operation is DATA:
            return push_evse_data(action, sender, records)
        if operation is STATUS:
            return push_evse_status(action, sender, records)
        if operation is PRICES:
            return push_evse_pricing(action, records)
        assert self._settings.pricing is not None
        default = self._settings.pricing.default
        return push_products(action, pricing_product_data(records, sender.id, default, operator_name=sender.name))
