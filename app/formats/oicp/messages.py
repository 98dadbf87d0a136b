"""What an operator pushes to a hub: messages of OICP 2.3 (CPO), each for one operator.

A `fullLoad` replaces everything that the hub holds of that operator; the other actions concern the records sent alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from app.formats.oicp.conversion import Record

OPERATOR_NAME = 100
"""Characters."""


class Action(StrEnum):
    FULL_LOAD = "fullLoad"
    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Sender:
    """The operator in whose name is pushed."""

    id: str
    """As the hub's certificate has it; never written otherwise (code 017)."""
    name: str


def push_evse_data(action: Action, sender: Sender, records: Iterable[Record]) -> Record:
    """eRoamingPushEvseData. `lastUpdate` is the hub's to say."""
    own = [{name: value for name, value in record.items() if name != "lastUpdate"} for record in records]
    return {"ActionType": action, "OperatorEvseData": {**_operator(sender), "EvseDataRecord": own}}


def push_evse_status(action: Action, sender: Sender, records: Iterable[Record]) -> Record:
    """eRoamingPushEvseStatus; of records {EvseID, EvseStatus}."""
    return {"ActionType": action, "OperatorEvseStatus": {**_operator(sender), "EvseStatusRecord": [*records]}}


def push_products(action: Action, data: Record) -> Record:
    """eRoamingPushPricingProductData; of `evse_pricing.pricing_product_data`."""
    return {"ActionType": action, "PricingProductData": data}


def push_evse_pricing(action: Action, records: Iterable[Record]) -> Record:
    """eRoamingPushEVSEPricing: the operator is that of the address, and of the EvseIDs."""
    return {"ActionType": action, "EVSEPricing": [*records]}


def _operator(sender: Sender) -> Record:
    return {"OperatorID": sender.id, "OperatorName": sender.name[:OPERATOR_NAME]}
