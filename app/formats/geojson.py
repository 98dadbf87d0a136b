"""GeoJSON (RFC 7946): one point per location, for maps."""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson

from app.clock import format_time
from app.formats.base import Address, Context, Envelope, Format, Rendered, register
from app.model.batch import Kind
from app.model.electricity import power_watts
from app.model.enums import Status
from app.model.loss import Loss
from app.model.status import OUT_OF_SERVICE

Object = dict[str, Any]

_NO_TARIFFS = Rendered(None, (Loss("", "GeoJSON shows places: tariffs left out"),))


@register
class GeoJson(Format):
    name = "geojson"
    media_type = "application/geo+json"
    addresses = (Address("locations.geojson", Kind.LOCATIONS, "GeoJSON"),)

    def location(self, body: Object, context: Context) -> Rendered:
        return Rendered(orjson.dumps(feature(body)))

    def tariff(self, body: Object, context: Context) -> Rendered:
        return _NO_TARIFFS

    def prefix(self, envelope: Envelope) -> bytes:
        return b'{"type":"FeatureCollection","features":['

    def suffix(self, envelope: Envelope) -> bytes:
        return f'],"timestamp":"{format_time(envelope.stamp)}"}}'.encode()


def feature(body: Object) -> Object:
    """The location as a GeoJSON Feature; coordinates in the order longitude, latitude."""
    coordinates = body["coordinates"]
    return {
        "type": "Feature",
        "id": f"{body['country_code']}*{body['party_id']}/{body['id']}",
        "geometry": {
            "type": "Point",
            "coordinates": [float(coordinates["longitude"]), float(coordinates["latitude"])],
        },
        "properties": {name: value for name, value in _properties(body).items() if value is not None},
    }


def _properties(body: Object) -> Object:
    evses = [evse for evse in body.get("evses", ()) if evse.get("status") not in OUT_OF_SERVICE]
    connectors = [connector for evse in evses for connector in evse["connectors"]]
    watts = max((power_watts(connector) for connector in connectors), default=None)
    return {
        "country_code": body["country_code"],
        "party_id": body["party_id"],
        "location_id": body["id"],
        "name": body.get("name"),
        "operator": body.get("operator", {}).get("name"),
        "address": body["address"],
        "postal_code": body.get("postal_code"),
        "city": body["city"],
        "country": body["country"],
        "evse_ids": [evse["evse_id"] for evse in evses if "evse_id" in evse] or None,
        "evses": len(evses),
        "evses_by_status": dict(sorted(Counter(evse.get("status", Status.UNKNOWN.value) for evse in evses).items())),
        "max_power_kw": None if watts is None else round(watts / 1000, 1),
        "connectors": sorted({connector["standard"] for connector in connectors}) or None,
        "last_updated": body.get("last_updated"),
    }
