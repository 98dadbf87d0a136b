"""The price of a point in words: `tarification`, the only place where the files have one."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from app.formats.base import Context
from app.formats.irve.tarification import tarification
from app.formats.price_text import PriceText
from app.tariffs.adhoc import AdhocPrice, PriceBook

Object = Mapping[str, Any]

_MOST_KEPT = 5000


class Told(threading.local):
    """Texts by the prices they say, for many points have the same. Formats are asked by several threads."""

    def __init__(self) -> None:
        self._book = PriceBook()
        self._texts: dict[tuple[object, ...], tuple[Sequence[AdhocPrice], PriceText]] = {}
        """By the identities of what the prices, which are kept, are made of."""

    def text(self, point: Object, context: Context, zone: str) -> PriceText:
        """Of all prices of the point's connectors."""
        if len(self._texts) > _MOST_KEPT:
            self._book, self._texts = PriceBook(), {}
        prices: dict[tuple[object, ...], AdhocPrice] = {}
        for connector in point["connectors"]:
            for price in self._book.adhoc(connector, context.tariffs, zone, context.at):
                means = tuple(price.offer.payment_means) if price.offer else None
                prices.setdefault((id(price.tariff), means), price)
        key = tuple(prices)
        if key not in self._texts:
            said = tuple(prices.values())
            self._texts[key] = said, tarification(said)
        return self._texts[key][1]
