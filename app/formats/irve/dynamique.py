"""Format `irve-dynamique`: France's dynamic file, a row per charge point of the static one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from app.formats.base import Address, Context, Rendered, register
from app.formats.irve.columns import DYNAMIC, PLUGS, Layout
from app.formats.irve.file import IrveFile
from app.formats.irve.france import TERRITORIES
from app.formats.irve.static_rows import StaticRow, static_rows
from app.formats.irve.writing import rows
from app.model.batch import Kind
from app.model.enums import Status
from app.model.loss import Loss

STATES = {
    Status.AVAILABLE: ("en_service", "libre"),
    Status.CHARGING: ("en_service", "occupe"),
    Status.RESERVED: ("en_service", "reserve"),
    Status.BLOCKED: ("en_service", "occupe"),
    Status.OUTOFORDER: ("hors_service", "inconnu"),
    Status.INOPERATIVE: ("hors_service", "inconnu"),
    Status.UNKNOWN: ("inconnu", "inconnu"),
}
"""OCPI status → `etat_pdc`, `occupation_pdc`. PLANNED and REMOVED have no row."""
_PLUG_STATES = {"en_service": "fonctionnel", "hors_service": "hors_service", "inconnu": "inconnu"}
_ROUGHLY = {
    Status.BLOCKED: Loss("evses[].status", "said as occupe, like CHARGING", "BLOCKED"),
    Status.INOPERATIVE: Loss("evses[].status", "said as hors_service, like OUTOFORDER", "INOPERATIVE"),
}
_DETAIL = Loss("evses[].status_detail", "IRVE has no such field: left out")
_NO_STATIC_ROW = Loss("evses", "the static file has no row of the point, see its losses: row left out")


@register
class Dynamique(IrveFile):
    name = standard = "irve-dynamique"
    layout: ClassVar[Layout] = DYNAMIC
    addresses = (Address("irve/dynamique.csv", Kind.LOCATIONS, "IRVE, dynamic", countries=TERRITORIES),)

    def location(self, body: dict[str, Any], context: Context) -> Rendered:
        losses: dict[Loss, None] = {}
        zone = ZoneInfo(body["time_zone"])
        found = []
        for row in static_rows(body, context):
            if row.valid:
                found.append(dynamic_values(row, zone))
                losses |= dict.fromkeys(_unsaid(row.point))
            else:
                losses[_NO_STATIC_ROW] = None
        return Rendered(rows(DYNAMIC, found) or None, tuple(losses))


def dynamic_values(row: StaticRow, zone: ZoneInfo) -> dict[str, Any]:
    """By column. `zone` is the location's: times have its offset."""
    state, occupation = STATES[Status(row.point.get("status", Status.UNKNOWN))]
    plugs = {plug: _PLUG_STATES[state] for plug in PLUGS if row.values[f"prise_type_{plug}"]}
    return {
        "id_pdc_itinerance": row.values["id_pdc_itinerance"],
        "etat_pdc": state,
        "occupation_pdc": occupation,
        "horodatage": status_time(row.point).astimezone(zone).isoformat(timespec="seconds"),
        **{f"etat_prise_type_{plug}": plugs.get(plug) for plug in PLUGS},
    }


def status_time(point: Mapping[str, Any]) -> datetime:
    """When the status became so; where nobody knows, when it was first heard of; before any, when the EVSE last changed."""
    times = point.get("status_times", {})
    return datetime.fromisoformat(times.get("occurred_at") or times.get("received_at") or point["last_updated"])


def _unsaid(point: Mapping[str, Any]) -> list[Loss]:
    found = [_DETAIL] if "status_detail" in point else []
    roughly = _ROUGHLY.get(point.get("status", Status.UNKNOWN))
    return [*found, roughly] if roughly else found
