"""Where a site or a station is: coordinates, address, region, offset of the clock, the way there."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from app.clock import Millis, from_millis
from app.formats.datex2.draft import Body, Draft, Tree, alpha2, code, display_texts
from app.formats.datex2.identity import Station

_NUTS_LENGTH = 5
_MINUTES = timedelta(minutes=1)


def area(draft: Draft) -> Tree:
    """The whole site."""
    return {"locAreaLocation": {"coordinatesForDisplay": _degrees(draft.body["coordinates"])}}


def point(coordinates: Body) -> Tree:
    return {"locPointLocation": {"pointByCoordinates": {"pointCoordinates": _degrees(coordinates)}}}


def station_location(draft: Draft, station: Station) -> Tree:
    """With the address, which AFIR asks for at stations."""
    extension, member = draft.dialect.address_in
    where: Tree = {extension: {member: _facility_location(draft, station)}}
    directions = station.facts.get("directions") or draft.body.get("directions", ())
    if text := display_texts(directions):
        where["supplementaryPositionalDescription"] = {"locationDescription": text}
    coordinates = station.facts.get("coordinates") or draft.body["coordinates"]
    where["pointByCoordinates"] = {"pointCoordinates": _degrees(coordinates)}
    return {"locPointLocation": where}


def standard_offset(zone: str, at: Millis) -> str:
    """`+01:00`: the lower offset of the year, since one offset cannot tell summer time."""
    return _offset_in(zone, from_millis(at).year)


def _facility_location(draft: Draft, station: Station) -> Tree:
    body = draft.body
    address: Tree = {}
    if "postal_code" in body:
        address["postcode"] = body["postal_code"]
    address |= {"city": draft.text(body["city"]), "countryCode": alpha2(body["country"])}
    address["addressLine"] = [
        {"order": order, "type": code(kind), "text": draft.text(text)}
        for order, (kind, text) in enumerate(_lines(body, station))
    ]
    where: Tree = {"timeZone": standard_offset(body["time_zone"], draft.at), "address": address}
    draft.put(where, "nutsArea", _regions(draft), "region_nuts1")
    return where


def _lines(body: Body, station: Station) -> list[tuple[str, str]]:
    if "street" in body:
        lines = [("street", body["street"])]
        lines += [("houseNumber", body["house_number"])] if "house_number" in body else []
    else:
        lines = [("generalTextLine", body["address"])]
    floors = dict.fromkeys(found.evse["floor_level"] for found in station.points if "floor_level" in found.evse)
    lines += [("floor", floor) for floor in floors]
    return lines + ([("region", body["state"])] if "state" in body else [])


def _regions(draft: Draft) -> list[Tree]:
    found = []
    if nuts1 := draft.body.get("region_nuts1"):
        found.append({"nutsCodeType": code("nuts1Code"), "nutsCode": nuts1})
    if municipality := draft.body.get("municipality_code"):
        if len(municipality) <= _NUTS_LENGTH:
            found.append({"nutsCodeType": code("lau2Code"), "nutsCode": municipality})
        else:
            draft.lose("municipality_code", f"codes of regions have at most {_NUTS_LENGTH} characters: left out")
    return found


def _degrees(coordinates: Body) -> Tree:
    return {name: Decimal(coordinates[name]) for name in ("latitude", "longitude")}


@cache
def _offset_in(zone: str, year: int) -> str:
    offsets = (datetime(year, month, 1, tzinfo=ZoneInfo(zone)).utcoffset() or timedelta() for month in (1, 7))
    minutes = min(offsets) // _MINUTES
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
