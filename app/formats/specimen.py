"""A location that DATEX II can say in each of its dialects, with whatever tells these apart."""

from __future__ import annotations

from typing import Any

from app.clock import parse_time
from app.formats.base import Context

_STAMP = {"last_updated": "2026-01-01T00:00:00Z"}
_OWNER = {"country_code": "DE", "party_id": "ABC"}
_PRICE = {"type": "ENERGY", "price": 0.5, "step_size": 1}
_TARIFF = {
    **_OWNER,
    **_STAMP,
    "id": "T1",
    "type": "AD_HOC_PAYMENT",
    "currency": "EUR",
    "tax_included": "YES",
    "elements": [{"price_components": [_PRICE]}],
}
_CONNECTOR = {
    **_STAMP,
    "id": "1",
    "standard": "IEC_62196_T2_COMBO",
    "format": "CABLE",
    "power_type": "DC",
    "max_voltage": 500,
    "max_amperage": 200,
    "max_electric_power": 100_000,
    "tariff_ids": ["T1"],
}
LOCATION: dict[str, Any] = {
    **_OWNER,
    **_STAMP,
    "id": "L1",
    "publish": True,
    "name": "Markt",
    "address": "Markt 1",
    "postal_code": "99423",
    "city": "Weimar",
    "country": "DEU",
    "coordinates": {"latitude": "50.979493", "longitude": "11.323544"},
    "time_zone": "Europe/Berlin",
    "operator": {"name": "Stadtwerke"},
    "evses": [{**_STAMP, "uid": "E1", "evse_id": "DE*ABC*E1", "status": "AVAILABLE", "connectors": [_CONNECTOR]}],
}
CONTEXT = Context(parse_time(_STAMP["last_updated"]), {"T1": _TARIFF})
