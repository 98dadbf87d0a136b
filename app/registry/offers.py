"""What an EVSE offers, in short: connectors with what they give and cost, and whether it takes cards.

Many EVSEs offer the same, so that each offer is kept once, under a number made of what it says. To find EVSEs by connector,
power, payment or price is to judge some hundreds of offers, and then to look for the EVSEs that have one of the good ones
(`search`). An EVSE whose location is not public has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import orjson
from sqlalchemy import Connection, exists, select

from app.model.cards import takes_cards
from app.model.stations import stations_of
from app.registry.tables import evse, offer

Body = Mapping[str, Any]
_OF_CONNECTOR = (
    "standard",
    "power_type",
    "max_voltage",
    "max_amperage",
    "max_electric_power",
    "tariff_ids",
    "adhoc_offers",
)


@dataclass(frozen=True, slots=True)
class Kept:
    """An offer as it is kept: with all the tariffs that are named, whoever may see them."""

    number: int
    owner: str
    """`de*abc`, whose tariffs are named."""
    time_zone: str
    cards: bool
    """Somebody says that it takes cards."""
    connectors: tuple[dict[str, Any], ...]


def offers_of(key: str, body: Body) -> dict[str, tuple[int, bytes]]:
    """By uid of the location's EVSEs: number and text. `key` is the location's."""
    payment = {uid.lower(): station.get("payment", {}) for station in stations_of(body) for uid in station["evse_uids"]}
    told = {"owner": key.partition("/")[0], "time_zone": body["time_zone"]}
    return {
        point["uid"]: _numbered(
            {
                **told,
                "cards": takes_cards(point, payment.get(point["uid"].lower(), {})),
                "connectors": sorted(map(_short, point["connectors"]), key=orjson.dumps),
            }
        )
        for point in body.get("evses", ())
    }


def read_offers(connection: Connection) -> list[Kept]:
    """All that public EVSEs have."""
    offered = exists().where(evse.c.offer == offer.c.number)
    rows = connection.execute(select(offer.c.number, offer.c.body).where(offered)).all()
    return [_kept(number, body) for number, body in rows]


def _short(connector: Body) -> dict[str, Any]:
    return {name: connector[name] for name in _OF_CONNECTOR if name in connector}


def _numbered(told: Body) -> tuple[int, bytes]:
    text = orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
    return int.from_bytes(blake2b(text, digest_size=8).digest()) >> 1, text


@lru_cache(maxsize=20_000)
def _kept(number: int, text: bytes) -> Kept:
    told = orjson.loads(text)
    return Kept(number, told["owner"], told["time_zone"], told["cards"], tuple(told["connectors"]))
