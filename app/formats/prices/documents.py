"""Formats `prices-json` and `prices-csv`. Amounts are text, so that no program rounds them.

The CSV's columns of a component have the price at the beginning of a session; `words` has the steps and conditions, the JSON has
all of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from app.clock import format_time
from app.formats.base import Address, Context, Envelope, Format, Rendered, register
from app.formats.csv_text import csv_lines, line_text
from app.formats.prices.rows import Prices, Row, amount, part_at_the_start, without_nothing
from app.model.batch import Kind
from app.model.loss import Loss
from app.tariffs.adhoc import Component

Object = dict[str, Any]

_NO_TARIFFS = Rendered(None, (Loss("", "prices stand at their connectors: tariffs left out"),))
_NO_ZONE = Loss("time_zone", "not known, so the price at a time cannot be told: left out")
_NO_PRICE = Loss("evses[].connectors[].tariff_ids", "no price without a contract is known: left out")
_STEPS = Loss("elements[].restrictions", "prices in steps: the columns have the first, words has them all")

_PLACE = ("country_code", "party_id", "location_id", "evse_uid", "evse_id", "connector_id")
_OFFER = ("tariff_id", "default", "payment_means", "currency")
_UNITS = {
    Component.ENERGY: "energy_kwh",
    Component.TIME: "time_min",
    Component.SESSION: "session",
    Component.OCCUPANCY: "occupancy_min",
}
_BASES = ("net", "gross")
_AMOUNTS = (*_UNITS.values(), "min_price", "max_price", "comparison_30kwh_30min")
COLUMNS = (
    *_PLACE,
    *_OFFER,
    *(f"{name}_{basis}" for name in _AMOUNTS for basis in _BASES),
    "valid_from",
    "next_change",
    "words",
)

_PRICES = Prices()


class PriceList(Format):
    def location(self, body: Object, context: Context) -> Rendered:
        found = context.once(_rows, body)
        rows = [row for row in found if row is not None]
        losses = [_NO_PRICE if body.get("time_zone") else _NO_ZONE] if None in found else []
        return Rendered(self.written(rows) if rows else None, (*losses, *self.lost(rows)))

    def tariff(self, body: Object, context: Context) -> Rendered:
        return _NO_TARIFFS

    def written(self, rows: Sequence[Row]) -> bytes:
        raise NotImplementedError

    def lost(self, rows: Sequence[Row]) -> tuple[Loss, ...]:
        return ()


@register
class PricesJson(PriceList):
    name = "prices-json"
    media_type = "application/json"
    addresses = (Address("prices.json", Kind.SITES, "Ad hoc prices, JSON"),)

    def written(self, rows: Sequence[Row]) -> bytes:
        return b",".join(orjson.dumps(without_nothing({**row.placed, **row.told})) for row in rows)

    def prefix(self, envelope: Envelope) -> bytes:
        return b'{"data":['

    def suffix(self, envelope: Envelope) -> bytes:
        return f'],"timestamp":"{format_time(envelope.stamp)}"}}'.encode()


@register
class PricesCsv(PriceList):
    name = "prices-csv"
    media_type = "text/csv; charset=utf-8"
    separator = b""
    addresses = (Address("prices.csv", Kind.SITES, "Ad hoc prices, CSV"),)

    def written(self, rows: Sequence[Row]) -> bytes:
        return csv_lines(list(_cells(row)) for row in rows)

    def lost(self, rows: Sequence[Row]) -> tuple[Loss, ...]:
        stepped = any(len(row.price.of(component)) > 1 for row in rows for component in Component)
        return (_STEPS,) if stepped else ()

    def prefix(self, envelope: Envelope) -> bytes:
        return csv_lines([COLUMNS])

    def suffix(self, envelope: Envelope) -> bytes:
        return b""


def _rows(body: Object, context: Context) -> list[Row | None]:
    return list(_PRICES.rows(body, context))


def _cells(row: Row) -> Iterator[str]:
    told = row.told
    yield from (line_text(row.placed[name]) for name in _PLACE)
    yield from (line_text(told["tariff_id"]), "yes" if told["default"] else "no", " ".join(told["payment_means"] or ()))
    yield told["currency"]
    for component in _UNITS:
        part = part_at_the_start(row.price.of(component))
        yield from (amount(part.price.net()) or "", amount(part.price.gross()) or "") if part else ("", "")
    for name in ("min_price", "max_price", "comparison"):
        yield from ((told[name] or {}).get(basis) or "" for basis in _BASES)
    yield from (told["valid_from"] or "", told["next_change"] or "", line_text(told["words"]))
