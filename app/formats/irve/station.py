"""What the static file says of a station, the same in all of its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.formats.irve.columns import ACCESS, GRID, SITINGS
from app.formats.irve.france import is_in_france
from app.model.electricity import power_watts
from app.model.identifiers import IdentifierError, parse_point_id
from app.model.opening_hours import write_hours

Object = Mapping[str, Any]

FAST = 150_000
"""Watts from which a point is there for charging and not for parking."""
CAR_PARKS = ("PARKING_GARAGE", "PARKING_LOT", "UNDERGROUND_GARAGE")
"""Of which OCPI does not say whether they are public: read as such where nothing says otherwise."""
SCHEME_IRVE, SCHEME_SIREN = "IRVE", "SIREN"
"""Of `external_ids` and `registration_ids`."""
_RESERVED_FOR = frozenset({"CUSTOMERS", "EMPLOYEES", "TAXIS", "TENANTS"})


def station_values(body: Object, station: Object, points: Sequence[Object]) -> dict[str, Any]:
    """By column; None where it is not known. `points` are the station's EVSEs that are in service."""
    operator, owner = body.get("operator", {}), body.get("owner", {})
    grid = body.get("grid_connection", {})
    id_ = station_id(body, station)
    local = body["id"] if station.get("assumed") else station["id"]
    hours = station.get("opening_times") or body.get("opening_times")
    return {
        "nom_amenageur": owner.get("legal_name") or owner.get("name"),
        "siren_amenageur": external_id(owner.get("registration_ids", ()), SCHEME_SIREN),
        "contact_amenageur": owner.get("email"),
        "nom_operateur": operator.get("legal_name") or operator.get("name"),
        "contact_operateur": operator.get("email"),
        "telephone_operateur": station.get("help_phone") or body.get("help_phone"),
        "nom_enseigne": operator.get("brand") or body.get("network_name") or operator.get("name"),
        "id_station_itinerance": id_,
        "id_station_local": None if local == id_ else local,
        "nom_station": station.get("name") or body.get("name"),
        "implantation_station": SITINGS.get(_siting(body, points)),
        "adresse_station": _address(body),
        "code_insee_commune": body.get("municipality_code"),
        "coordonneesXY": _coordinates(station.get("coordinates") or body["coordinates"]),
        "nbre_pdc": len(points),
        "condition_acces": ACCESS.get(body.get("access_condition") or _access(points)),
        "horaires": write_hours(hours) if hours else None,
        "station_deux_roues": _two_wheels_only(body, station, points),
        "raccordement": GRID.get(grid.get("kind")),
        "num_pdl": grid.get("pdl"),
        "date_mise_en_service": body.get("operational_since") or _first_day(points),
    }


def station_id(body: Object, station: Object) -> str | None:
    """The id of the national register (AFIREV) without separators: a given one, else the station's or location's own, if
    that is one of a pool (`P`)."""
    if given := external_id(station.get("external_ids", ()), SCHEME_IRVE):
        return given.upper().translate(_WITHOUT_SEPARATORS)
    for own in (station["id"], body["id"]):
        try:
            return parse_point_id(own, "P").without_separators
        except IdentifierError:
            continue
    return None


_WITHOUT_SEPARATORS = str.maketrans("", "", "*- ")


def external_id(ids: Sequence[Object], scheme: str) -> str | None:
    return next((str(one["id"]) for one in ids if one["scheme"].upper() == scheme), None)


def _siting(body: Object, points: Sequence[Object]) -> str:
    """Empty: not known."""
    parking = body.get("parking_type")
    if "siting" in body:
        return str(body["siting"])
    if parking == "ON_STREET":
        return "ON_STREET"
    if points and all("CUSTOMERS" in point.get("parking_restrictions", ()) for point in points):
        return "CUSTOMER_CAR_PARK"
    if parking == "ALONG_MOTORWAY" or (points and all(highest_watts(point) >= FAST for point in points)):
        return "FAST_CHARGING_STATION"
    return "PUBLIC_CAR_PARK" if parking in CAR_PARKS else ""


def highest_watts(point: Object) -> int:
    return max(power_watts(connector) for connector in point["connectors"])


def _address(body: Object) -> str:
    """`1 avenue de la Paix 75001 Paris`. Where the municipality is known by its code alone, `city` has that."""
    address, postcode, city = body["address"], body.get("postal_code"), body["city"]
    known = [part for part in (postcode, city) if part and part != body.get("municipality_code")]
    return str(address) if all(part in address for part in known) else " ".join((address, *known))


def _coordinates(place: Object) -> str | None:
    """None: not in France."""
    longitude, latitude = place["longitude"], place["latitude"]
    return f"[{longitude},{latitude}]" if is_in_france(float(longitude), float(latitude)) else None


def _access(points: Sequence[Object]) -> str:
    """Empty: not known."""
    reserved = points and all(_RESERVED_FOR.intersection(point.get("parking_restrictions", ())) for point in points)
    return "RESERVED" if reserved else ""


def _two_wheels_only(body: Object, station: Object, points: Sequence[Object]) -> bool | None:
    if "two_wheels_only" in body:
        return bool(body["two_wheels_only"])
    if points and all("MOTORCYCLES" in point.get("parking_restrictions", ()) for point in points):
        return True
    classes = station.get("vehicle_classes")
    return set(classes) == {"L"} if classes else None


def _first_day(points: Sequence[Object]) -> str | None:
    days = [point.get("commissioned_on") for point in points]
    return min(filter(None, days)) if points and all(days) else None
