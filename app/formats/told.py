"""What a format says of ad hoc prices, kept by the prices it says, for many points have the same."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from app.formats.base import Context
from app.tariffs.adhoc import AdhocPrice, PriceBook

Object = Mapping[str, Any]
Text = TypeVar("Text")

_MOST_KEPT = 5000


class Told(threading.local, Generic[Text]):
    """Formats are asked by several threads."""

    def __init__(self, say: Callable[[Sequence[AdhocPrice]], Text]) -> None:
        self._say = say
        self._book = PriceBook()
        self._texts: dict[tuple[object, ...], tuple[Sequence[AdhocPrice], Text]] = {}
        """By the identities of what the prices, which are kept, are made of."""

    def text(self, connectors: Iterable[Object], context: Context, zone: str) -> Text:
        """Of all their prices, each once."""
        if len(self._texts) > _MOST_KEPT:
            self._book, self._texts = PriceBook(), {}
        prices: dict[tuple[object, ...], AdhocPrice] = {}
        for connector in connectors:
            for price in self._book.adhoc(connector, context.tariffs, zone, context.at):
                means = tuple(price.offer.payment_means) if price.offer else None
                prices.setdefault((id(price.tariff), means), price)
        key = tuple(prices)
        if key not in self._texts:
            said = tuple(prices.values())
            self._texts[key] = said, self._say(said)
        return self._texts[key][1]
