"""The pricing structure (23 CFR 680.116(c)(9)(i)): tariffs as OCPI 2.2.1 objects, and in words."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from app.formats.base import Context
from app.formats.nevi.pricing import price_structure
from app.formats.ocpi.downgrade import downgrade
from app.formats.ocpi.versions import V221
from app.model.loss import Loss
from app.model.tariff import Tariff
from app.tariffs.adhoc import AdhocPrice

_MOST_KEPT = 5000


@dataclass(frozen=True, slots=True)
class Structure:
    tariff: orjson.Fragment | None
    """OCPI 2.2.1; None: it cannot say it."""
    words: orjson.Fragment
    """`{"tariff_id": …, "text": [sentence, …]}`."""
    losses: tuple[Loss, ...]


class Structures(threading.local):
    """Kept by tariff, for many stations have the same. Formats are asked by several threads."""

    def __init__(self) -> None:
        self._told: dict[tuple[object, ...], tuple[object, Structure]] = {}
        """By the identities of what it is made of, which is kept."""

    def of(self, prices: Iterable[AdhocPrice], context: Context, time_zone: str) -> list[Structure]:
        """One per tariff."""
        if len(self._told) > _MOST_KEPT:
            self._told = {}
        by_tariff = {id(price.tariff): price for price in prices}
        return [self._of(price, context, time_zone) for price in by_tariff.values()]

    def _of(self, price: AdhocPrice, context: Context, time_zone: str) -> Structure:
        body = next(one for id_, one in context.tariffs.items() if id_.lower() == price.tariff.id.lower())
        key = (id(body), id(price.parts), time_zone)
        if key not in self._told:
            self._told[key] = (body, price), _told(body, price, context, time_zone)
        return self._told[key][1]


def _told(body: dict[str, Any], price: AdhocPrice, context: Context, time_zone: str) -> Structure:
    tariff, losses = downgrade(body, Tariff, V221, context)
    sentences, unpriced = price_structure(price, time_zone)
    return Structure(
        None if tariff is None else orjson.Fragment(orjson.dumps(tariff)),
        orjson.Fragment(orjson.dumps({"tariff_id": price.tariff.id, "text": sentences})),
        (*map(_of_tariff, losses), *map(_of_tariff, unpriced)),
    )


def _of_tariff(loss: Loss) -> Loss:
    return Loss(f"tariff.{loss.path}", loss.reason, loss.value)


def structure(found: Iterable[Structure]) -> dict[str, Any]:
    """The two fields of a station; null where no price is known."""
    kept = list(found)
    return {
        "pricing_structure": [one.tariff for one in kept if one.tariff is not None] or None,
        "pricing_structure_text": [one.words for one in kept] or None,
    }
