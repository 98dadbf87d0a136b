"""Ad hoc prices in the base model: a table of rates, in which nothing says that it holds without a contract."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from app.formats.datex2.draft import Draft, Tree, code, codes
from app.formats.datex2.encoding import Encoding
from app.formats.datex2.identity import digest
from app.formats.datex2.known_rates import KnownRate
from app.formats.datex2.rates import EnergyPrice, EnergyRate, PriceType, joined, texts_in
from app.formats.datex2.rounding import rounded_price
from app.formats.datex2.sentences import LANGUAGE
from app.formats.datex2.shared import Shared
from app.formats.datex2.write_json import texts_json

_LINES = {
    PriceType.PER_KWH: ("perUnit", "per kWh"),
    PriceType.PER_MINUTE: ("incrementingRate", "per minute"),
    PriceType.BASE: ("flatRate", "per session"),
    PriceType.FLAT_RATE: ("flatRate", "per session"),
    PriceType.FREE: ("flatRate", "free"),
}
_MINUTE = "PT1M"
_DAY_MINUTES = 1440
_MOST = 2000
"""Rates of which the lines are kept."""


class _Lines(NamedTuple):
    collections: list[Shared]
    said: int
    """Of lines, in all collections."""
    version: str


def rate_table(draft: Draft, point: str, known: KnownRate | None) -> Tree | None:
    """The prices of now of a point (its id) in one rate; None: none is known, or none can be said."""
    if known is None:
        return None
    lines = _lines(known, draft.encoding)
    if lines.said < len(known.rate.prices):
        draft.lose("tariffs[].elements", f"{draft.dialect.name} has no other prices: left out")
    if not lines.collections:
        return None
    table: Tree = {
        "idG": f"{point}*rates",
        "versionG": lines.version,
        "applicableCurrency": list(known.rate.currencies),
    }
    if means := _payment_means(draft, known.rate):
        table["paymentMethod"] = {"paymentMeans": codes(means)}
    tree = known.written(draft.encoding).tree
    if "lastUpdated" in tree:
        table["lastUpdated"] = tree["lastUpdated"]
    table["rateLineCollection"] = lines.collections
    return {"facRateTable": table}


def _payment_means(draft: Draft, rate: EnergyRate) -> list[str]:
    paid = rate.payment
    if paid is None:
        return []
    if paid.other_means or paid.brands or paid.other_brands:
        draft.lose("stations[].payment", f"{draft.dialect.name}: card payment and cash alone: the rest is left out")
    return [one for one in paid.means if draft.has(one, "stations[].payment")]


@lru_cache(_MOST)
def _lines(known: KnownRate, encoding: Encoding) -> _Lines:
    collections, count = _collections(known.rate, encoding)
    return _Lines([Shared(one) for one in collections], count, digest(str(collections)))


def _collections(rate: EnergyRate, encoding: Encoding) -> tuple[list[Tree], int]:
    """Lines of the same taxes together, and how many there are."""
    found: list[Tree] = []
    count = 0
    for included, tax in dict.fromkeys((price.tax_included, price.tax_rate) for price in rate.prices):
        alike = [price for price in rate.prices if (price.tax_included, price.tax_rate) == (included, tax)]
        said = [rounded_price(price, rate.currencies[0], encoding)[0] for price in alike]
        lines = [_line(at, price) for at, price in enumerate(said) if price.price_type in _LINES]
        count += len(lines)
        if not lines:
            continue
        collection: Tree = {"collectionSequence": len(found), "applicableCurrency": rate.currencies[0]}
        collection |= {} if included is None else {"taxIncluded": included}
        collection |= {} if tax is None else {"taxRate": tax}
        found.append({"facRateLineCollection": {**collection, "rateLine": lines}})
    return found, count


def _line(sequence: int, price: EnergyPrice) -> Tree:
    kind, words = _LINES[price.price_type]
    line: Tree = {"sequence": sequence, "rateLineType": code(kind)}
    words = _within(words, price) + ("." if price.additional_information else "")
    line["description"] = texts_json(joined(texts_in(LANGUAGE, words), price.additional_information))
    line |= {"durationStart": _clock(price.from_minute)} if _is_clock(price.from_minute) else {}
    line |= {"durationEnd": _clock(price.to_minute)} if _is_clock(price.to_minute) else {}
    line |= {"incrementPeriod": _MINUTE} if price.price_type is PriceType.PER_MINUTE else {}
    line["value"] = price.value
    return line | ({} if price.cap is None else {"maxValue": price.cap})


def _within(words: str, price: EnergyPrice) -> str:
    """With the limits, which a reader of tables of rates may look for in words alone."""
    if price.from_minute:
        words += f" from minute {price.from_minute}"
    if price.to_minute:
        words += f" until minute {price.to_minute}"
    if price.from_kwh:
        words += f" from {price.from_kwh} kWh"
    if price.to_kwh:
        words += f" until {price.to_kwh} kWh"
    return words


def _is_clock(minute: int | None) -> bool:
    return minute is not None and 0 < minute < _DAY_MINUTES


def _clock(minute: int | None) -> str:
    """Elapsed time, written as a time of day."""
    return f"{(minute or 0) // 60:02}:{(minute or 0) % 60:02}:00"
