"""Whether one can pay by card at an EVSE: by what its capabilities, its offers or its station say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.model.connector import PaymentMeans
from app.model.enums import Capability

_CAPABLE = frozenset(
    {
        Capability.CHIP_CARD_SUPPORT,
        Capability.CONTACTLESS_CARD_SUPPORT,
        Capability.CREDIT_CARD_PAYABLE,
        Capability.DEBIT_CARD_PAYABLE,
        Capability.PED_TERMINAL,
    }
)
_MEANS = frozenset({PaymentMeans.TERMINAL, PaymentMeans.CONTACTLESS})


def takes_cards(evse: Mapping[str, Any], payment: Mapping[str, Any]) -> bool:
    """`payment`: what its station says. False: nobody says so, which is not that it takes none."""
    offered = (
        means
        for connector in evse["connectors"]
        for offer in connector.get("adhoc_offers", ())
        for means in offer.get("payment_means", ())
    )
    told = payment.get("card_reader") or payment.get("contactless")
    return bool(told) or not _CAPABLE.isdisjoint(evse.get("capabilities", ())) or not _MEANS.isdisjoint(offered)
