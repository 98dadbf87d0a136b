"""The rows of a location in the static file, each with what keeps it from being one.

A row that lacks a required value, or has one that the schema refuses, is left out, since the portal refuses the whole file for
it; nothing is put in its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from app.clock import from_millis, parse_time
from app.formats.base import Context
from app.formats.irve.columns import STATIC, Column
from app.formats.irve.point import point_values
from app.formats.irve.station import station_values
from app.formats.price_text import PriceText
from app.formats.told import Told
from app.model.loss import Loss
from app.model.stations import stations_of
from app.model.status import OUT_OF_SERVICE

Object = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StaticRow:
    point: Object
    """The EVSE."""
    values: dict[str, Any]
    """By column."""
    losses: tuple[Loss, ...]
    """Of values that the schema refuses, or that it requires and nobody knows; and of the price in words."""
    valid: bool


def static_rows(body: Object, context: Context, told: Told[PriceText] | None = None) -> Iterator[StaticRow]:
    """One per EVSE that is in service, by station. `told` says prices in words; None: only the operator's own words count."""
    points = {
        point["uid"].lower(): point for point in body.get("evses", ()) if point.get("status") not in OUT_OF_SERVICE
    }
    day = _local_day(body)
    for station in stations_of(body):
        own = [points[uid.lower()] for uid in station["evse_uids"] if uid.lower() in points]
        shared = station_values(body, station, own) if own else {}
        for point in own:
            values = shared | point_values(body, station, point, context) | {"date_maj": day}
            price = told.text(point["connectors"], context, body["time_zone"]) if told else None
            if price and price.text:
                values["tarification"] = price.text
            yield _checked(point, values, price.losses if price else ())


def _local_day(body: Object) -> str | None:
    """The day of the last change there."""
    stamp = body.get("last_updated")
    return stamp and from_millis(parse_time(stamp)).astimezone(ZoneInfo(body["time_zone"])).date().isoformat()


def _checked(point: Object, values: dict[str, Any], told: tuple[Loss, ...]) -> StaticRow:
    losses = list(told)
    valid = True
    for column in _CHECKED:
        value = values.get(column.name)
        if value is not None and column.matches and not column.matches.fullmatch(value):
            losses.append(_unsound(column, str(value)))
            value = values[column.name] = None
        elif value is None and column.required:
            losses.append(lacking(column))
        valid = valid and not (value is None and column.required)
    return StaticRow(point, values, tuple(losses), valid)


_CHECKED = tuple(column for column in STATIC.columns if column.required or column.matches)


def _unsound(column: Column, value: str) -> Loss:
    consequence = "row left out" if column.required else "left empty"
    return Loss(column.path, f"no {column.name} by the schema ({column.rule}): {consequence}", value)


def lacking(column: Column, by: str = "the schema") -> Loss:
    """The value is required and nobody knows it."""
    reason = _REASONS.get(column.name, "not known")
    remedy = f"fill `{column.path}` in the overlay"
    return Loss(column.path, f"{column.name} is required by {by} and {reason}: row left out; {remedy}")


_REASONS = {
    "id_station_itinerance": "no id of the register (FR, operator, P…; scheme IRVE) is known",
    "id_pdc_itinerance": "there is no EVSE id of the registered form (FR, operator, E…)",
    "coordonneesXY": "the coordinates are not in France",
}
