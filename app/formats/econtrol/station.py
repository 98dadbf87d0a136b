"""A station (Ladestelle): all points at one address, so a location of OCPI, with what its stations say together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.formats.base import Context, Rendered
from app.formats.econtrol.point import coordinates, point
from app.formats.econtrol.saying import Body, Said
from app.model.canonical import canonical
from app.model.hours import DAY_END
from app.model.loss import Loss
from app.model.stations import stations_of
from app.model.status import OUT_OF_SERVICE

_DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
_MIDNIGHT = "24:00"
_FACILITIES = {
    "roofedParking": "roofed",
    "illuminatedParking": "lit",
    "cateringService": "catering",
    "bathroomsAvailable": "toilets",
    "restingFacilities": "rest",
}
_SPACES = {"parkingPlaces": "parking_space_count", "barrierFreeParkingPlaces": "disabled_parking_space_count"}
_HERE = "+43"
_LOCATION = (
    *("country_code", "party_id", "id", "publish", "name", "operator", "owner", "help_phone", "last_updated"),
    *("address", "street", "house_number", "city", "postal_code", "country", "coordinates", "time_zone"),
    *("evses", "stations", "opening_times", "energy_mix"),
)
_STATION = ("id", "evse_uids", "assumed", "facilities", *_SPACES.values())
_NONE = Rendered(None, (Loss("evses", "no point in service with an EVSE id: no station"),))


def station(body: dict[str, Any], context: Context) -> Rendered:
    """As JSON, with its points in service; `body` is a location. What is not known is left out."""
    said, points = Said(), []
    for evse in body.get("evses", ()):
        if evse.get("status") in OUT_OF_SERVICE:
            continue
        if "evse_id" in evse:
            points.append(point(evse, body, context, said))
        else:
            said.lose("evses[].evse_id", "the register knows points by it: point left out", evse["uid"])
    if not points:
        return _NONE
    _unsaid(body, said)
    stations = stations_of(body)
    operator = body.get("operator", {})
    found = {
        "countryId": body["country_code"],
        "operatorId": body["party_id"],
        "operatorName": operator.get("name"),
        "owner": body.get("owner", {}).get("name"),
        "stationId": body["id"],
        "stationStatus": "ACTIVE",
        "label": body.get("name"),
        "postCode": body.get("postal_code"),
        "city": body["city"],
        "street": body["address"],
        "location": coordinates(body["coordinates"]),
        "email": operator.get("email"),
        "website": operator.get("website"),
        **_phone(body, said),
        "greenEnergy": body.get("energy_mix", {}).get("is_green_energy"),
        **{
            name: _any(one.get("facilities", {}).get(theirs) for one in stations)
            for name, theirs in _FACILITIES.items()
        },
        **{name: _sum(one.get(theirs) for one in stations) for name, theirs in _SPACES.items()},
        "openingHours": _hours(body.get("opening_times"), said),
        "points": points,
    }
    return Rendered(canonical(found), tuple(said.losses))


def _any(told: Iterable[bool | None]) -> bool | None:
    """Yes where one station has it, no where none does, None where that is not known."""
    values = list(told)
    return True if True in values else None if None in values else False


def _sum(told: Iterable[int | None]) -> int | None:
    values = [value for value in told if value is not None]
    return sum(values) if values else None


def _phone(body: Body, said: Said) -> dict[str, str]:
    """Its country apart from its number, as far as that can be told."""
    number = "".join(body.get("help_phone", "").split())
    if number.startswith(_HERE):
        return {"phoneCountryCode": _HERE, "phoneNumber": number.removeprefix(_HERE)}
    if number:
        said.lose("help_phone", f"no number of {_HERE}, whose country could be told apart: left out", number)
    return {}


def _hours(hours: Body | None, said: Said) -> list[dict[str, str]]:
    if hours is None:
        return []
    for name in ("exceptional_openings", "exceptional_closings"):
        if name in hours:
            said.lose(f"opening_times.{name}")
    if hours["twentyfourseven"]:
        return [_stretch(_DAYS[0], "00:00", _DAYS[-1], _MIDNIGHT)]
    periods = ((_DAYS[one["weekday"] - 1], one["period_begin"], one["period_end"]) for one in hours["regular_hours"])
    return [_stretch(day, begin, day, _MIDNIGHT if end == DAY_END else end) for day, begin, end in periods]


def _stretch(day: str, begin: str, last: str, end: str) -> dict[str, str]:
    return {"fromWeekday": day, "fromTime": begin, "toWeekday": last, "toTime": end}


def _unsaid(body: Body, said: Said) -> None:
    said.unsaid(body, _LOCATION)
    for one in body.get("stations", ()):
        said.unsaid(one, _STATION, "stations[].")
    said.unsaid(body.get("operator", {}), ("name", "email", "website"), "operator.")
    said.unsaid(body.get("owner", {}), ("name",), "owner.")
    said.unsaid(body.get("energy_mix", {}), ("is_green_energy",), "energy_mix.")
