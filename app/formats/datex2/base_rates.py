"""Ad hoc prices in the base model: a table of rates, in which nothing says that it holds without a contract."""

from __future__ import annotations

from app.formats.datex2.draft import Draft, Tree, code, codes
from app.formats.datex2.energy import StationRates
from app.formats.datex2.identity import Point, digest
from app.formats.datex2.rates import EnergyPrice, EnergyRate, PriceType, joined, texts_in
from app.formats.datex2.rounding import rounded_price
from app.formats.datex2.sentences import LANGUAGE
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


def rate_table(draft: Draft, point: Point, rates: StationRates) -> Tree | None:
    """The prices of now of the default offer; None: none is known."""
    known = rates.now(point.evse)
    if not known:
        return None
    if len(known) > 1:
        draft.lose(
            "evses[].connectors[].adhoc_offers", f"{draft.dialect.name}: one rate per point: the default is said"
        )
    rate = known[0]
    collections = _collections(draft, rate)
    if not collections:
        return None
    table: Tree = {"idG": f"{point.id}*rates", "versionG": digest(str(collections))}
    table["applicableCurrency"] = list(rate.currencies)
    _lose_payment(draft, rate)
    means = [one for one in (rate.payment.means if rate.payment else ()) if draft.has(one, "stations[].payment")]
    if means:
        table["paymentMethod"] = {"paymentMeans": codes(means)}
    if rate.last_updated is not None:
        table["lastUpdated"] = rate.last_updated.isoformat().replace("+00:00", "Z")
    table["rateLineCollection"] = collections
    return {"facRateTable": table}


def _lose_payment(draft: Draft, rate: EnergyRate) -> None:
    if rate.payment and (rate.payment.other_means or rate.payment.brands or rate.payment.other_brands):
        draft.lose("stations[].payment", f"{draft.dialect.name}: card payment and cash alone: the rest is left out")


def _collections(draft: Draft, rate: EnergyRate) -> list[Tree]:
    """Lines of the same taxes together."""
    found: list[Tree] = []
    for included, tax in dict.fromkeys((price.tax_included, price.tax_rate) for price in rate.prices):
        alike = [price for price in rate.prices if (price.tax_included, price.tax_rate) == (included, tax)]
        lines = [line for at, price in enumerate(alike) if (line := _line(draft, at, price, rate.currencies[0]))]
        if not lines:
            continue
        collection: Tree = {"collectionSequence": len(found), "applicableCurrency": rate.currencies[0]}
        collection |= {} if included is None else {"taxIncluded": included}
        collection |= {} if tax is None else {"taxRate": tax}
        found.append({"facRateLineCollection": {**collection, "rateLine": lines}})
    return found


def _line(draft: Draft, sequence: int, price: EnergyPrice, currency: str) -> Tree | None:
    said, losses = rounded_price(price, currency, draft.encoding)
    for loss in losses:
        draft.lose(f"tariffs[].{loss.path}", loss.reason)
    if said.price_type not in _LINES:
        draft.lose("tariffs[].elements", f"{draft.dialect.name} has no other prices: left out")
        return None
    kind, words = _LINES[said.price_type]
    line: Tree = {"sequence": sequence, "rateLineType": code(kind)}
    words = _within(words, said) + ("." if said.additional_information else "")
    line["description"] = texts_json(joined(texts_in(LANGUAGE, words), said.additional_information))
    line |= {"durationStart": _clock(said.from_minute)} if _is_clock(said.from_minute) else {}
    line |= {"durationEnd": _clock(said.to_minute)} if _is_clock(said.to_minute) else {}
    line |= {"incrementPeriod": _MINUTE} if said.price_type is PriceType.PER_MINUTE else {}
    line["value"] = said.value
    return line | ({} if said.cap is None else {"maxValue": said.cap})


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
