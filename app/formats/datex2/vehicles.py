"""For which vehicles a station is (AFIR elements A16 and A17)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from app.formats.datex2.draft import Body, Draft, Tree, code, codes
from app.formats.datex2.identity import Station
from app.model.enums import VehicleType
from app.model.station import VehicleClass

_AT_MOST = {"comparisonOperator": code("lessThanOrEqualTo")}
_LIGHT = "l"
_CATEGORIES = frozenset(VehicleClass) - {VehicleClass.OTHER}
_TYPES: dict[str, tuple[str, ...]] = {
    VehicleType.MOTORCYCLE: (_LIGHT,),
    VehicleType.PERSONAL_VEHICLE: ("m1",),
    VehicleType.PERSONAL_VEHICLE_WITH_TRAILER: ("m1", "o1", "o2"),
    VehicleType.VAN: ("n1",),
    VehicleType.SEMI_TRACTOR: ("n3",),
    VehicleType.RIGID: ("n2", "n3"),
    VehicleType.TRUCK_WITH_TRAILER: ("n2", "n3", "o3", "o4"),
    VehicleType.BUS: ("m2", "m3"),
    VehicleType.DISABLED: ("m1",),
}
"""OCPI's own approximation by UNECE classes, with EU categories for lorries: there T are agricultural tractors."""
_LIMITS = (
    ("grossWeightCharacteristic", "grossVehicleWeight", "max_vehicle_weight", 1000),
    ("heightCharacteristic", "vehicleHeight", "max_vehicle_height", 100),
    ("lengthCharacteristic", "vehicleLength", "max_vehicle_length", 100),
    ("widthCharacteristic", "vehicleWidth", "max_vehicle_width", 100),
)
"""OCPI counts kilogrammes and centimetres, DATEX II tonnes and metres."""
_OF_PLACES = ("vehicle_types", *(field for *_, field, _ in _LIMITS))


def station_vehicles(draft: Draft, station: Station, parking: Sequence[Body]) -> list[Tree]:
    """As the station says, else as its parking places do; limits are those of the widest place."""
    places = [{name: place[name] for name in _OF_PLACES if name in place} for place in parking]
    found = draft.alike(_vehicles, {"classes": station.facts.get("vehicle_classes"), "places": places})
    return [found] if found else []


def _vehicles(draft: Draft, facts: Body) -> Tree:
    classes, places = facts["classes"], facts["places"]
    categories = _classes(draft, classes) if classes else _types(draft, places)
    return _characteristics(draft, _widest(places), categories)


def parking_vehicles(draft: Draft, place: Body) -> list[Tree]:
    found = _characteristics(draft, place, _types(draft, [place]))
    return [found] if found else []


def _characteristics(draft: Draft, limits: Body, categories: list[str]) -> Tree:
    found: Tree = {}
    for member, name, field, unit in _LIMITS:
        if field in limits:
            limit: Tree = {**_AT_MOST, name: Decimal(str(limits[field])) / unit}
            found[member] = [limit | {"typeOfWeight": code("actual")} if unit == 1000 else limit]
    if categories and draft.has("euVehicleCategory", "stations[].vehicle_classes"):
        regulated: Any = {"euVehicleCategory": codes(categories)}
        if not draft.dialect.has_other_vehicles:
            regulated = {"regulatedCharacteristics": [regulated]}
        found["comVehicleCharacteristicsExtensionG"] = {"VehicleCharacteristicsExtended": regulated}
    return found


def _classes(draft: Draft, classes: Iterable[str]) -> list[str]:
    found: list[str] = []
    for one in classes:
        if one in _CATEGORIES:
            found += _spelled(draft, one.lower())
        elif draft.dialect.has_other_vehicles:
            found.append("other")
        else:
            draft.lose("stations[].vehicle_classes", f"{draft.dialect.name} has no such category: left out", one)
    return found


def _types(draft: Draft, parking: Iterable[Body]) -> list[str]:
    found: dict[str, None] = {}
    for one in (kind for place in parking for kind in place["vehicle_types"]):
        if one not in _TYPES:
            draft.lose("parking_places[].vehicle_types", "no such category: left out", one)
        for category in _TYPES.get(one, ()):
            found |= dict.fromkeys(_spelled(draft, category))
    return list(found)


def _spelled(draft: Draft, category: str) -> tuple[str, ...]:
    return draft.dialect.l_categories if category == _LIGHT else (category,)


def _widest(parking: Sequence[Body]) -> Body:
    """The least restrictive limits; none where a place has none."""
    fields = [field for *_, field, _ in _LIMITS]
    return {field: max(place[field] for place in parking) for field in fields if _all_have(parking, field)}


def _all_have(parking: Sequence[Body], field: str) -> bool:
    return bool(parking) and all(field in place for place in parking)
