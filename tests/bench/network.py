"""Networks of any size for benches: demo locations, four EVSEs each, with other numbers in their ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson

from app.clock import Millis, format_time
from app.sources.demo.locations import location
from app.sources.demo.places import countries
from app.sources.demo.prices import tariffs
from app.sources.demo.sites import Site, network

SEED = 1
EVSES = 4
"""Per location."""
TEMPLATES = 120
BEGIN: Millis = 1_792_000_000_000
"""When the network was last updated; all statuses are younger."""
NEXT = "-NEXT"
"""Ends the id of the tariff that follows another at the switch."""


@dataclass(frozen=True, slots=True)
class Template:
    country: str
    number: bytes
    """The six digits in the ids of the demo location it was made from."""
    body: bytes

    def numbered(self, number: int) -> bytes:
        body, digits = self.body, b"%06d" % number
        for letter in (self.country.encode(), b"E", b"P"):
            body = body.replace(letter + self.number, letter + digits)
        return body


class Network:
    """An OCPI 2.3.0 Sender's inventory, statuses and tariffs."""

    def __init__(self, evses: int) -> None:
        self.locations = -(-evses // EVSES)
        self.evses = self.locations * EVSES
        self._templates = [_template(site) for site in islice(_fitting(), TEMPLATES)]

    def location_id(self, number: int) -> str:
        """`number` counts from 1."""
        return f"{self._template(number).country}{number:06d}"

    def uids(self) -> Iterator[str]:
        for number in range(1, self.locations + 1):
            yield from (f"{self.location_id(number)}-{evse:02d}" for evse in range(1, EVSES + 1))

    def body(self, number: int) -> bytes:
        """A Location as JSON; its own `last_updated` stands last."""
        return self._template(number).numbered(number)

    def bodies(self) -> Iterator[bytes]:
        return map(self.body, range(1, self.locations + 1))

    def pages(self, limit: int) -> Iterator[bytes]:
        """JSON lists of at most `limit` locations."""
        bodies = self.bodies()
        while page := list(islice(bodies, limit)):
            yield b"[" + b",".join(page) + b"]"

    def tariffs(self, switch_at: Millis, rise: float = 1.1) -> list[dict[str, Any]]:
        """Tariffs that all end at `switch_at`, each followed by one that costs `rise` times as much."""
        told = [tariff for country in countries().values() for tariff in tariffs(SEED, country, BEGIN)]
        return [
            half for tariff in told if "start_date_time" not in tariff for half in _switched(tariff, switch_at, rise)
        ]

    def _template(self, number: int) -> Template:
        return self._templates[number % len(self._templates)]


class Statuses:
    """A status file (`sources/file`) of about 90 bytes per EVSE that changes from poll to poll."""

    def __init__(self, network: Network) -> None:
        self._uids = list(network.uids())
        self._occupied = bytearray(len(self._uids))
        self._records = [_record(uid, occupied=False, at=BEGIN) for uid in self._uids]

    def body(self) -> bytes:
        return b"[" + b",".join(self._records) + b"]"

    def change(self, indexes: Iterable[int], at: Millis) -> None:
        """The EVSEs at these places become occupied, or free if they were occupied."""
        for index in indexes:
            self._occupied[index] ^= 1
            self._records[index] = _record(self._uids[index], occupied=bool(self._occupied[index]), at=at)

    def change_share(self, share: float, poll: int, at: Millis) -> int:
        """Every so many-th EVSE changes, others with each poll; how many there were."""
        step = round(1 / share)
        chosen = range(poll * 37 % step, len(self._uids), step)
        self.change(chosen, at)
        return len(chosen)


def _record(uid: str, *, occupied: bool, at: Millis) -> bytes:
    status = "CHARGING" if occupied else "AVAILABLE"
    return orjson.dumps({"evse_id": uid, "status": status, "occurred_at": format_time(at)})


def _fitting() -> Iterator[Site]:
    sites = network(SEED, 100_000, tuple(countries()))
    return (site for site in sites if len(site.spots) == EVSES and not (site.hidden or site.planned or site.removed))


def _template(site: Site) -> Template:
    stamp = {"last_updated": format_time(BEGIN)}
    body = location(SEED, site, BEGIN) | stamp
    for evse in body["evses"]:
        evse |= stamp | {"status": "AVAILABLE"}
        evse["connectors"] = [_followed(connector) | stamp for connector in evse["connectors"]]
    return Template(site.country.code, b"%06d" % site.number, orjson.dumps(body))


def _followed(connector: dict[str, Any]) -> dict[str, Any]:
    ids = [id for id in connector["tariff_ids"] if not id[-6:].isdigit()]
    return connector | {"tariff_ids": [*ids, *(id + NEXT for id in ids)]}


def _switched(tariff: dict[str, Any], at: Millis, rise: float) -> Iterator[dict[str, Any]]:
    stamp = {"last_updated": format_time(BEGIN)}
    yield tariff | stamp | {"end_date_time": format_time(at)}
    elements = [
        element
        | {"price_components": [one | {"price": round(one["price"] * rise, 2)} for one in element["price_components"]]}
        for element in tariff["elements"]
    ]
    yield tariff | stamp | {"id": tariff["id"] + NEXT, "start_date_time": format_time(at), "elements": elements}
