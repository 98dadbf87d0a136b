"""Price lists of the demo network: the plans of `prices.yaml` as OCPI tariffs, one set per country.

Monthly plans are two tariffs at any time, that of this month and that of the next, so a price change always lies ahead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from app.clock import Millis, format_time, from_millis, to_millis
from app.sources.demo.draw import Draw
from app.sources.demo.places import Country, read
from app.sources.demo.sites import PARTY

SEASON = 0.08
"""How far a monthly price may be from the yearly one, as a share of it."""


@dataclass(frozen=True, slots=True)
class Month:
    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year}{self.month:02d}"

    @property
    def next(self) -> Month:
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    def begins(self, time_zone: str) -> str:
        """Its first moment there, in UTC."""
        return format_time(to_millis(datetime(self.year, self.month, 1, tzinfo=ZoneInfo(time_zone)).astimezone(UTC)))


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = yaml.safe_load(read("prices.yaml"))
    return table


def month_of(country: Country, at: Millis) -> Month:
    local = from_millis(at).astimezone(ZoneInfo(country.time_zone))
    return Month(local.year, local.month)


def tariff_ids(country: Country, plan: str, at: Millis) -> list[str]:
    """The tariffs of an ad hoc plan that are valid at `at` or announced by then, and the contract tariff beside them."""
    contract = [_id(country, "contract-ac" if plan.startswith(("ac", "time")) else "contract-dc")]
    if plan == "free":
        return [_id(country, plan)]
    if not _table()["plans"][plan].get("monthly"):
        return [_id(country, plan), *contract]
    month = month_of(country, at)
    return [_id(country, plan, month), _id(country, plan, month.next), *contract]


def tariffs(seed: int, country: Country, at: Millis) -> Iterator[dict[str, Any]]:
    """OCPI 2.3.0 Tariffs, without `last_updated`."""
    for plan, row in _table()["plans"].items():
        if not row.get("monthly"):
            yield _tariff(country, plan, row, None, 1.0)
            continue
        month = month_of(country, at)
        for one in (month, month.next):
            yield _tariff(country, plan, row, one, Draw(seed, country.code, plan, one).between(1 - SEASON, 1 + SEASON))


def _id(country: Country, plan: str, month: Month | None = None) -> str:
    return f"{country.code}-{plan}".upper() + (f"-{month}" if month else "")


def _tariff(country: Country, plan: str, row: dict[str, Any], month: Month | None, season: float) -> dict[str, Any]:
    tariff: dict[str, Any] = {
        "country_code": country.code,
        "party_id": PARTY,
        "id": _id(country, plan, month),
        "currency": country.currency,
        "type": row.get("type", "AD_HOC_PAYMENT"),
        "tax_included": "NO" if country.vat is None else "YES",
        "tariff_alt_text": [{"language": "en", "text": f"Demo price list {plan} (fictional)"}],
        "elements": [_element(country, element, season) for element in row["elements"]],
    }
    for limit in ("min_price", "max_price"):
        if limit in row:
            tariff[limit] = _limit(country, _table()["prices"][country.code][row[limit]])
    if month:
        tariff["start_date_time"] = month.begins(country.time_zone)
        tariff["end_date_time"] = month.next.begins(country.time_zone)
    return tariff


def _element(country: Country, element: dict[str, Any], season: float) -> dict[str, Any]:
    components = [_component(country, component, season) for component in element["price_components"]]
    return element | {"price_components": components}


def _component(country: Country, component: dict[str, Any], season: float) -> dict[str, Any]:
    price = component["price"]
    if isinstance(price, str):
        price = round(_table()["prices"][country.code][price] * season, 2)
    vat = {} if country.vat is None else {"vat": country.vat}
    return {"step_size": 1} | component | {"price": price} | vat


def _limit(country: Country, gross: float) -> dict[str, float]:
    """PriceLimit: where tax is included, before and after it; else what comes before."""
    if country.vat is None:
        return {"before_taxes": gross}
    net = Decimal(str(gross)) / (1 + Decimal(str(country.vat)) / 100)
    return {"before_taxes": float(round(net, 4)), "after_taxes": gross}
