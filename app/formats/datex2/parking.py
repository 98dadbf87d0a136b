"""Parking at a station: counts that are told, else places that are described (AFIR elements A18 and A19)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import orjson

from app.formats.datex2.draft import Body, Draft, Tree, codes, photos
from app.formats.datex2.identity import Station, digest
from app.formats.datex2.organisations import identifier
from app.formats.datex2.vehicles import parking_vehicles
from app.model.enums import VehicleType

_DISABLED = "personsWithDisabilities"
_CENTIMETRES = 100
_ALIKE = frozenset({"id", "physical_reference", "images", "apds_reference"})
"""What places that are the same apart from it may differ in."""
_UNSAID = (
    *("time_limit", "drive_through", "direction", "dangerous_goods_allowed", "restricted_to_type"),
    *("refrigeration_outlet", "standards"),
)
_UNCOUNTED = ("physical_reference", "images", "apds_reference", "parking_space_length", "parking_space_width")
"""What is said of places that are described, and not of those that are counted."""


def places_of(draft: Draft, station: Station) -> list[Body]:
    """The parking places that the station's points name; all of the location where no point names any and it has one station."""
    known = {place["id"].lower(): place for place in draft.body.get("parking_places", ())}
    named = {one["parking_id"].lower() for point in station.points for one in point.evse.get("parking", ())}
    linked = any("parking" in evse for evse in draft.body.get("evses", ()))
    return [place for id_, place in known.items() if id_ in named or not linked]


def spaces(draft: Draft, station: Station, places: Sequence[Body]) -> list[Tree]:
    """Ordinary spaces and those for people with disabilities apart; 0 where it is known that there are none."""
    _lose(draft, places, _UNSAID)
    total = station.facts.get("parking_space_count")
    disabled = station.facts.get("disabled_parking_space_count")
    if total is None and disabled is None:
        return _described(draft, station, places)
    _lose(draft, places, _UNCOUNTED)
    found = []
    if total is not None:
        ordinary = total - disabled if disabled is not None and disabled <= total else total
        found.append(_counted(station, "ordinary", ordinary))
    if disabled is not None:
        found.append(_counted(station, "disabled", disabled, _DISABLED))
    return found


def _counted(station: Station, name: str, count: int, users: str = "") -> Tree:
    tree: Tree = {"idG": f"{station.id}*parking-{name}", "versionG": digest(count), "numberOfSpaces": count}
    return tree | ({"userSpecific": codes([users])} if users else {})


def _described(draft: Draft, station: Station, places: Sequence[Body]) -> list[Tree]:
    groups: dict[bytes, list[Body]] = {}
    for place in places:
        alike = {name: value for name, value in place.items() if name not in _ALIKE}
        groups.setdefault(orjson.dumps(alike), []).append(place)
    return [_group(draft, f"{station.id}*parking-{found[0]['id']}", found) for found in groups.values()]


def _group(draft: Draft, id_: str, places: Sequence[Body]) -> Tree:
    first = places[0]
    tree: Tree = {"idG": id_, "versionG": digest(places)}
    if aliases := [draft.text(place["physical_reference"]) for place in places if "physical_reference" in place]:
        tree["alias"] = aliases
    if ids := [identifier(draft, place["apds_reference"], "apds") for place in places if "apds_reference" in place]:
        tree["externalIdentifier"] = ids
    images = photos(image for place in places for image in place.get("images", ()))
    tree |= {"photoUrl": images} if images else {}
    tree |= {"applicableForVehicles": vehicles} if (vehicles := parking_vehicles(draft, first)) else {}
    size = {side: first[f"parking_space_{side}"] for side in ("length", "width") if f"parking_space_{side}" in first}
    if size:
        tree["dimension"] = {side: Decimal(str(value)) / _CENTIMETRES for side, value in size.items()}
    amenities = {
        name: first[fact] for name, fact in (("illuminated", "lighting"), ("roofed", "roofed")) if fact in first
    }
    tree |= {"amenities": amenities} if amenities else {}
    tree["numberOfSpaces"] = len(places)
    if VehicleType.DISABLED in first["vehicle_types"]:
        tree["userSpecific"] = codes([_DISABLED])
    return tree


def _lose(draft: Draft, places: Sequence[Body], names: Sequence[str]) -> None:
    for name in names:
        if any(name in place for place in places):
            draft.lose(f"parking_places[].{name}", "no such field: left out")
