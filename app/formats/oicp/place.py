"""Where an EVSE stands, what the place is called and when it is open: Address, GeoCoordinates, names, OpeningTimes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from babel.languages import get_official_languages
from iso3166 import countries_by_alpha3

from app.formats.oicp.codes import PARKING
from app.formats.oicp.conversion import Record
from app.formats.oicp.saying import TEXT, Said
from app.formats.oicp.week import Stretch, availability
from app.model.hours import DAY_END
from app.tariffs.plan.words import DAY_MINUTES

Body = Mapping[str, Any]

_NUMBER = r"\d+(?: ?[A-Za-z]\b| (?:bis|ter|quater)\b)?(?: ?[-/] ?\d+ ?[A-Za-z]?\b)?"
_STREET_FIRST = re.compile(rf"(?P<street>.*?\D),? (?P<number>{_NUMBER})")
_NUMBER_FIRST = re.compile(rf"(?P<number>{_NUMBER}),? (?P<street>\D.*)")
_SEPARATORS = re.compile(r"\(0\)|[\s().\-/]")
_PHONE = re.compile(r"\+[0-9]{5,15}")
_STREET, _HOUSE_NUMBER, _REGION, _SPOT = 100, 10, 50, 5
_GARAGES = frozenset({"PARKING_LOT", "PARKING_GARAGE", "UNDERGROUND_GARAGE", "ALONG_MOTORWAY"})


def address(place: Body, evse: Body, said: Said) -> Record:
    street, number = _street(place)
    if not number or len(number) > _HOUSE_NUMBER:
        said.refuse("house_number", value=number or place["address"])
    if not place.get("postal_code"):
        said.refuse("postal_code")
    if len(street) < 2:
        said.refuse("street", value=street)
    if f"{street} {number}" != place["address"]:
        said.lose("address", "said as street and house number", place["address"])
    spot = evse.get("physical_reference")
    if spot and len(spot) > _SPOT:
        said.lose("evses[].physical_reference", f"longer than the {_SPOT} characters of a ParkingSpot: left out", spot)
    parking = place.get("parking_type")
    found = {
        "Country": place["country"],
        "City": said.cut(place["city"], 50, "city"),
        "Street": said.cut(street, _STREET, "street"),
        "PostalCode": place.get("postal_code"),
        "HouseNum": number,
        "Floor": evse.get("floor_level"),
        "Region": said.cut(place["state"], _REGION, "state") if "state" in place else None,
        "ParkingFacility": parking in _GARAGES if parking in PARKING else None,
        "ParkingSpot": spot if spot and len(spot) <= _SPOT else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _street(place: Body) -> tuple[str, str]:
    """Street and house number, as told or taken apart; an empty number where there is none."""
    if "street" in place:
        return place["street"], place.get("house_number", "")
    whole = place["address"].strip()
    match = _NUMBER_FIRST.fullmatch(whole) or _STREET_FIRST.fullmatch(whole)
    return (match["street"], match["number"]) if match else (whole, place.get("house_number", ""))


def coordinates(where: Body, said: Said, path: str) -> Record:
    """DecimalDegree, with one to six decimals."""
    return {
        "DecimalDegree": {
            name: _degrees(where[name.lower()], said, f"{path}.{name.lower()}") for name in ("Longitude", "Latitude")
        }
    }


def _degrees(text: str, said: Said, path: str) -> str:
    exact = Decimal(text)
    rounded = round(exact, 6)
    if rounded != exact:
        said.lose(path, "rounded to six decimals", text)
    return f"{rounded:.6f}" if rounded else "0.000000"


def entrance(place: Body, said: Said) -> Record | None:
    """The first of the related locations."""
    related = place.get("related_locations", [])
    if len(related) > 1:
        said.lose("related_locations", "one entrance: others left out")
    if not related:
        return None
    if "name" in related[0]:
        said.lose("related_locations[].name")
    return coordinates(related[0], said, "related_locations[]")


def names(place: Body, said: Said) -> list[Record]:
    """The same in each official language of the country: a name says nothing of its own language."""
    name = place.get("name")
    if not name:
        name = f"{place.get('operator', {}).get('name', '')} {place.get('street', place['address'])}".strip()
        said.lose("name", "OICP requires one: operator and street stand for it", name)
    text = said.cut(name, TEXT, "name")
    return [{"lang": language, "value": text} for language in _languages(place["country"])]


@cache
def _languages(country: str) -> list[str]:
    known = countries_by_alpha3.get(country)
    official = (
        get_official_languages(known.alpha2) or get_official_languages(known.alpha2, de_facto=True) if known else ()
    )
    return list(official) or ["en"]


def phone(place: Body, said: Said) -> str | None:
    """International, `+` and digits alone."""
    told = place.get("help_phone")
    if not told:
        said.refuse("help_phone")
        return None
    number = _SEPARATORS.sub("", told)
    number = f"+{number[2:]}" if number.startswith("00") else number
    if not _PHONE.fullmatch(number):
        said.refuse("help_phone", "no international number, + and 5 to 15 digits: no record", told)
        return None
    return number


def opening(place: Body, said: Said) -> Record:
    hours = place.get("opening_times")
    if hours is None:
        said.refuse("opening_times")
        return {}
    for name in ("exceptional_openings", "exceptional_closings"):
        if name in hours:
            said.lose(f"opening_times.{name}")
    if hours["twentyfourseven"]:
        return {"IsOpen24Hours": True}
    week = sorted((_stretch(period) for period in hours["regular_hours"]), key=lambda one: (one.day, one.hours))
    times = [{"Period": found["Periods"], "on": found["on"]} for found in availability(week)]
    return {"IsOpen24Hours": False, "OpeningTimes": times}


def _stretch(period: Body) -> Stretch:
    begin, end = period["period_begin"], period["period_end"]
    return Stretch(period["weekday"] - 1, (_minutes(begin), DAY_MINUTES if end == DAY_END else _minutes(end)))


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])
