"""A row per connector and offer of a location: what a driver without a contract pays there now."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from app.clock import Millis, format_time, from_millis
from app.formats.base import Context
from app.model.canonical import number_text
from app.model.money import Price
from app.model.status import OUT_OF_SERVICE
from app.model.tariff import PriceLimit
from app.tariffs.adhoc import AdhocPrice, PriceBook, PricePart, compared
from app.tariffs.adhoc.price import COMPARED_KWH, COMPARED_MINUTES
from app.tariffs.adhoc.told import told_part
from app.tariffs.cost import fixed_at
from app.tariffs.explain import explain_now

Object = Mapping[str, Any]
LANGUAGE = "en"
_MOST_KEPT = 5000
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Row:
    placed: dict[str, Any]
    """Where: `country_code` … `connector_id`."""
    price: AdhocPrice
    told: dict[str, Any]
    """The price as JSON."""


class Prices(threading.local):
    """Rows by the prices they say, for many connectors have the same. Formats are asked by several threads."""

    def __init__(self) -> None:
        self._now, self._then = PriceBook(), PriceBook()
        """Two, since one keeps the last price of a tariff."""
        self._told: dict[tuple[object, ...], tuple[object, dict[str, Any]]] = {}
        """By the identities of what the prices, which are kept, are made of."""

    def rows(self, location: Object, context: Context) -> Iterator[Row | None]:
        """None: a connector in service without a price."""
        if len(self._told) > _MOST_KEPT:
            self._now, self._then, self._told = PriceBook(), PriceBook(), {}
        for evse in location.get("evses", ()):
            if evse.get("status") not in OUT_OF_SERVICE:
                yield from self._of_evse(location, evse, context)

    def _of_evse(self, location: Object, evse: Object, context: Context) -> Iterator[Row | None]:
        for connector in evse["connectors"]:
            told = list(self._of_connector(connector, context, location.get("time_zone")))
            if not told:
                yield None
            for price, said in told:
                yield Row(_placed(location, evse, connector), price, said)

    def _of_connector(
        self, connector: Object, context: Context, zone: str | None
    ) -> Iterator[tuple[AdhocPrice, dict[str, Any]]]:
        if zone is None:
            return
        for price in self._now.adhoc(connector, context.tariffs, zone, context.at):
            later = self._then.adhoc(connector, context.tariffs, zone, price.next_change) if price.next_change else ()
            then = next((one for one in later if one.offer == price.offer), None)
            yield price, self._tell(price, then, zone, context.at)

    def _tell(self, price: AdhocPrice, then: AdhocPrice | None, zone: str, at: Millis) -> dict[str, Any]:
        """Nothing in it depends on which moment `at` is of those at which the price holds."""
        key = (*_identity(price), then and _identity(then), zone)
        if key not in self._told:
            self._told[key] = (price, then), _told(price, then, zone, at)
        return self._told[key][1]


def _identity(price: AdhocPrice) -> tuple[object, ...]:
    means = tuple(price.offer.payment_means) if price.offer else None
    return id(price.tariff), id(price.parts), means, price.default, price.valid_from, price.next_change


def _placed(location: Object, evse: Object, connector: Object) -> dict[str, Any]:
    return {
        "country_code": location["country_code"],
        "party_id": location["party_id"],
        "location_id": location["id"],
        "evse_uid": evse["uid"],
        "evse_id": evse.get("evse_id"),
        "connector_id": connector["id"],
    }


def _told(price: AdhocPrice, then: AdhocPrice | None, zone: str, at: Millis) -> dict[str, Any]:
    tariff = price.tariff
    return {
        "tariff_id": tariff.id,
        "default": price.default,
        "payment_means": list(price.offer.payment_means) if price.offer else None,
        "currency": tariff.currency,
        "components": [_component(part) for part in price.parts],
        "min_price": _limit(tariff.min_price),
        "max_price": _limit(tariff.max_price),
        "valid_from": _time(price.valid_from),
        "next_change": _time(price.next_change),
        "comparison": _comparison(price, zone, at),
        "words": " ".join(explain_now(price, LANGUAGE, zone, then)),
    }


def _component(part: PricePart) -> dict[str, Any]:
    return {**told_part(part), "net": amount(part.price.net()), "gross": amount(part.price.gross())}


def _comparison(price: AdhocPrice, zone: str, at: Millis) -> dict[str, str | None]:
    """By the price of now, whatever it is by the end of the half hour."""
    fixed = fixed_at(price.tariff, from_millis(at).astimezone(ZoneInfo(zone)))
    total = compared(replace(price, tariff=fixed), zone, at).total
    both = {"net": total.before_taxes, "gross": total.after_taxes}
    figures = {name: None if value is None else number_text(value) for name, value in both.items()}
    return {"kwh": number_text(COMPARED_KWH), "minutes": number_text(COMPARED_MINUTES), **figures}


def _limit(limit: PriceLimit | None) -> dict[str, str | None] | None:
    if limit is None:
        return None
    both = {"net": limit.before_taxes, "gross": limit.after_taxes}
    return {name: None if value is None else number_text(value) for name, value in both.items()}


def amount(price: Price | None) -> str | None:
    """None: not known, since the rate of the taxes is not."""
    return None if price is None else number_text(round(price.amount, _DIGITS))


def _time(at: Millis | None) -> str | None:
    return None if at is None else format_time(at)


def without_nothing(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value is not None}


def part_at_the_start(parts: Sequence[PricePart]) -> PricePart | None:
    """What holds when a session begins: of occupancy, which begins later, the first."""
    return next((part for part in parts if part.now), None)
