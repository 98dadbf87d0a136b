"""Tariffs and locations of the tests in a short form: `{"ENERGY": 0.59, "when": {"max_kwh": 20}}` is an element."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.model.tariff import Tariff
from app.tariffs.lint import About
from tests import objects

FOLDER = Path(__file__).parent.parent.parent / "data" / "tariffs" / "lint"
AT = 1_780_272_000_000
"""2026-06-01T00:00Z"""
_TOLD = ("says", "paths", "remedies")
_BASE = {
    "country_code": "DE",
    "party_id": "ABC",
    "id": "T1",
    "currency": "EUR",
    "type": "AD_HOC_PAYMENT",
    "tax_included": "YES",
}
_APART = ("when", "step_size", "vat")


def read(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text(), parse_float=Decimal)


def tariff(case: dict[str, Any]) -> Tariff:
    return Tariff.model_validate(body(case))


def body(case: dict[str, Any]) -> dict[str, Any]:
    """Without the nulls of the case; VAT of 19 % where it says nothing else."""
    given = {name: value for name, value in case.items() if name not in (*_TOLD, "elements")}
    found = {**_BASE, **given, "elements": [element(one) for one in case["elements"]]}
    return {name: value for name, value in found.items() if value is not None}


def element(short: dict[str, Any]) -> dict[str, Any]:
    vat = {} if short.get("vat", 19) is None else {"vat": short.get("vat", 19)}
    components = [
        {"type": kind, "price": price, "step_size": short.get("step_size", 1), **vat}
        for kind, price in short.items()
        if kind not in _APART
    ]
    return {"price_components": components, **({"restrictions": short["when"]} if "when" in short else {})}


def about(facts: dict[str, Any]) -> About:
    days = {name: date.fromisoformat(value) for name, value in facts.items() if name.endswith("_on") and value}
    power = {"power_kw": Decimal(facts["power_kw"])} if "power_kw" in facts else {}
    return About(**{**facts, **days, **power})


def location(connectors: list[Any], **changes: Any) -> dict[str, Any]:
    """With an EVSE for each connector, which is a list of its `tariff_ids` or says more."""
    whole = objects.location()
    kept = {name: whole[name] for name in ("address", "city", "coordinates", "time_zone", "publish")}
    evses = [_evse(index, connector) for index, connector in enumerate(connectors)]
    return {**kept, "country_code": "DE", "party_id": "ABC", "id": "LOC", "country": "DEU", "evses": evses, **changes}


def _evse(index: int, said: Any) -> dict[str, Any]:
    said = said if isinstance(said, dict) else {"tariff_ids": said}
    offers = {"adhoc_offers": [{"tariff_id": id} for id in said["adhoc_offers"]]} if "adhoc_offers" in said else {}
    connector = {
        "id": "1",
        "standard": "IEC_62196_T2_COMBO",
        "format": "CABLE",
        "power_type": "DC",
        "max_voltage": 920,
        "max_amperage": 400,
        "max_electric_power": said.get("watts", 150_000),
        "tariff_ids": said.get("tariff_ids", []),
        **offers,
    }
    return {"uid": f"E{index}", "connectors": [connector], **said.get("evse", {})}
