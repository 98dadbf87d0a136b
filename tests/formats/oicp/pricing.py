"""Tariffs of the tests as pricing products, and what a session costs by what the products say."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from app.formats.oicp.conversion import Conversion
from app.formats.oicp.pricing import pricing_products
from app.tariffs.cost import SessionFacts
from tests.tariffs.adhoc.asking import body, connector

Record = dict[str, Any]
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SETS = {"Everyday": _DAYS, "Workdays": _DAYS[:5], "Weekend": _DAYS[5:]}


def products(*elements: Record, kw: float = 22, **changes: Any) -> Conversion:
    tariff = body(*elements, **changes)
    return pricing_products(tariff, [connector(tariff, kw=kw)])


def available(records: tuple[Record, ...], local: datetime) -> list[Record]:
    """The products that say they hold at a wall clock."""
    return [record for record in records if _is_available(record, local)]


def _is_available(record: Record, local: datetime) -> bool:
    weekday, minute = _DAYS[local.weekday()], f"{local:%H:%M}"
    return any(
        weekday in _SETS.get(times["on"], (times["on"],)) and period["begin"] <= minute < _end(period["end"])
        for times in record["ProductAvailabilityTimes"]
        for period in times["Periods"]
    )


def _end(text: str) -> str:
    return "24:00" if text == "00:00" else text


def priced(record: Record, facts: SessionFacts) -> Decimal:
    """As a provider reads the product: the base price of energy or charging time, its fees, its limits."""
    fees = {
        fee["AdditionalReference"]: Decimal(str(fee["PricePerAdditionalReferenceUnit"]))
        for fee in record.get("AdditionalReferences", ())
    }
    hours = {
        charging: Decimal(sum(one.until - one.since for one in facts.phases if one.charging is charging)) / 3_600_000
        for charging in (True, False)
    }
    volume = facts.kwh if record["ReferenceUnit"] == "KILOWATT_HOUR" else hours[True]
    total = Decimal(str(record["PricePerReferenceUnit"])) * volume
    total += fees.get("START FEE", 0) + fees.get("FIXED FEE", 0) + fees.get("PARKING FEE", 0) * hours[False]
    total = max(total, fees.get("MINIMUM FEE", total))
    return min(total, fees.get("MAXIMUM FEE", total))
