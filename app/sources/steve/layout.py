"""How a SteVe database is laid out: found in its catalogue, since version numbers say too little.

| Release | Connectors | Coordinates |
|---|---|---|
| up to 3.8 | `connector` | `charge_box` |
| 3.9 to 3.12 | `connector` | `address` |
| since 3.13 | `evse`, with `evse_connector` | `address`, which has a time zone since 3.14.1 |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from app.sources.sql import Wanted

_ALWAYS = {
    "charge_box": ("charge_box_id", "registration_status", "last_heartbeat_timestamp", "address_pk"),
    "address": ("address_pk", "street", "house_number", "zip_code", "city", "country"),
    "settings": ("heartbeat_interval_in_seconds",),
}
_STATUS = ("status_timestamp", "status", "error_code", "vendor_error_code")
_TRANSACTION = ("transaction_pk", "start_timestamp", "stop_timestamp", "stop_value")
_FACTS = ("connector_type", "connector_format", "power_type", "max_voltage", "max_amperage", "max_electric_power")


@dataclass(frozen=True, slots=True)
class Layout:
    point: str
    """`evse` or `connector`: the table of what OCPP 1.6 calls connectors."""
    key: str
    number: str
    latitude: str
    longitude: str
    time_zone: str = "NULL"

    @property
    def new(self) -> bool:
        return self.point == "evse"

    @property
    def wanted(self) -> Wanted:
        coordinates = self.latitude.partition(".")
        found = {table: list(columns) for table, columns in _ALWAYS.items()}
        found[{"a": "address", "cb": "charge_box"}[coordinates[0]]] += [
            coordinates[2],
            self.longitude.partition(".")[2],
        ]
        found["address"] += ["time_zone"] if self.time_zone != "NULL" else []
        found[self.point] = [self.key, "charge_box_id", self.number, *(["evse_id_external"] if self.new else ())]
        found["connector_status"] = [self.key, *_STATUS]
        found["transaction"] = [self.key, *_TRANSACTION]
        found["connector_meter_value"] = ["transaction_pk", "value_timestamp"]
        if self.new:
            found["evse_connector"] = ["evse_pk", "connector_id", *_FACTS]
        return Wanted(found)


def read_catalogue(connection: Connection) -> dict[str, frozenset[str]]:
    """Table → columns, as far as the user may read them."""
    query = "SELECT table_name AS t, column_name AS c FROM information_schema.columns WHERE table_schema = DATABASE()"
    found: dict[str, set[str]] = {}
    for table, column in connection.execute(text(query)):
        found.setdefault(str(table), set()).add(str(column))
    return {table: frozenset(columns) for table, columns in found.items()}


def layout_of(catalogue: Mapping[str, frozenset[str]]) -> Layout:
    """What it looks like; the newest where nothing is to be seen."""
    old = "connector" in catalogue and "evse" not in catalogue
    on_box = old and "location_latitude" in catalogue.get("charge_box", ())
    place = ("cb.location_latitude", "cb.location_longitude") if on_box else ("a.latitude", "a.longitude")
    if old:
        return Layout("connector", "connector_pk", "connector_id", *place)
    time_zone = "a.time_zone" if "time_zone" in catalogue.get("address", ()) else "NULL"
    return Layout("evse", "evse_pk", "evse_id", *place, time_zone)


def missing(layout: Layout, catalogue: Mapping[str, frozenset[str]]) -> dict[str, Sequence[str]]:
    """What of the layout is not there, or not to be seen."""
    lacking = {
        table: [column for column in columns if column not in catalogue.get(table, ())]
        for table, columns in layout.wanted.columns.items()
    }
    return {table: columns for table, columns in lacking.items() if columns}
