"""Connectors and tariffs of the tests, and their ad hoc prices."""

from __future__ import annotations

from typing import Any

from app.model.canonical import full_body
from app.tariffs.adhoc import AdhocPrice, adhoc_prices
from tests.objects import location
from tests.tariffs.examples import ZONE, at, priced

NOON = "2026-11-23T12:00"
"""A Monday."""
Body = dict[str, Any]


def body(*elements: Body, **changes: Any) -> Body:
    """A tariff of these elements as canonical JSON; of no type unless told otherwise."""
    return full_body(priced(*elements, **changes))


def connector(*tariffs: Body, kw: float = 150, offers: list[Body] | None = None) -> Body:
    """One that names these tariffs."""
    plain = {**location()["evses"][0]["connectors"][0], "max_electric_power": round(kw * 1000)}
    offered = {"adhoc_offers": offers} if offers else {}
    return {**plain, "tariff_ids": [tariff["id"] for tariff in tariffs], **offered}


def ask(
    *tariffs: Body, when: str = NOON, zone: str = ZONE, kw: float = 150, offers: list[Body] | None = None
) -> tuple[AdhocPrice, ...]:
    """The ad hoc prices of a connector with these tariffs, at a local time."""
    known = {tariff["id"]: tariff for tariff in tariffs}
    return adhoc_prices(connector(*tariffs, kw=kw, offers=offers), known, zone, at(when, zone))


def one(*elements: Body, when: str = NOON, zone: str = ZONE, kw: float = 150, **changes: Any) -> AdhocPrice:
    """The ad hoc price of a connector whose only tariff has these elements."""
    (found,) = ask(body(*elements, **changes), when=when, zone=zone, kw=kw)
    return found
