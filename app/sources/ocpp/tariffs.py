"""Default tariffs of OCPP 2.1 as OCPI 2.3.0 tariffs. Pure.

A charge point is told its tariff (`SetDefaultTariff`), which has the operator's own id; connectors that name that id
(`tariff_ids`) cost so. Prices are without tax. A condition that OCPI has no restriction for keeps its name, so that the reader of
OCPI tariffs refuses the whole: without it the price would seem to hold always.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.formats.ocpi.parse import read_tariff
from app.model.batch import Parsed, Raw
from app.model.problem import Problem

Body = dict[str, Any]
_HOUR = 60
_BLOCKS = {
    "energy": ("priceKwh", "ENERGY", 1, False),
    "chargingTime": ("priceMinute", "TIME", _HOUR, False),
    "idleTime": ("priceMinute", "PARKING_TIME", _HOUR, False),
    "fixedFee": ("priceFixed", "FLAT", 1, False),
    "reservationTime": ("priceMinute", "TIME", _HOUR, True),
    "reservationFixed": ("priceFixed", "FLAT", 1, True),
}
"""Block → its price, OCPI's dimension, how often the price is in OCPI's unit, whether it is of a reservation."""
_CONDITIONS: Mapping[str, tuple[str, int]] = {
    "startTimeOfDay": ("start_time", 0),
    "endTimeOfDay": ("end_time", 0),
    "validFromDate": ("start_date", 0),
    "validToDate": ("end_date", 0),
    "minEnergy": ("min_kwh", 1000),
    "maxEnergy": ("max_kwh", 1000),
    "minCurrent": ("min_current", 1),
    "maxCurrent": ("max_current", 1),
    "minPower": ("min_power", 1000),
    "maxPower": ("max_power", 1000),
    "minTime": ("min_duration", 0),
    "maxTime": ("max_duration", 0),
}
"""Condition → OCPI's restriction, and by what it is divided; 0: as it is."""


def parse_tariff(raw: Raw) -> Parsed:
    """Of a `Raw` whose body is the OCPP tariff, with `country_code` and `party_id` beside its own fields."""
    try:
        body = tariff_body(raw.body)
    except (KeyError, TypeError, AttributeError, ArithmeticError) as error:
        remedy = "It has to be a TariffType of OCPP 2.1"
        what = f"is no tariff: {type(error).__name__} {error}"
        return Parsed(None, (Problem(what[:200], record=raw.key, where=raw.where, remedy=remedy),))
    return read_tariff(body, "2.3.0", country_code=None, party_id=None, where=raw.where)


def tariff_body(tariff: Mapping[str, Any]) -> Body:
    """An OCPI 2.3.0 tariff, not yet validated. Raises KeyError, TypeError, AttributeError, ArithmeticError for another shape."""
    body: Body = {
        "country_code": tariff["country_code"],
        "party_id": tariff["party_id"],
        "id": tariff.get("tariffId"),
        "currency": tariff.get("currency"),
        "tax_included": "NO",
        "elements": [element for name in _BLOCKS for element in _elements(tariff.get(name), *_BLOCKS[name])],
    }
    texts = [one for one in tariff.get("description") or () if isinstance(one, dict)]
    optional = {
        "start_date_time": tariff.get("validFrom"),
        "tariff_alt_text": [{"language": one.get("language", "en"), "text": one.get("content")} for one in texts],
        "min_price": _limit(tariff.get("minCost")),
        "max_price": _limit(tariff.get("maxCost")),
    }
    return body | {name: value for name, value in optional.items() if value}


def _elements(block: Any, key: str, dimension: str, times: int, reservation: bool) -> Iterator[Body]:
    """One per price, in order: the first that holds counts, as in OCPI."""
    if block is None:
        return
    vat = _vat(block.get("taxRates"))
    for price in block["prices"]:
        component: Body = {"type": dimension, "price": _number(price[key]) * times, "step_size": 1}
        if vat is not None:
            component["vat"] = vat
        restrictions = dict(_restriction(*one) for one in (price.get("conditions") or {}).items())
        if reservation:
            restrictions["reservation"] = "RESERVATION"
        yield {"price_components": [component]} | ({"restrictions": restrictions} if restrictions else {})


def _restriction(name: str, value: Any) -> tuple[str, Any]:
    if name == "dayOfWeek":
        return "day_of_week", [str(day).upper() for day in value]
    restriction, divided = _CONDITIONS.get(name, (name, 0))
    return restriction, _number(value) / divided if divided else value


def _vat(rates: Sequence[Mapping[str, Any]] | None) -> Decimal | None:
    """All taxes as one rate in percent: those of a higher `stack` are on top of the lower ones. None: not stated."""
    if not rates:
        return None
    stacks: dict[int, Decimal] = {}
    for rate in rates:
        stack = rate.get("stack") or 0
        stacks[stack] = stacks.get(stack, Decimal(0)) + _number(rate["tax"])
    factor = Decimal(1)
    for tax in stacks.values():
        factor *= 1 + tax / 100
    return (factor - 1) * 100


def _limit(cost: Any) -> Body | None:
    if not isinstance(cost, dict) or cost.get("exclTax") is None:
        return None
    limit = {"before_taxes": _number(cost["exclTax"])}
    return limit | ({"after_taxes": _number(cost["inclTax"])} if cost.get("inclTax") is not None else {})


def _number(value: Any) -> Decimal:
    return Decimal(str(value))
