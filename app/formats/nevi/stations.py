"""Format `nevi`: the data of 23 CFR 680.116(c) for third-party developers, station by station, in the words of OCPI 2.2.1 and,
for what these cannot say, of chargefeed's extension.

    {"regulation": …, "schema": …, "manifest": …, "publisher": …, "licence": …, "stations": [{…, "ports": [{…}]}], "generated": …,
     "sequence": …}

`stations.schema.json` says what each field is. What must be said and nobody says is null, and a loss. A port that was taken away
for good is no port. `station_id` and `port_id` are those of EV-ChART: `Location.id` and `EVSE.uid`.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import orjson

from app.clock import format_time
from app.formats.base import Address, Context, Envelope, Format, Rendered, register
from app.formats.nevi.station import losses, station
from app.formats.nevi.structure import Structures, structure
from app.formats.prices.rows import Prices
from app.model.batch import Kind
from app.model.loss import Loss
from app.model.usps import UNITED_STATES

REGULATION = "23 CFR 680.116(c)"
_NO_TARIFFS = Rendered(None, (Loss("", "tariffs stand at the stations that have them: left out"),))


@cache
def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the document."""
    found: dict[str, Any] = orjson.loads((files("app.formats.nevi") / "stations.schema.json").read_bytes())
    return found


@register
class Nevi(Format):
    name = "nevi"
    media_type = "application/json"
    addresses = (Address("nevi/stations.json", Kind.LOCATIONS, f"NEVI, {REGULATION}", countries=UNITED_STATES),)

    def __init__(self) -> None:
        self._prices = Prices()
        self._structures = Structures()

    def location(self, body: dict[str, Any], context: Context) -> Rendered:
        rows = [row for row in self._prices.rows(body, context) if row is not None]
        said = station(body, rows)
        structures = self._structures.of((row.price for row in rows), context, body["time_zone"])
        lost = dict.fromkeys(losses(body, said))
        lost |= dict.fromkeys(loss for one in structures for loss in one.losses)
        return Rendered(orjson.dumps(said | structure(structures)), tuple(lost))

    def tariff(self, body: dict[str, Any], context: Context) -> Rendered:
        return _NO_TARIFFS

    def prefix(self, envelope: Envelope) -> bytes:
        publisher = envelope.publisher
        told = {
            "regulation": REGULATION,
            "schema": f"{publisher.url}/openapi.json#/components/schemas/NeviStations",
            "manifest": f"{publisher.url}/open/manifest.json",
            "publisher": {
                "name": publisher.name,
                "website": publisher.website or None,
                "email": publisher.email or None,
            },
            "licence": publisher.licence or None,
        }
        return orjson.dumps(told)[:-1] + b',"stations":['

    def suffix(self, envelope: Envelope) -> bytes:
        return f'],"generated":"{format_time(envelope.stamp)}","sequence":{envelope.sequence}}}'.encode()
