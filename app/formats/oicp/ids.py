"""Ids as OICP writes them (EvseIDType, OperatorIDType, ChargingPoolIDType). They are sent as they were issued."""

from __future__ import annotations

import re

_EVSE = re.compile(r"[A-Za-z]{2}\*?[A-Za-z0-9]{3}\*?E[A-Za-z0-9*]{1,30}|\+?[0-9]{1,3}\*[0-9]{3}\*[0-9*]{1,32}")
_POOL = re.compile(r"[A-Za-z]{2}\*?[A-Za-z0-9]{3}\*?P[A-Za-z0-9*]{1,30}")
_OPERATOR = re.compile(r"([A-Za-z]{2})\*?([A-Za-z0-9]{3})|(\+?[0-9]{1,3})\*([0-9]{3})")


def is_evse_id(text: str | None) -> bool:
    return text is not None and _EVSE.fullmatch(text) is not None


def is_pool_id(text: str) -> bool:
    return _POOL.fullmatch(text) is not None


def operator_of(evse_id: str) -> str:
    """The OperatorID in an EvseID, `CH*ABC` or `+41*123`: Hubject refuses records under another one (code 018)."""
    match = _OPERATOR.match(evse_id)
    assert match is not None
    country, operator = match[1] or match[3], match[2] or match[4]
    return f"{country}*{operator}".upper()


def party_of(evse_id: str) -> tuple[str, str] | None:
    """Country and party id of the operator. None: the old form (`+41*123`), which names no party of OCPI."""
    match = _OPERATOR.match(evse_id)
    return (match[1].upper(), match[2].upper()) if match and match[1] else None
